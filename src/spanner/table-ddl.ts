import type { ColumnType, TableDefinition } from '../event-store/read-models.js';
import { SPANNER_TYPES } from './view-cells.js';

/** With a column `expires`, Spanner itself removes rows whose time there has passed, within three days as a rule. */
export function createTable(table: TableDefinition, expires?: string): string {
  const columns = Object.entries(table.columns).map(([column, type]) => {
    const notNull = table.key.includes(column) ? ' NOT NULL' : '';
    return `\`${column}\` ${SPANNER_TYPES[type]}${notNull}`;
  });
  const key = table.key.map((column) => `\`${column}\``).join(', ');
  const policy = expires === undefined ? '' : `, ROW DELETION POLICY (OLDER_THAN(\`${expires}\`, INTERVAL 0 DAY))`;
  return `CREATE TABLE IF NOT EXISTS \`${table.name}\` (${columns.join(', ')}) PRIMARY KEY (${key})${policy}`;
}

export function addColumn(table: TableDefinition, column: string, type: ColumnType): string {
  return `ALTER TABLE \`${table.name}\` ADD COLUMN IF NOT EXISTS \`${column}\` ${SPANNER_TYPES[type]}`;
}

export function dropTable(table: TableDefinition): string {
  return `DROP TABLE IF EXISTS \`${table.name}\``;
}
