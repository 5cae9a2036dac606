import { EventspanError } from '../errors/eventspan-error.js';
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
}

/** Default of {@link AggregateOptions.snapshotRevision}. */
export const DEFAULT_SNAPSHOT_REVISION = 1;

/** Throws `NAME_INVALID` or `OPTION_INVALID`. `what` says whose name and options they are. */
export function checkAggregateOptions(name: string, options: AggregateOptions, what: string): void {
  assertWireName(name, what);
  checkCount(options.snapshotEvery, `snapshotEvery of ${what}`);
  checkCount(options.snapshotRevision, `snapshotRevision of ${what}`);
}

function checkCount(value: number | undefined, path: string): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return;
  throw new EventspanError('OPTION_INVALID', { path, value: String(value), bound: 'a whole number from 1' });
}
