import type { PlannedChange } from '../event-store/row-plan.js';
import type { MemoryLog } from './log.js';
import { tableOf } from './table-of.js';

/** Applies all changes and then `rest`, or nothing: what was changed before an error is taken back. */
export function applyChanges(log: MemoryLog, planned: readonly PlannedChange[], rest: () => void = () => undefined): void {
  const undo: (() => void)[] = [];
  try {
    for (const change of planned) undo.push(tableOf(log, change.table).apply(change));
    rest();
  } catch (error) {
    for (const takeBack of undo.toReversed()) takeBack();
    throw error;
  }
}
