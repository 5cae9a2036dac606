import type { TableDefinition } from '../event-store/read-models.js';
import type { CounterTable, DeclaredTable } from './projector-definition.js';

/** The key column that a counter table gets besides its own: whose partial a row is. */
export const SHARD_COLUMN = 'shard';

/** One definition a declared table, since stores look at each definition once. */
const definitions = new WeakMap<DeclaredTable, TableDefinition>();

/** The table as the store keeps it: a counter table has one row a key and shard. The same object at each call. */
export function physicalTableOf(table: DeclaredTable): TableDefinition {
  const known = definitions.get(table);
  if (known !== undefined) return known;
  const made = table.kind === 'rows' ? { name: table.name, columns: table.columns, key: table.key } : counterDefinition(table);
  definitions.set(table, made);
  return made;
}

function counterDefinition(table: CounterTable): TableDefinition {
  const counters = table.counters.map((name) => [name, 'integer'] as const);
  return {
    name: table.name,
    columns: { ...table.key, [SHARD_COLUMN]: 'integer', ...Object.fromEntries(counters) },
    key: [...Object.keys(table.key), SHARD_COLUMN],
  };
}
