import type { StoredEvent } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import type { Call } from './calls.js';
import type { SpannerContext } from './context.js';
import { isGuard } from './event-rows.js';
import type { KeyRange, ListValue, Value } from './protocol.js';
import { key, textOf } from './values.js';

/** What is there of a stream, as far as an import must know. */
interface KnownStream {
  version: number;
  isClosed: boolean;
  /** An event, or what guards its place. */
  hasFirst: boolean;
  readonly eventIds: Map<number, string>;
}

/** What the store has where events are to be imported: at their versions, just before the first of each stream, and at version 1. */
export class KnownStreams {
  private readonly streams = new Map<string, KnownStream>();

  private constructor(rows: readonly (readonly Value[])[]) {
    for (const row of rows) this.add(row);
  }

  /** 1 Read. */
  static async read({ calls, rpc }: SpannerContext, events: readonly StoredEvent[], call: Call): Promise<KnownStreams> {
    if (events.length === 0) return new KnownStreams([]);
    const body = { table: 'events', columns: ['stream_id', 'version', 'event_id', 'type', 'shard'], keySet: keySetOf(events) };
    const attempt = (): Promise<(readonly Value[])[]> => rpc.readAll(body, call);
    return new KnownStreams(await calls.run({ name: 'the read of what is there', kind: 'read', attempt }, call));
  }

  /** The end of a stream, if it is not beyond the versions that were looked at; then those are all there, or the stream is deleted. */
  head(streamId: string): { readonly version: number; readonly isClosed: boolean } {
    const { version = 0, isClosed = false } = this.streams.get(streamId) ?? {};
    return { version, isClosed };
  }

  hasFirst(streamId: string): boolean {
    return this.streams.get(streamId)?.hasFirst ?? false;
  }

  eventIdAt(streamId: string, version: number): string | undefined {
    return this.streams.get(streamId)?.eventIds.get(version);
  }

  /** The first of `events` that is not there under its id. */
  firstOther(events: readonly StoredEvent[]): StoredEvent | undefined {
    return events.find(({ streamId, version, eventId }) => this.eventIdAt(streamId, version) !== eventId);
  }

  private add(row: readonly Value[]): void {
    const [streamId = '', versionText = '', eventId = '', type = '', shard = ''] = row.map(textOf);
    const version = Number(versionText);
    const stream = this.streams.get(streamId) ?? { version: 0, isClosed: false, hasFirst: false, eventIds: new Map<number, string>() };
    this.streams.set(streamId, stream);
    stream.hasFirst ||= version === 1;
    if (isGuard({ shard: Number(shard) })) {
      // All versions are used up, wherever the closing event is.
      Object.assign(stream, { version: Number.MAX_SAFE_INTEGER, isClosed: true });
      return;
    }
    stream.eventIds.set(version, eventId);
    stream.isClosed ||= type === STREAM_CLOSED_TYPE;
    stream.version = Math.max(stream.version, version);
  }
}

function keySetOf(events: readonly StoredEvent[]): { readonly ranges: readonly KeyRange[]; readonly keys: readonly ListValue[] } {
  const spans = new Map<string, { from: number; to: number }>();
  for (const { streamId, version } of events) {
    const span = spans.get(streamId) ?? { from: version, to: version };
    spans.set(streamId, { from: Math.min(span.from, version), to: Math.max(span.to, version) });
  }
  // Versions descend in the key.
  const ranges = [...spans].map(([streamId, { from, to }]) => ({
    startClosed: key(streamId, to),
    endClosed: key(streamId, Math.max(1, from - 1)),
  }));
  const keys = [...spans].filter(([, { from }]) => from > 2).map(([streamId]) => key(streamId, 1));
  return { ranges, keys };
}
