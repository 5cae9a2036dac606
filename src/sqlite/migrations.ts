import { EventspanError } from '../errors/eventspan-error.js';
import { MESSAGING_TABLES } from '../event-store/messaging-tables.js';
import { OPERATING_TABLES } from '../event-store/system-tables.js';
import type { SqliteConnection } from './driver.js';
import { createTable } from './table-sql.js';

/** One step of the schema. Its number is its place in the list, from 1; released steps never change. */
interface Migration {
  readonly name: string;
  readonly sql: string;
}

const MIGRATIONS: readonly Migration[] = [
  {
    name: 'event-log',
    sql: `
      CREATE TABLE settings (
        id INTEGER PRIMARY KEY CHECK (id = 1), shards INTEGER NOT NULL, last_micros INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE events (
        stream_id TEXT NOT NULL, version INTEGER NOT NULL, event_id TEXT NOT NULL, shard INTEGER NOT NULL,
        commit_time TEXT NOT NULL, commit_index INTEGER NOT NULL, type TEXT NOT NULL, metadata TEXT NOT NULL, data TEXT NOT NULL,
        PRIMARY KEY (stream_id, version)
      ) STRICT;
      CREATE UNIQUE INDEX events_log ON events (shard, commit_time, commit_index);
      CREATE TABLE snapshots (
        stream_id TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (stream_id, version)
      ) STRICT;
      CREATE TABLE append_keys (
        key TEXT NOT NULL PRIMARY KEY, result TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE cursors (
        consumer TEXT NOT NULL, shard INTEGER NOT NULL, token INTEGER NOT NULL, position TEXT, owner TEXT NOT NULL,
        renewed_at TEXT NOT NULL, PRIMARY KEY (consumer, shard)
      ) STRICT, WITHOUT ROWID;`,
  },
  { name: 'system-tables', sql: OPERATING_TABLES.map((table) => `${createTable(table)};`).join('\n') },
  { name: 'messaging-tables', sql: MESSAGING_TABLES.map((table) => `${createTable(table)};`).join('\n') },
];

/** Steps of the newest schema. */
export const MIGRATION_COUNT = MIGRATIONS.length;

/** The database and what is configured for it. */
export interface MigrationTarget {
  readonly connection: SqliteConnection;
  readonly file: string;
  readonly shards: number;
}

/**
 * Applies the steps that are missing and answers their names. One transaction that holds the write lock from its beginning: of two
 * processes the second waits, and finds nothing to do. Throws `SCHEMA_TOO_NEW`.
 */
export function migrate(target: MigrationTarget): readonly string[] {
  const { connection, shards } = target;
  connection.exec('BEGIN IMMEDIATE');
  try {
    connection.exec('CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT');
    const found = checkNotTooNew(target, schemaVersion(connection));
    const missing = MIGRATIONS.slice(found);
    missing.forEach(({ name, sql }, at) => {
      connection.exec(sql);
      connection.prepare('INSERT INTO migrations (version, name) VALUES (?, ?)').run([found + at + 1, name]);
    });
    connection.prepare('INSERT OR IGNORE INTO settings (id, shards, last_micros) VALUES (1, ?, 0)').run([shards]);
    connection.exec('COMMIT');
    return missing.map(({ name }) => name);
  } catch (error) {
    connection.exec('ROLLBACK');
    throw error;
  }
}

/** Throws `MIGRATIONS_PENDING`, `SCHEMA_TOO_NEW`; changes nothing. */
export function checkMigrated(target: MigrationTarget): void {
  const { connection, file } = target;
  const hasTable = connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'").get([]) !== undefined;
  const found = checkNotTooNew(target, hasTable ? schemaVersion(connection) : 0);
  if (found < MIGRATIONS.length) throw new EventspanError('MIGRATIONS_PENDING', { store: file, found, needed: MIGRATIONS.length });
}

/** Throws `SHARD_COUNT_DIFFERS`. */
export function checkShards({ connection, shards }: MigrationTarget): void {
  const stored = connection.prepare('SELECT shards FROM settings').get([])?.['shards'];
  if (stored !== shards) throw new EventspanError('SHARD_COUNT_DIFFERS', { stored, configured: shards });
}

function schemaVersion(connection: SqliteConnection): number {
  return connection.prepare('SELECT coalesce(max(version), 0) AS version FROM migrations').get([])?.['version'] as number;
}

function checkNotTooNew({ file }: MigrationTarget, found: number): number {
  if (found > MIGRATIONS.length) throw new EventspanError('SCHEMA_TOO_NEW', { store: file, found, needed: MIGRATIONS.length });
  return found;
}
