import type { StreamWrite, AppendResult } from '../../../event-store/append.js';
import type { EventStore } from '../../../event-store/event-store.js';
import type { ExpectedVersion } from '../../../event-store/expected-version.js';
import type { EventToAppend, StoredEvent } from '../../../event-store/stored-event.js';
import type { UniqueNames } from './unique-names.js';
import { collect } from './assertions.js';

/** Events with new ids; payloads tell them apart. */
export function newEvents(names: UniqueNames, count: number): readonly EventToAppend[] {
  return Array.from({ length: count }, (_, at) => newEvent(names, { n: at }));
}

export function newEvent(names: UniqueNames, payload: unknown = {}): EventToAppend {
  return { eventId: names.eventId(), type: 'thing.happened', data: JSON.stringify(payload), metadata: '{"correlationId":"c-1"}' };
}

export function writeOf(streamId: string, expectedVersion: ExpectedVersion, events: readonly EventToAppend[]): StreamWrite {
  return { streamId, expectedVersion, events };
}

/** A new stream with so many events, in one append. */
export async function newStream(store: EventStore, names: UniqueNames, count: number): Promise<{ streamId: string; result: AppendResult }> {
  const streamId = names.next();
  const result = await store.append({ writes: [writeOf(streamId, 'none', newEvents(names, count))] });
  return { streamId, result };
}

/** A new stream with so many events, each in its own append. */
export async function newStreamInSteps(
  store: EventStore,
  names: UniqueNames,
  count: number,
): Promise<{ streamId: string; results: AppendResult[] }> {
  const streamId = names.next();
  const results: AppendResult[] = [];
  for (let version = 0; version < count; version++) {
    results.push(await store.append({ writes: [writeOf(streamId, version, newEvents(names, 1))] }));
  }
  return { streamId, results };
}

export function readAll(store: EventStore, streamId: string): Promise<StoredEvent[]> {
  return collect(store.readStream(streamId));
}

export function versionsOf(events: readonly StoredEvent[]): number[] {
  return events.map((event) => event.version);
}

export function idsOf(events: readonly { readonly eventId: string }[]): string[] {
  return events.map((event) => event.eventId);
}
