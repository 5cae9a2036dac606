import { checkWholeNumber } from '../../errors/check-option.js';
import { EventspanError } from '../../errors/eventspan-error.js';
import { planChange } from '../../event-store/row-plan.js';
import type { RowChange } from '../../event-store/read-models.js';

/** Cells and rows that the inline projections of one append may change, unless told otherwise. */
export const DEFAULT_INLINE_MUTATIONS = 1_000;
const MAX_INLINE_MUTATIONS = 50_000;

/** Throws `OPTION_INVALID`; answers the budget. */
export function checkInlineBudget(mutations: number = DEFAULT_INLINE_MUTATIONS): number {
  return checkWholeNumber('projections.inlineMutations', mutations, { min: 1, max: MAX_INLINE_MUTATIONS });
}

/** Mutations as Spanner counts them: the key and the set columns of each written row, 1 for a deleted one. */
export function mutationsOf(changes: readonly RowChange[]): number {
  return changes.reduce((sum, change) => {
    const { kind, key, values } = planChange(change);
    return sum + (kind === 'delete' ? 1 : key.length + Object.keys(values).length);
  }, 0);
}

/** Throws `INLINE_BUDGET_EXCEEDED`. */
export function checkMutations(mutations: number, at: { readonly budget: number; readonly projectors: readonly string[] }): void {
  const { budget, projectors } = at;
  if (mutations > budget) throw new EventspanError('INLINE_BUDGET_EXCEEDED', { mutations, budget, projectors });
}
