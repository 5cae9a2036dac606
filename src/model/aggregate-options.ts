import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { assertWireName } from '../messages/wire-name.js';
import { everyEvents, type SnapshotPolicy } from './snapshot-policy.js';

/** Options of `@Aggregate` and `defineAggregate`. */
export interface AggregateOptions {
  /**
   * When snapshots are taken. They ride in the append, and make the loading of long streams cheap. Default: none are taken.
   *
   *     snapshots: anyOf(everyEvents(100), afterLoadMs(50), onEvents(OrderClosed))
   */
  readonly snapshots?: SnapshotPolicy;
  /** Short for `snapshots: everyEvents(n)`. Not together with it. */
  readonly snapshotEvery?: number;
  /**
   * Revision of what the state means, a whole number from 1. The names and kinds of its fields are looked at by themselves; raise this
   * where they stay and their meaning changes. Snapshots of another revision or shape are passed over, and the stream is replayed. Default 1.
   */
  readonly snapshotRevision?: number;
  /**
   * Event classes that its handlers record. What a handler records is not known before it runs; listed here, an event without an
   * apply method is found at start (`EVENT_NOT_APPLIED`) and not by the first command. Default: none are listed.
   */
  readonly records?: readonly Constructor[];
}

/** Default of {@link AggregateOptions.snapshotRevision}. */
export const DEFAULT_SNAPSHOT_REVISION = 1;

/** Throws `NAME_INVALID` or `OPTION_INVALID`. `what` says whose name and options they are. */
export function checkAggregateOptions(name: string, options: AggregateOptions, what: string): void {
  assertWireName(name, what);
  const { snapshots, snapshotEvery, snapshotRevision } = options;
  checkCount(snapshotEvery, `snapshotEvery of ${what}`);
  checkCount(snapshotRevision, `snapshotRevision of ${what}`);
  if (snapshots === undefined) return;
  if (typeof snapshots !== 'function') refuse(`snapshots of ${what}`, snapshots, 'a policy, as everyEvents(100)');
  if (snapshotEvery !== undefined) refuse(`snapshotEvery of ${what}`, snapshotEvery, 'left out beside snapshots');
}

/** When snapshots are taken; undefined where none are. */
export function snapshotPolicyOf({ snapshots, snapshotEvery }: AggregateOptions): SnapshotPolicy | undefined {
  return snapshots ?? (snapshotEvery === undefined ? undefined : everyEvents(snapshotEvery));
}

/** Throws `EVENT_NOT_APPLIED` for the first of {@link AggregateOptions.records} that is not among the `applied`. */
export function checkRecordsApplied(aggregate: string, { records = [] }: AggregateOptions, applied: readonly Constructor[]): void {
  const missing = records.find((type) => !applied.includes(type));
  if (missing !== undefined) throw new EventspanError('EVENT_NOT_APPLIED', { aggregate, type: missing.name });
}

function checkCount(value: number | undefined, path: string): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) refuse(path, String(value), 'a whole number from 1');
}

function refuse(path: string, value: unknown, bound: string): never {
  throw new EventspanError('OPTION_INVALID', { path, value, bound });
}
