import type { GenerationComparison, RowDifference, TableComparison } from '../index.js';

/** A comparison for people: what differs, and nothing of what does not. */
export function comparisonLines(comparison: GenerationComparison | undefined): readonly string[] {
  if (comparison === undefined) return [];
  if (comparison.notCompared !== undefined) return [`Not compared with ${comparison.with}: ${comparison.notCompared}.`];
  if (comparison.equal) return [`Equal to ${comparison.with} when it was compared.`];
  const { old, new: fresh } = comparison.tablesOnlyIn;
  return [
    `Compared with ${comparison.with}:`,
    ...comparison.tables.filter(({ equal }) => !equal).flatMap(tableLines),
    ...old.map((table) => `${table}: only the old one has it`),
    ...fresh.map((table) => `${table}: only the new one has it`),
  ];
}

function tableLines({ table, rows, differing, differences, columns }: TableComparison): readonly string[] {
  const count = differing === undefined ? 'the keys have different columns' : `${differing} rows differ`;
  const onlyOld = columns.old.length === 0 ? '' : `; columns only in the old one: ${columns.old.join(', ')}`;
  const onlyNew = columns.new.length === 0 ? '' : `; columns only in the new one: ${columns.new.join(', ')}`;
  return [
    `${table}: ${rows.old} rows in the old one, ${rows.new} in the new one, ${count}${onlyOld}${onlyNew}`,
    ...differences.map(rowLine),
  ];
}

function rowLine({ key, in: where }: RowDifference): string {
  return `  ${JSON.stringify(key)} ${where === 'both' ? 'differs' : `is only in the ${where} one`}`;
}
