import { INBOX, MESSAGING_TABLES } from '../event-store/messaging-tables.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import type { TableDefinition } from '../event-store/read-models.js';
import { OPERATING_TABLES } from '../event-store/system-tables.js';
import { createTable } from './table-ddl.js';

/** Refuses the mark that an append leaves on its predecessor, where that one has closed the stream. */
export const CLOSED_CONSTRAINT = 'events_end_with_closing';

/** One step of the schema. Its statements do nothing where they have been carried out before, those of `onceOnly` excepted. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
  /** Statements that fail as duplicates where they have been carried out before; that is no error. */
  readonly onceOnly?: readonly string[];
}

/** Steps in order; a released one is never changed, a new one is appended. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: '0001-events-and-cursors',
    statements: [
      `CREATE TABLE IF NOT EXISTS events (
         stream_id STRING(256) NOT NULL,
         version INT64 NOT NULL,
         event_id STRING(36) NOT NULL,
         commit_pos INT64 NOT NULL,
         type STRING(256) NOT NULL,
         data STRING(MAX) NOT NULL,
         meta STRING(MAX) NOT NULL,
         snapshot STRING(MAX),
         has_next BOOL,
         shard INT64 NOT NULL,
         commit_ts TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
       ) PRIMARY KEY (stream_id, version DESC)`,
      `CREATE INDEX IF NOT EXISTS events_log ON events (shard, commit_ts, commit_pos, stream_id, version)
         STORING (event_id, type, data, meta)`,
      `CREATE TABLE IF NOT EXISTS append_keys (
         key STRING(320) NOT NULL,
         result STRING(MAX) NOT NULL,
         created_at TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
       ) PRIMARY KEY (key), ROW DELETION POLICY (OLDER_THAN(created_at, INTERVAL 30 DAY))`,
      `CREATE TABLE IF NOT EXISTS cursors (
         consumer STRING(128) NOT NULL,
         shard INT64 NOT NULL,
         token INT64 NOT NULL,
         position STRING(MAX),
         owner STRING(128) NOT NULL,
         renewed_at TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
       ) PRIMARY KEY (consumer, shard, token)`,
      `CREATE TABLE IF NOT EXISTS settings (
         name STRING(64) NOT NULL,
         value STRING(MAX) NOT NULL
       ) PRIMARY KEY (name)`,
      `CREATE TABLE IF NOT EXISTS migrations (
         version INT64 NOT NULL,
         name STRING(128) NOT NULL,
         applied_at TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
       ) PRIMARY KEY (version)`,
    ],
  },
  {
    version: 2,
    name: '0002-system-tables',
    statements: OPERATING_TABLES.map((table) => createTable(table)),
    onceOnly: [`ALTER TABLE events ADD CONSTRAINT ${CLOSED_CONSTRAINT} CHECK (has_next IS NULL OR type != '${STREAM_CLOSED_TYPE}')`],
  },
  { version: 3, name: '0003-messaging-tables', statements: MESSAGING_TABLES.map(createMessagingTable) },
];

/** The schema this version of the package needs and knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The setting that holds the number of shards. */
export const SHARDS_SETTING = 'shards';

function createMessagingTable(table: TableDefinition): string {
  return createTable(table, table === INBOX ? 'expires_at' : undefined);
}
