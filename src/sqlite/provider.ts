import { existsSync } from 'node:fs';
import { EventspanError } from '../errors/eventspan-error.js';
import { CallGate } from '../event-store/call-gate.js';
import { checkShardCount } from '../event-store/read-plan.js';
import { DEFAULT_SHARD_COUNT } from '../event-store/shard.js';
import type { AdapterEnvironment, StoreProvider } from '../event-store/store-provider.js';
import { copyTables } from './copy-tables.js';
import { SqliteDatabase } from './database.js';
import type { SqliteConnection, SqliteDriver } from './driver.js';
import { toStoreError } from './errors.js';
import { SqliteEventStore } from './event-store.js';
import { libsqlDriver } from './libsql-driver.js';
import { checkMigrated, checkShards, migrate, MIGRATION_COUNT } from './migrations.js';
import { WriteQueue } from './write-queue.js';

export interface SqliteOptions {
  /** Shards of the log, 1..1,024; fixed when the file is made. Default 16. */
  readonly shards?: number;
  /**
   * `'full'` (default): a commit is on the disk before it is answered. `'normal'`: the last commits may be lost when the machine
   * loses power (not when the process dies); the file stays consistent.
   */
  readonly synchronous?: 'full' | 'normal';
  /** Milliseconds to wait for another process's transaction, blocking this one, 0..60,000. Default 5,000. */
  readonly busyTimeoutMs?: number;
  /** `'auto'` (default): opening brings the schema up to date. `'check'`: it throws `MIGRATIONS_PENDING` where it is not. */
  readonly migrate?: 'auto' | 'check';
  /** Default: the npm package `libsql`. */
  readonly driver?: SqliteDriver;
}

const DEFAULT_SQLITE_OPTIONS: Required<SqliteOptions> = Object.freeze({
  shards: DEFAULT_SHARD_COUNT,
  synchronous: 'full',
  busyTimeoutMs: 5000,
  migrate: 'auto',
  driver: libsqlDriver,
});

type Settings = Required<SqliteOptions> & { readonly file: string };

/**
 * A store in one SQLite file (write-ahead log, so beside it lie `-wal` and `-shm`). Several processes of one machine may use the
 * file at once; network file systems do not do. `:memory:` is a database of its own at every opening; a read-model snapshot of it is a copy
 * of all read models, made when it is opened.
 *
 * Needs the package `libsql` (`PACKAGE_MISSING` says so). Opening throws `SHARD_COUNT_DIFFERS`, `MIGRATIONS_PENDING`,
 * `SCHEMA_TOO_NEW`, `STORE_UNAVAILABLE` and `STORE_FAILED`; options out of bounds throw `OPTION_INVALID` at once.
 */
export function sqlite(file: string, options: SqliteOptions = {}): StoreProvider {
  const settings = settingsOf(file, options);
  return {
    name: 'sqlite',
    open: async (environment) => open(settings, environment),
    openAsIs: async (environment) => {
      // Connecting makes the file.
      if (file !== ':memory:' && !existsSync(file))
        throw new EventspanError('MIGRATIONS_PENDING', { store: file, found: 0, needed: MIGRATION_COUNT });
      return open({ ...settings, migrate: 'check' }, environment);
    },
    migrate: async () => {
      const connection = connect(settings);
      try {
        return migrate({ connection, file, shards: settings.shards });
      } catch (error) {
        throw toStoreError(error, `the migration of ${file}`);
      } finally {
        connection.close();
      }
    },
  };
}

function settingsOf(file: string, options: SqliteOptions): Settings {
  const settings = { ...DEFAULT_SQLITE_OPTIONS, ...options, file };
  const { synchronous, busyTimeoutMs, migrate: mode } = settings;
  if (file.length === 0) refuse('file', '""', 'the path of a file');
  checkShardCount(settings.shards);
  if (synchronous !== 'full' && synchronous !== 'normal') refuse('synchronous', synchronous, "'full' or 'normal'");
  if (mode !== 'auto' && mode !== 'check') refuse('migrate', mode, "'auto' or 'check'");
  if (!Number.isSafeInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > 60_000)
    refuse('busyTimeoutMs', busyTimeoutMs, '0..60,000');
  return settings;
}

function open(settings: Settings, environment: AdapterEnvironment): SqliteEventStore {
  const connection = connect(settings);
  try {
    const target = { connection, file: settings.file, shards: settings.shards };
    if (settings.migrate === 'auto') migrate(target);
    else checkMigrated(target);
    checkShards(target);
  } catch (error) {
    connection.close();
    throw toStoreError(error, `the opening of ${settings.file}`);
  }
  const database = new SqliteDatabase(connection, environment.clock);
  const gate = new CallGate('sqlite', environment.rpcs);
  const openReader = (): SqliteDatabase => new SqliteDatabase(readerOf(connection, settings), environment.clock);
  return new SqliteEventStore({ database, queue: new WriteQueue(database), gate, shardCount: settings.shards, openReader });
}

/** A database in memory has one connection alone, so what another one shall see is copied. */
function readerOf(connection: SqliteConnection, settings: Settings): SqliteConnection {
  const other = connect(settings);
  if (settings.file !== ':memory:') return other;
  try {
    return copyTables(connection, other);
  } catch (error) {
    other.close();
    throw toStoreError(error, 'the copying of a snapshot');
  }
}

function connect({ driver, file, busyTimeoutMs, synchronous }: Settings): SqliteConnection {
  try {
    const connection = driver.open(file, busyTimeoutMs);
    connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    connection.exec('PRAGMA journal_mode = WAL');
    connection.exec(`PRAGMA synchronous = ${synchronous.toUpperCase()}`);
    return connection;
  } catch (error) {
    throw toStoreError(error, `the opening of ${file}`);
  }
}

function refuse(path: string, value: unknown, bound: string): never {
  throw new EventspanError('OPTION_INVALID', { path, value, bound });
}
