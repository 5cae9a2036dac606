import { EventspanError } from '../../errors/eventspan-error.js';
import { generationLabel } from '../generation.js';
import type { GenerationComparison } from './generation-comparison.js';
import type { GenerationRecord } from './generation-record.js';

/** What is kept instead of a comparison where the rows cannot be read. */
export function notCompared(live: GenerationRecord, at: Date): GenerationComparison {
  const reason = 'its rows are in a database elsewhere';
  return {
    equal: false,
    with: generationLabel(live),
    at: at.toISOString(),
    tables: [],
    tablesOnlyIn: { old: [], new: [] },
    parkedOnlyInNew: [],
    notCompared: reason,
  };
}

/** Why a generation that is ready waits for an operator, as its row keeps it. */
export function reasonFields(
  code: string | null,
  of: { readonly generation: GenerationRecord; readonly live: GenerationRecord; readonly comparison: GenerationComparison },
): Pick<GenerationRecord, 'code' | 'message'> {
  const names = { generation: generationLabel(of.generation), live: generationLabel(of.live) };
  if (code === 'REBUILD_PARKED')
    return { code, message: new EventspanError(code, { ...names, streams: of.comparison.parkedOnlyInNew }).message };
  if (code !== 'REBUILD_DIFFERS') return { code: null, message: null };
  const tables = of.comparison.tables.filter(({ equal }) => !equal).map(({ table }) => table);
  const missing = [...of.comparison.tablesOnlyIn.old, ...of.comparison.tablesOnlyIn.new];
  const named = [...tables, ...missing];
  return {
    code,
    message: new EventspanError(code, { ...names, tables: named.length === 0 ? [of.comparison.notCompared ?? 'nothing'] : named }).message,
  };
}
