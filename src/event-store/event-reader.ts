import { EventspanError } from '../errors/eventspan-error.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { parseMetadata } from '../messages/metadata-json.js';
import type { MergeRole, MergeRules } from '../messages/upcasting/merge-rules.js';
import type { VersionedRecord } from '../messages/upcasting/upcasting.js';
import type { EventStore } from './event-store.js';
import { commitTimeOf, type StoredEvent } from './stored-event.js';
import { isFrameworkEvent } from '../messages/framework/framework-event.js';

const LAST_FIELD = ',"schemaVersion":';
/** Events that are looked at beside one that may be merged, at a time. */
const NEIGHBOURS = 16;
const NONE: readonly object[] = Object.freeze([]);

/** Where the neighbours of an event are read, for upcasters that merge. */
export type NeighbourSource = Pick<EventStore, 'readStream'>;

/** What became of the events of one append of one stream that a merge could take. */
interface Run {
  readonly records: readonly VersionedRecord<StoredEvent>[];
  readonly roles: readonly MergeRole[];
}

/**
 * Reads stored events as instances of today's classes, the same way for loading, projections, rebuilds, replay and export. One stored event
 * is none, one or several events of today: upcasters may drop, split and merge. The framework's own events are none. Safe to use
 * concurrently.
 */
export class EventReader {
  /** The last run that was read: its events come one after another. */
  private lastRun: Run | undefined;

  constructor(
    private readonly registry: EventRegistry,
    private readonly source?: NeighbourSource,
  ) {}

  /**
   * At once, but for an event that could go into a merge: then its neighbours in the same append are read first (1 Read or 2 a run).
   * Throws `EVENT_TYPE_UNKNOWN`, `PAYLOAD_UNREADABLE`, `UPCAST_FAILED`, `UPCAST_RESULT_INVALID`; for a merge the store's errors, and
   * `MERGE_WITHOUT_STREAM` from a reader without a source.
   */
  read(stored: StoredEvent): readonly object[] | Promise<readonly object[]> {
    if (isFrameworkEvent(stored.type) && this.registry.find(stored.type) === undefined) return NONE;
    const record = { stored, schemaVersion: schemaVersionOf(stored.metadata) };
    const { merges } = this.registry;
    if (merges === undefined || !merges.isMember(record)) return this.registry.read(record);
    return this.readMember(record, merges);
  }

  private async readMember(record: VersionedRecord<StoredEvent>, merges: MergeRules): Promise<readonly object[]> {
    const run = await this.runOf(record, merges);
    const at = run.records.findIndex(({ stored }) => stored.version === record.stored.version);
    const role = run.roles[at] as MergeRole;
    if (role === 'gone') return NONE;
    if (role === 'alone') return this.registry.read(record);
    return this.registry.readMerged(role.merge, run.records.slice(role.first, at + 1));
  }

  private async runOf(record: VersionedRecord<StoredEvent>, merges: MergeRules): Promise<Run> {
    const { eventId } = record.stored;
    if (this.lastRun?.records.some(({ stored }) => stored.eventId === eventId)) return this.lastRun;
    const before = await this.neighbours(record, merges, 'backwards');
    const after = await this.neighbours(record, merges, 'forwards');
    const records = [...before.toReversed(), record, ...after];
    this.lastRun = { records, roles: merges.plan(records) };
    return this.lastRun;
  }

  /** The members beside an event in its own append, nearest first; a page at a time, since a run is short and a stream may be long. */
  private async neighbours(
    record: VersionedRecord<StoredEvent>,
    merges: MergeRules,
    direction: 'forwards' | 'backwards',
  ): Promise<readonly VersionedRecord<StoredEvent>[]> {
    const found: VersionedRecord<StoredEvent>[] = [];
    for (;;) {
      const page = await this.page((found.at(-1) ?? record).stored, direction);
      const isOther = ({ stored, schemaVersion }: VersionedRecord<StoredEvent>): boolean =>
        commitTimeOf(stored) !== commitTimeOf(record.stored) || !merges.isMember({ stored, schemaVersion });
      const end = page.findIndex(isOther);
      found.push(...(end === -1 ? page : page.slice(0, end)));
      if (end !== -1 || page.length < NEIGHBOURS) return found;
    }
  }

  private async page(
    { type, streamId, version }: StoredEvent,
    direction: 'forwards' | 'backwards',
  ): Promise<VersionedRecord<StoredEvent>[]> {
    if (direction === 'backwards' && version === 1) return [];
    if (this.source === undefined) throw new EventspanError('MERGE_WITHOUT_STREAM', { type, streamId, version });
    const bounds = direction === 'forwards' ? { fromVersion: version + 1 } : { toVersion: version - 1 };
    const page: VersionedRecord<StoredEvent>[] = [];
    for await (const stored of this.source.readStream(streamId, { direction, limit: NEIGHBOURS, ...bounds })) {
      page.push({ stored, schemaVersion: schemaVersionOf(stored.metadata) });
    }
    return page;
  }
}

/**
 * Reading all metadata would cost as much as reading the payload. Our own recording writes the schema version last, so that what
 * stands between its name and the closing brace is the number; inside a string or an object in between it could not stand so.
 */
function schemaVersionOf(metadata: string): number {
  const at = metadata.lastIndexOf(LAST_FIELD);
  const last = at === -1 ? Number.NaN : Number(metadata.slice(at + LAST_FIELD.length, -1));
  return Number.isSafeInteger(last) && last > 0 ? last : parseMetadata(metadata).schemaVersion;
}
