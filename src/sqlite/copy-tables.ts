import type { SqliteConnection } from './driver.js';

const LOG = "('events', 'snapshots', 'append_keys')";
const TABLES = `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ${LOG}`;

/** Makes every table of `source` but those of the log in the empty database `target`, with its rows; answers `target`. */
export function copyTables(source: SqliteConnection, target: SqliteConnection): SqliteConnection {
  target.exec('BEGIN');
  for (const { name, sql } of source.prepare(TABLES).all([])) {
    target.exec(sql as string);
    copyRows(source, target, `"${name as string}"`);
  }
  target.exec('COMMIT');
  return target;
}

function copyRows(source: SqliteConnection, target: SqliteConnection, table: string): void {
  const rows = source.prepare(`SELECT * FROM ${table}`).tuples([]);
  const [first] = rows;
  if (first === undefined) return;
  const insert = target.prepare(`INSERT INTO ${table} VALUES (${first.map(() => '?').join(', ')})`);
  for (const row of rows) insert.run(row);
}
