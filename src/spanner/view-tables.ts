import type { TableDefinition } from '../event-store/read-models.js';
import { checkDroppable, checkTable } from '../event-store/table-definition.js';
import { tableDifference, type FoundTable } from '../event-store/table-difference.js';
import type { Call } from './calls.js';
import type { SpannerContext } from './context.js';
import { textOf } from './values.js';
import { addColumn, createTable, dropTable } from './table-ddl.js';
import { SPANNER_TYPES } from './view-cells.js';

const TYPE_NAMES = new Map<string, string>(Object.entries(SPANNER_TYPES).map(([type, name]) => [name, type]));

/**
 * Makes read-model tables and adds nullable columns. Every statement does nothing when repeated, and the tables are looked
 * at again after it, so that two processes with different definitions find out.
 */
export async function ensureViewTables(context: SpannerContext, tables: readonly TableDefinition[], call: Call): Promise<void> {
  for (const table of tables) checkTable(table);
  if (tables.length === 0) return;
  const missing = statementsFor(tables, await readTables(context, tables, call));
  if (missing.length === 0) return;
  await context.ddl.apply(missing, call);
  statementsFor(tables, await readTables(context, tables, call));
}

/** Drops tables; those that are not there do not matter. */
export async function dropViewTables(context: SpannerContext, tables: readonly TableDefinition[], call: Call): Promise<void> {
  for (const table of tables) checkDroppable(table);
  await context.ddl.apply(tables.map(dropTable), call);
}

function statementsFor(tables: readonly TableDefinition[], found: ReadonlyMap<string, FoundTable>): string[] {
  return tables.flatMap((table) => {
    const there = found.get(table.name.toLowerCase());
    if (there === undefined) return [createTable(table)];
    return tableDifference(there, table).map(([column, type]) => addColumn(table, column, type));
  });
}

async function readTables(
  context: SpannerContext,
  tables: readonly TableDefinition[],
  call: Call,
): Promise<ReadonlyMap<string, FoundTable>> {
  const { calls, rpc } = context;
  // Names are letters, digits and underscores: checkTable holds that.
  const names = tables.map((table) => `'${table.name.toLowerCase()}'`).join(', ');
  const sql = `
    SELECT LOWER(c.table_name), c.column_name, c.spanner_type, CAST(k.ordinal_position AS STRING)
    FROM information_schema.columns AS c
    LEFT JOIN information_schema.index_columns AS k
      ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name AND k.index_type = 'PRIMARY_KEY'
    WHERE c.table_schema = '' AND LOWER(c.table_name) IN (${names})`;
  const attempt = (): ReturnType<typeof rpc.query> => rpc.query(sql, call);
  const rows = await calls.run({ name: 'the read of the tables', kind: 'read', attempt }, call);
  const found = new Map<string, { columns: Record<string, string>; key: string[] }>();
  for (const { values } of rows) {
    const [table = '', column = '', spannerType = '', place = ''] = values.map(textOf);
    const entry = found.get(table) ?? { columns: {}, key: [] };
    found.set(table, entry);
    entry.columns[column] = TYPE_NAMES.get(spannerType) ?? spannerType;
    if (place !== '') entry.key[Number(place) - 1] = column;
  }
  return found;
}
