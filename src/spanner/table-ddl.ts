import type { ColumnType, TableDefinition } from '../event-store/read-models.js';
import { SPANNER_TYPES } from './view-cells.js';

export function createTable(table: TableDefinition): string {
  const columns = Object.entries(table.columns).map(([column, type]) => {
    const notNull = table.key.includes(column) ? ' NOT NULL' : '';
    return `\`${column}\` ${SPANNER_TYPES[type]}${notNull}`;
  });
  const key = table.key.map((column) => `\`${column}\``).join(', ');
  return `CREATE TABLE IF NOT EXISTS \`${table.name}\` (${columns.join(', ')}) PRIMARY KEY (${key})`;
}

export function addColumn(table: TableDefinition, column: string, type: ColumnType): string {
  return `ALTER TABLE \`${table.name}\` ADD COLUMN IF NOT EXISTS \`${column}\` ${SPANNER_TYPES[type]}`;
}

export function dropTable(table: TableDefinition): string {
  return `DROP TABLE IF EXISTS \`${table.name}\``;
}
