import { sqlite } from '../../src/sqlite/index.js';
import { libsqlDriver } from '../../src/sqlite/libsql-driver.js';
import { newEvents, newSqliteFile, testEnvironment, type SqliteFile } from './sqlite-file.js';

describe('[sqlite] opening a file', () => {
  let target: SqliteFile;
  beforeEach(async () => {
    target = await newSqliteFile();
  });
  afterEach(() => target.remove());

  it('makes the schema once, and finds everything again after a restart', async () => {
    const provider = sqlite(target.file);
    const first = await provider.open(testEnvironment());
    const appended = await first.append({ writes: [{ streamId: 'a', expectedVersion: 'none', events: newEvents(2) }] });
    await first.close();
    const second = await sqlite(target.file).open(testEnvironment());
    expect((await second.load('a')).events.map(({ position }) => position)[1]).toBe(appended.streams[0]?.lastPosition);
    expect(
      (await second.append({ writes: [{ streamId: 'a', expectedVersion: 2, events: newEvents(1) }] })).commitTime > appended.commitTime,
    ).toBe(true);
    await second.close();
  });

  it.each([
    [undefined, 'FULL'],
    ['full', 'FULL'],
    ['normal', 'NORMAL'],
  ] as const)('uses a write-ahead log; synchronous: %s syncs as %s', async (synchronous, expected) => {
    const seen: string[] = [];
    const driver = { open: (file: string, busyTimeoutMs: number) => spy(libsqlDriver.open(file, busyTimeoutMs), seen) };
    const store = await sqlite(target.file, { driver, ...(synchronous !== undefined && { synchronous }) }).open(testEnvironment());
    expect(seen.filter((sql) => sql.includes('synchronous'))).toEqual([`PRAGMA synchronous = ${expected}`]);
    const connection = libsqlDriver.open(target.file, 1000);
    expect(connection.prepare('PRAGMA journal_mode').get([])).toEqual({ journal_mode: 'wal' });
    connection.close();
    await store.close();
  });

  it('answers the steps that a migration applied, and none the second time', async () => {
    const provider = sqlite(target.file);
    expect(await provider.migrate(testEnvironment())).toEqual(['event-log', 'system-tables', 'messaging-tables']);
    expect(await provider.migrate(testEnvironment())).toEqual([]);
  });

  it("with migrate: 'check' refuses a file that is behind, changes nothing in it, and opens one that is up to date", async () => {
    const provider = sqlite(target.file, { migrate: 'check' });
    for (let time = 0; time < 2; time++) {
      await expect(provider.open(testEnvironment())).rejects.toMatchObject({
        code: 'MIGRATIONS_PENDING',
        details: { found: 0, needed: 3 },
      });
    }
    await provider.migrate(testEnvironment());
    const store = await provider.open(testEnvironment());
    await store.close();
  });

  it('refuses a file of a newer version, in either mode', async () => {
    await sqlite(target.file).migrate(testEnvironment());
    const connection = libsqlDriver.open(target.file, 1000);
    connection.exec("INSERT INTO migrations (version, name) VALUES (99, 'from the future')");
    connection.close();
    for (const migrate of ['auto', 'check'] as const) {
      await expect(sqlite(target.file, { migrate }).open(testEnvironment())).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' });
    }
    await expect(sqlite(target.file).migrate(testEnvironment())).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' });
  });

  it('refuses another number of shards than the file was made with', async () => {
    await sqlite(target.file, { shards: 4 }).migrate(testEnvironment());
    const details = { stored: 4, configured: 16 };
    await expect(sqlite(target.file).open(testEnvironment())).rejects.toMatchObject({ code: 'SHARD_COUNT_DIFFERS', details });
    const store = await sqlite(target.file, { shards: 4 }).open(testEnvironment());
    expect(store.shardCount).toBe(4);
    await store.close();
  });

  it('says why where the file cannot be opened', async () => {
    await expect(sqlite(`${target.file}/not/a/folder.db`).open(testEnvironment())).rejects.toMatchObject({
      code: 'STORE_FAILED',
      retryable: false,
    });
  });

  it.each([
    ['file', '', {}],
    ['shards', 'x.db', { shards: 0 }],
    ['shards', 'x.db', { shards: 1025 }],
    ['busyTimeoutMs', 'x.db', { busyTimeoutMs: -1 }],
    ['synchronous', 'x.db', { synchronous: 'off' as 'full' }],
    ['migrate', 'x.db', { migrate: 'never' as 'auto' }],
  ])('refuses the option %s out of bounds (%j, %j)', (path, file, options) => {
    expect(() => sqlite(file, options)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', details: expect.objectContaining({ path }) }),
    );
  });

  it('once closed refuses every call, after those before have been carried out', async () => {
    const store = await sqlite(target.file).open(testEnvironment());
    const appending = store.append({ writes: [{ streamId: 'a', expectedVersion: 'none', events: newEvents(1) }] });
    await store.close();
    await store.close();
    expect((await appending).streams[0]?.lastVersion).toBe(1);
    await expect(store.load('a')).rejects.toMatchObject({ code: 'STORE_FAILED', details: { reason: 'the store is closed' } });
    await expect(store.append({ key: 'k', writes: [] })).rejects.toMatchObject({ code: 'STORE_FAILED' });
    const again = await sqlite(target.file).open(testEnvironment());
    expect((await again.load('a')).version).toBe(1);
    await again.close();
  });
});

function spy(connection: ReturnType<typeof libsqlDriver.open>, seen: string[]): ReturnType<typeof libsqlDriver.open> {
  return {
    ...connection,
    exec: (sql) => {
      seen.push(sql);
      connection.exec(sql);
    },
  };
}
