import { EventspanError } from '../errors/eventspan-error.js';
import type { Mutation } from './protocol.js';

/** Spanner's limit of mutations in a commit, index entries included. The emulator does not hold it. */
export const MAX_MUTATIONS = 80_000;
/** Spanner takes 100 MB; some is left for names and framing. */
export const MAX_COMMIT_BYTES = 90_000_000;

/** Columns of `events_log`: key and stored ones; each inserted event writes them all. */
const EVENTS_LOG_COLUMNS = 9;

/**
 * Throws `COMMIT_TOO_LARGE` for a commit that Spanner would refuse. The count is an estimate on the safe side: columns of
 * each written row, and those of the index for events.
 */
export function checkCommitSize(mutations: readonly Mutation[]): void {
  let cells = 0;
  let bytes = 0;
  for (const mutation of mutations) {
    const write = mutation.insert ?? mutation.update ?? mutation.insertOrUpdate;
    if (write === undefined) {
      cells += 1;
      continue;
    }
    const indexed = mutation.insert !== undefined && write.table === 'events' ? EVENTS_LOG_COLUMNS : 0;
    cells += write.values.length * (write.columns.length + indexed);
    // Texts of events are written twice: into the table and into its index.
    bytes += bytesOf(write.values) * (indexed > 0 ? 2 : 1);
  }
  if (cells <= MAX_MUTATIONS && bytes <= MAX_COMMIT_BYTES) return;
  throw new EventspanError('COMMIT_TOO_LARGE', { mutations: cells, bytes, maxMutations: MAX_MUTATIONS, maxBytes: MAX_COMMIT_BYTES });
}

function bytesOf(rows: readonly { readonly values: readonly { readonly stringValue?: string | null }[] }[]): number {
  let bytes = 0;
  for (const { values } of rows) {
    for (const { stringValue } of values) bytes += stringValue ? Buffer.byteLength(stringValue, 'utf8') : 8;
  }
  return bytes;
}
