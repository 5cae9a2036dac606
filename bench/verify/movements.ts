import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isEventspanError, type AppendRequest, type EventStore, type EventToAppend, type Random } from 'eventspan';

const EVENTS_A_STREAM = 20;
const STREAMS_AN_APPEND = 25;
const CATEGORIES = 10;
const IDLE_MS = 10;
const RETRY_MS = 50;

/** Appends movements to many streams: many at once at first, then so many a second. */
export class MovementWriter {
  /** Events that the store has taken. */
  written = 0;
  private readonly streams: number;

  constructor(
    private readonly store: EventStore,
    private readonly random: Random,
    private readonly events: number,
  ) {
    this.streams = Math.ceil(events / EVENTS_A_STREAM);
  }

  /** The id of any of the streams. */
  anyStream(): string {
    return idOf(Math.floor(this.random() * this.streams));
  }

  async fill(): Promise<void> {
    for (let first = 0; this.written < this.events; first += STREAMS_AN_APPEND) {
      const sizes: [number, number][] = [];
      for (let at = first, left = this.events - this.written; at < first + STREAMS_AN_APPEND && left > 0; at++, left -= EVENTS_A_STREAM)
        sizes.push([at, Math.min(EVENTS_A_STREAM, left)]);
      await this.append(sizes);
    }
  }

  /** Writes so many a second until the signal says otherwise. Answers how many and how long. */
  async goOn(perSecond: number, signal: AbortSignal): Promise<{ readonly events: number; readonly seconds: number }> {
    const begun = performance.now();
    const seconds = (): number => (performance.now() - begun) / 1_000;
    let events = 0;
    while (!signal.aborted) {
      const due = Math.min(Math.floor(seconds() * perSecond) - events, this.streams, STREAMS_AN_APPEND);
      if (due > 0) await this.appendToAny(due);
      else await sleep(IDLE_MS);
      events += Math.max(due, 0);
    }
    return { events, seconds: seconds() };
  }

  private appendToAny(count: number): Promise<void> {
    const first = Math.floor(this.random() * this.streams);
    return this.append(Array.from({ length: count }, (_, at) => [(first + at) % this.streams, 1] as const));
  }

  private async append(sizes: readonly (readonly [stream: number, events: number])[]): Promise<void> {
    const writes = sizes.map(([stream, events]) => ({
      streamId: idOf(stream),
      expectedVersion: 'any' as const,
      events: Array.from({ length: events }, () => this.movement()),
    }));
    await this.appendSurely({ writes });
    this.written += sizes.reduce((sum, [, events]) => sum + events, 0);
  }

  /** What surely did not happen, as with a database that was locked too long, is done again. */
  private async appendSurely(request: AppendRequest): Promise<void> {
    for (;;) {
      try {
        await this.store.append(request);
        return;
      } catch (error) {
        if (!isEventspanError(error, 'STORE_UNAVAILABLE')) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  private movement(): EventToAppend {
    const data = { category: `c-${Math.floor(this.random() * CATEGORIES)}`, amount: Math.floor(this.random() * 1_000) - 200 };
    const metadata = { correlationId: 'verify', time: '2026-01-01T00:00:00.000Z', schemaVersion: 1 };
    return { eventId: randomUUID(), type: 'verify.moved', data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
  }
}

function idOf(stream: number): string {
  return `account-${stream}`;
}
