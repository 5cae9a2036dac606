import type { PlannedChange } from '../event-store/row-plan.js';
import type { Mutation } from './protocol.js';
import { cellOf, columnType, keyCells } from './view-cells.js';

const FIELDS = { insert: 'insert', upsert: 'insertOrUpdate', update: 'update' } as const;

/** The mutation of a change. An insertOrUpdate names the given columns alone, so that it leaves others as they are. */
export function viewMutation({ kind, table, key, values }: PlannedChange): Mutation {
  const keyRow = keyCells(table, key);
  if (kind === 'delete') return { delete: { table: table.name, keySet: { keys: [keyRow] } } };
  const columns = Object.keys(values);
  const cells = columns.map((column) => cellOf(columnType(table, column), values[column] ?? null));
  const write = { table: table.name, columns: [...table.key, ...columns], values: [{ values: [...keyRow.values, ...cells] }] };
  return { [FIELDS[kind]]: write };
}
