import { EventspanError } from '../errors/eventspan-error.js';
import { checkAppendRequest } from '../event-store/append-checks.js';
import { formatPosition } from '../event-store/position.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import { derivedId } from '../support/derived-id.js';
import type { EventTransform, TransformedEvent } from './event-transform.js';
import { messageOf } from '../support/message-of.js';

/**
 * The log that a transform makes of a log: versions without holes in each stream, positions that ascend, commit times as they were. The
 * first event made of one keeps its id, the others have ids that follow from it; so the same log gives the same log again.
 * Memory grows with the number of streams, by about 100 bytes each.
 */
export async function* transformLog(
  source: AsyncIterable<StoredEvent>,
  transforms: readonly EventTransform[],
): AsyncGenerator<StoredEvent> {
  const numbering = new Numbering();
  for await (const event of source) {
    const made = await applyAll(event, transforms);
    for (const [at, each] of made.entries()) yield numbering.next({ ...each, eventId: idOf(event.eventId, at) });
  }
}

function idOf(eventId: string, at: number): string {
  return at === 0 ? eventId : derivedId(`${eventId}/${at}`);
}

async function applyAll(event: StoredEvent, transforms: readonly EventTransform[]): Promise<readonly StoredEvent[]> {
  let events: readonly StoredEvent[] = [event];
  for (const transform of transforms) {
    const next: StoredEvent[] = [];
    for (const each of events) next.push(...(await apply(each, transform)));
    events = next;
  }
  return events;
}

async function apply(event: StoredEvent, transform: EventTransform): Promise<readonly StoredEvent[]> {
  try {
    const answer = (await transform(event)) ?? [];
    const made = Array.isArray(answer) ? (answer as readonly TransformedEvent[]) : [answer as TransformedEvent];
    return made.map((each) => checked(event, each));
  } catch (cause) {
    const { eventId, streamId, version } = event;
    const reason = messageOf(cause);
    throw new EventspanError('TRANSFORM_FAILED', { eventId, streamId, version, reason }, { cause });
  }
}

/** Only what may change is taken over. */
function checked(event: StoredEvent, made: TransformedEvent): StoredEvent {
  const { streamId = event.streamId, type = event.type, data = event.data, metadata = event.metadata } = made;
  checkAppendRequest({ writes: [{ streamId, expectedVersion: 'any', events: [{ eventId: event.eventId, type, data, metadata }] }] });
  if (data !== event.data) JSON.parse(data);
  if (metadata !== event.metadata) JSON.parse(metadata);
  return { ...event, streamId, type, data, metadata };
}

/** Counts versions in their streams, and places in their commits. */
class Numbering {
  private readonly versions = new Map<string, number>();
  private commitTime = '';
  private commitIndex = 0;

  next(event: StoredEvent): StoredEvent {
    const { streamId } = event;
    const version = this.versionOf(event);
    this.versions.set(streamId, version);
    return { ...event, version, position: formatPosition({ ...this.place(event), streamId, version }) };
  }

  /** What closes a deleted stream keeps its version, so that no version before it is given out. */
  private versionOf({ streamId, type, version }: StoredEvent): number {
    const next = (this.versions.get(streamId) ?? 0) + 1;
    return type === STREAM_CLOSED_TYPE && next === 1 ? version : next;
  }

  private place(event: StoredEvent): { readonly commitTime: string; readonly commitIndex: number } {
    const commitTime = commitTimeOf(event);
    this.commitIndex = commitTime === this.commitTime ? this.commitIndex + 1 : 0;
    this.commitTime = commitTime;
    return { commitTime, commitIndex: this.commitIndex };
  }
}
