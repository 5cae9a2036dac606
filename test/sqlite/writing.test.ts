import type { EventStore } from '../../src/event-store/event-store.js';
import type { AppendResult } from '../../src/event-store/append.js';
import { sqlite, type SqliteConnection, type SqliteDriver } from '../../src/sqlite/index.js';
import { libsqlDriver } from '../../src/sqlite/libsql-driver.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { newEvents, newSqliteFile, testEnvironment, type SqliteFile } from './sqlite-file.js';

/** Passes everything to libsql, keeps what was executed, and fails where it is told to. */
class FaultyDriver implements SqliteDriver {
  readonly executed: string[] = [];
  private fault: { readonly sql: string; readonly code: string } | undefined;

  /** The next statement that begins with `sql` fails with SQLite's `code`. */
  failOnce(sql: string, code: string): void {
    this.fault = { sql, code };
  }

  open(file: string, busyTimeoutMs: number): SqliteConnection {
    const connection = libsqlDriver.open(file, busyTimeoutMs);
    return {
      exec: (sql) => {
        this.executed.push(sql);
        this.checkFault(sql);
        connection.exec(sql);
      },
      prepare: (sql) => {
        const statement = connection.prepare(sql);
        return { ...statement, run: (values) => (this.checkFault(sql), statement.run(values)) };
      },
      close: () => connection.close(),
    };
  }

  private checkFault(sql: string): void {
    const fault = this.fault;
    if (fault === undefined || !sql.startsWith(fault.sql)) return;
    this.fault = undefined;
    throw Object.assign(new Error(`${fault.code} by the test`), { code: fault.code });
  }
}

describe('[sqlite] writing', () => {
  let target: SqliteFile;
  let driver: FaultyDriver;
  let store: EventStore;
  beforeEach(async () => {
    target = await newSqliteFile();
    driver = new FaultyDriver();
    store = await sqlite(target.file, { driver, busyTimeoutMs: 50 }).open(testEnvironment());
  });
  afterEach(async () => {
    await store.close();
    await target.remove();
  });

  function append(streamId: string, expectedVersion: number | 'none' | 'any' = 'none'): Promise<AppendResult> {
    return store.append({ writes: [{ streamId, expectedVersion, events: newEvents(1) }] });
  }

  it('commits the appends of one turn together, each with its own result', async () => {
    driver.executed.length = 0;
    const outcomes = await Promise.allSettled([append('a'), append('a'), append('b'), append('a', 1), append('c', 5)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected']);
    expect(driver.executed.filter((sql) => sql === 'COMMIT')).toHaveLength(1);
    expect([(await store.load('a')).version, (await store.load('b')).version, (await store.load('c')).version]).toEqual([2, 1, 0]);
    const times = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.commitTime] : []));
    expect(new Set(times).size).toBe(3);
  });

  it('says STORE_UNAVAILABLE while another process holds the file, and goes on when it does not', async () => {
    const other = libsqlDriver.open(target.file, 0);
    other.exec('BEGIN IMMEDIATE');
    await expect(append('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    other.exec('ROLLBACK');
    other.close();
    expect((await append('a')).streams[0]?.lastVersion).toBe(1);
  });

  it('says STORE_FAILED when the disk is full, with nothing written, and goes on afterwards', async () => {
    driver.failOnce('INSERT INTO events', 'SQLITE_FULL');
    await expect(append('a')).rejects.toMatchObject({ code: 'STORE_FAILED', cause: { code: 'SQLITE_FULL' } });
    driver.failOnce('COMMIT', 'SQLITE_FULL');
    await expect(append('a')).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: false });
    expect((await store.load('a')).version).toBe(0);
    expect((await append('a')).streams[0]?.lastVersion).toBe(1);
  });

  it('says OUTCOME_UNKNOWN, with the event ids, when a COMMIT ends in an I/O error', async () => {
    const events = newEvents(2);
    driver.failOnce('COMMIT', 'SQLITE_IOERR_FSYNC');
    const unknown = store.append({ writes: [{ streamId: 'a', expectedVersion: 'none', events }] });
    await expect(unknown).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', eventIds: events.map(({ eventId }) => eventId) });
    expect((await store.append({ writes: [{ streamId: 'a', expectedVersion: 'none', events }] })).streams[0]?.lastVersion).toBe(2);
  });

  it('rejects the whole group when its transaction is lost', async () => {
    driver.failOnce('SAVEPOINT', 'SQLITE_IOERR');
    const outcomes = await Promise.allSettled([append('a'), append('b')]);
    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'stored'))).toEqual([
      'STORE_FAILED',
      'STORE_FAILED',
    ]);
    expect([(await store.load('a')).version, (await store.load('b')).version]).toEqual([0, 0]);
  });

  it('is aborted by a row that another process has changed since a shared batch read it, and writes none of it', async () => {
    const table = { name: 'sums', columns: { id: 'string', n: 'integer' }, key: ['id'] } as const;
    await store.readModels.ensureTables([table]);
    await store.cursors.take('p', 'one', [{ shard: 0, token: 0 }]);
    const advance = { consumer: 'p', shard: 0, token: 1 };
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    expect(await batch.get(table, [{ id: 'a' }])).toEqual([undefined]);
    const other = libsqlDriver.open(target.file, 1000);
    other.exec("INSERT INTO sums (id, n) VALUES ('a', 7)");
    other.close();
    const changes = [
      { kind: 'insert', table, row: { id: 'b' } },
      { kind: 'upsert', table, row: { id: 'a', n: 1 } },
    ] as const;
    await expect(batch.commit(changes, advance)).rejects.toMatchObject({ code: 'BATCH_ABORTED', retryable: true });
    expect(await store.readModels.get(table, [{ id: 'a' }, { id: 'b' }])).toEqual([{ id: 'a', n: 7 }, undefined]);
  });

  it('stamps ascending times also when the clock stands still, and when another process has a clock ahead', async () => {
    const [late, early] = [Date.UTC(2026, 0, 2), Date.UTC(2026, 0, 1)];
    const times: string[] = [];
    for (const ms of [early, late, early]) {
      const other = await sqlite(target.file).open(testEnvironment({ clock: new FakeClock(ms) }));
      for (let n = 0; n < 2; n++) times.push((await other.append({ key: `${times.length}`, writes: [] })).commitTime);
      times.push(await other.currentTime());
      await other.close();
    }
    expect(times).toEqual([...times].sort());
    expect(times.slice(0, 4)).toEqual([
      '2026-01-01T00:00:00.000000000Z',
      '2026-01-01T00:00:00.000001000Z',
      '2026-01-01T00:00:00.000001000Z',
      '2026-01-02T00:00:00.000000000Z',
    ]);
    expect(times.slice(6, 8)).toEqual(['2026-01-02T00:00:00.000002000Z', '2026-01-02T00:00:00.000003000Z']);
  });

  it('counts one Commit an append and one Read a load, by caller', async () => {
    const rpcs = new RpcCounter();
    const counted = await sqlite(target.file).open(testEnvironment({ rpcs }));
    await counted.append({ key: 'k', writes: [] }, { caller: 'command' });
    await counted.load('a', { caller: 'command' });
    await counted.cursors.read('c');
    expect(rpcs.toJSON()).toEqual({ command: { Commit: 1, Read: 1 }, other: { Read: 1 } });
    await counted.close();
  });
});
