import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { assertWireName } from '../messages/wire-name.js';

/** Options of `@Aggregate` and `defineAggregate`. */
export interface AggregateOptions {
  /**
   * Events between snapshots, a whole number from 1. Snapshots ride in the append, and make the loading of long streams cheap.
   * Default: none are taken.
   */
  readonly snapshotEvery?: number;
  /**
   * Revision of the shape of the state, a whole number from 1. Raise it whenever fields or their meaning change: snapshots of
   * another revision are passed over, and the stream is replayed. Default 1.
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
  checkCount(options.snapshotEvery, `snapshotEvery of ${what}`);
  checkCount(options.snapshotRevision, `snapshotRevision of ${what}`);
}

/** Throws `EVENT_NOT_APPLIED` for the first of {@link AggregateOptions.records} that is not among the `applied`. */
export function checkRecordsApplied(aggregate: string, { records = [] }: AggregateOptions, applied: readonly Constructor[]): void {
  const missing = records.find((type) => !applied.includes(type));
  if (missing !== undefined) throw new EventspanError('EVENT_NOT_APPLIED', { aggregate, type: missing.name });
}

function checkCount(value: number | undefined, path: string): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return;
  throw new EventspanError('OPTION_INVALID', { path, value: String(value), bound: 'a whole number from 1' });
}
