import type { TableDefinition } from '../event-store/read-models.js';
import { generationTable, type Generation } from './generation.js';
import type { CounterTable, DeclaredTable } from './projector-definition.js';

/** The key column that a counter table gets besides its own: whose partial a row is. */
export const SHARD_COLUMN = 'shard';

/** One definition a declared table and name, since stores look at each definition once. */
const definitions = new WeakMap<DeclaredTable, Map<string, TableDefinition>>();

/**
 * The table as a database keeps it: a counter table has one row a key and shard, and the name carries the generation. Without a generation
 * the name is the declared one, as databases elsewhere see it. The same object at each call.
 */
export function physicalTableOf(table: DeclaredTable, generation?: Generation): TableDefinition {
  const name = generation === undefined ? table.name : generationTable(table.name, generation);
  const known = definitions.get(table) ?? new Map<string, TableDefinition>();
  const made =
    known.get(name) ?? (table.kind === 'rows' ? { name, columns: table.columns, key: table.key } : counterDefinition(table, name));
  definitions.set(table, known.set(name, made));
  return made;
}

function counterDefinition(table: CounterTable, name: string): TableDefinition {
  const counters = table.counters.map((counter) => [counter, 'integer'] as const);
  return {
    name,
    columns: { ...table.key, [SHARD_COLUMN]: 'integer', ...Object.fromEntries(counters) },
    key: [...Object.keys(table.key), SHARD_COLUMN],
  };
}
