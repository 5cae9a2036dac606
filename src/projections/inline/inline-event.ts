import { EventspanError } from '../../errors/eventspan-error.js';
import type { StreamWrite } from '../../event-store/append.js';
import type { Position } from '../../event-store/position.js';
import { shardOf } from '../../event-store/shard.js';
import type { StoredEvent } from '../../event-store/stored-event.js';
import { parseMetadata } from '../../messages/metadata-json.js';
import type { ProjectionContext, View } from '../projector-definition.js';
import type { AfterCommit } from './after-commit.js';
import { refusePosition } from './refuse-position.js';

/** An event that is about to be appended. */
export interface InlineEvent {
  /** As it will be read, but for its position, which nothing of it may depend on. */
  readonly stored: StoredEvent;
  /** Whether the append names the version it follows, so that it fails when the stream has moved. */
  readonly isFenced: boolean;
}

/** Given by the commit. Handlers are refused it, and upcasters of what is being recorded look at the payload alone. */
const UNKNOWN = '' as Position;

/** The events of the writes as they will be stored. The version is 0 where it is not known. */
export function inlineEvents(writes: readonly StreamWrite[], shardCount: number): readonly InlineEvent[] {
  return writes.flatMap(({ streamId, expectedVersion, events }) => {
    const isFenced = expectedVersion !== 'any' && expectedVersion !== 'exists';
    const before = typeof expectedVersion === 'number' ? expectedVersion : 0;
    const shard = shardOf(streamId, shardCount);
    return events.map((event, at) => ({
      isFenced,
      stored: { ...event, streamId, shard, version: isFenced ? before + at + 1 : 0, position: UNKNOWN },
    }));
  });
}

/** What a handler is told of an event before it is committed. */
export function inlineContext(
  projector: string,
  { stored, isFenced }: InlineEvent,
  parts: { readonly view: View; readonly afterCommit: (effect: AfterCommit) => void },
): ProjectionContext & typeof parts {
  const { streamId, shard, eventId, type } = stored;
  const metadata = parseMetadata(stored.metadata);
  return {
    view: isFenced ? parts.view : unreadable(parts.view, { projector, streamId }),
    streamId,
    shard,
    eventId,
    metadata,
    time: new Date(metadata.time),
    isReplay: false,
    afterCommit: parts.afterCommit,
    get version() {
      return isFenced ? stored.version : refuseUnfenced('version', { projector, streamId });
    },
    get position() {
      return refusePosition(projector, { type, streamId });
    },
  };
}

/** What a row was when it was read may be changed by another append before the commit, and nothing would tell. */
function unreadable(view: View, at: { readonly projector: string; readonly streamId: string }): View {
  return {
    insert: (table, row) => view.insert(table, row),
    upsert: (table, row) => view.upsert(table, row),
    update: (table, row) => view.update(table, row),
    delete: (table, key) => view.delete(table, key),
    increment: (table, key, amounts) => view.increment(table, key, amounts),
    get: async () => refuseUnfenced('view.get', at),
  };
}

function refuseUnfenced(what: string, at: { readonly projector: string; readonly streamId: string }): never {
  throw new EventspanError('INLINE_UNFENCED', { ...at, what });
}
