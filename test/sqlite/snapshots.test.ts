import type { EventStore } from '../../src/event-store/event-store.js';
import type { Row, TableDefinition } from '../../src/event-store/read-models.js';
import { sqlite } from '../../src/sqlite/index.js';
import { libsqlDriver } from '../../src/sqlite/libsql-driver.js';
import { newEvents, newSqliteFile, testEnvironment, type SqliteFile } from './sqlite-file.js';

const THINGS: TableDefinition = { name: 'things', columns: { id: 'string', done: 'boolean', at: 'timestamp' }, key: ['id'] };

describe('[sqlite] snapshots of aggregates', () => {
  let target: SqliteFile;
  beforeEach(async () => {
    target = await newSqliteFile();
  });
  afterEach(() => target.remove());

  it('that are newer than their stream, as after an edit of the file, are not loaded', async () => {
    const store = await sqlite(target.file).open(testEnvironment());
    await store.append({ writes: [{ streamId: 'a', expectedVersion: 'none', events: newEvents(3), snapshot: 'at 3' }] });
    const editor = libsqlDriver.open(target.file, 1000);
    editor.exec("INSERT INTO snapshots (stream_id, version, state) VALUES ('a', 9, 'at 9'), ('b', 1, 'of nothing')");
    const accept = { acceptSnapshot: () => true };
    expect(await store.load('a', accept)).toEqual({ version: 3, snapshot: { version: 3, state: 'at 3' }, events: [] });
    editor.exec('DELETE FROM events WHERE version = 3');
    expect(await store.load('a', accept)).toMatchObject({ version: 2, events: [{ version: 1 }, { version: 2 }] });
    expect(await store.load('b', accept)).toEqual({ version: 0, events: [] });
    editor.close();
    await store.close();
  });
});

describe('[sqlite] snapshots of read models', () => {
  let target: SqliteFile;
  beforeEach(async () => {
    target = await newSqliteFile();
  });
  afterEach(() => target.remove());

  it('of a database in memory are copies: rows, columns and cursors of the instant', async () => {
    const store = await sqlite(':memory:').open(testEnvironment());
    await store.readModels.ensureTables([THINGS]);
    await put(store, { id: 'b', done: true, at: new Date(5) }, { id: 'a', done: null });
    await store.cursors.take('p', 'one', [{ shard: 2, token: 0 }]);
    const { cursors } = await store.cursors.read('p');
    const snapshot = await store.readModels.openSnapshot();
    await put(store, { id: 'c' }, { id: 'b', done: false });
    await store.cursors.take('p', 'two', [{ shard: 2, token: 1 }]);
    await store.readModels.dropTables([THINGS]);
    expect(await rowsOf(snapshot.scan(THINGS))).toEqual([
      { id: 'a', done: null, at: null },
      { id: 'b', done: true, at: new Date(5) },
    ]);
    expect(await rowsOf(snapshot.scan(THINGS, { id: 'b' }))).toHaveLength(1);
    expect(await snapshot.cursors('p')).toEqual(cursors);
    await expect(rowsOf(snapshot.scan({ ...THINGS, name: 'others' }))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await snapshot.close();
    await store.close();
  });

  it.each([':memory:', 'file'])('once closed are read no more, and closed again without harm (%s)', async (kind) => {
    const store = await sqlite(kind === 'file' ? target.file : kind).open(testEnvironment());
    await store.readModels.ensureTables([THINGS]);
    const snapshot = await store.readModels.openSnapshot();
    await snapshot.close();
    await snapshot.close();
    const closed = { code: 'STORE_FAILED', details: { reason: 'the snapshot is closed' } };
    await expect(snapshot.cursors('p')).rejects.toMatchObject(closed);
    await expect(rowsOf(snapshot.scan(THINGS))).rejects.toMatchObject(closed);
    await store.close();
  });

  it('that are open while the store is closed are read no more, and let the file go', async () => {
    const store = await sqlite(target.file).open(testEnvironment());
    const snapshot = await store.readModels.openSnapshot();
    await store.close();
    await expect(snapshot.cursors('p')).rejects.toMatchObject({ code: 'STORE_FAILED', details: { reason: 'the store is closed' } });
    await snapshot.close();
    const again = await sqlite(target.file).open(testEnvironment());
    await again.append({ writes: [{ streamId: 'a', expectedVersion: 'none', events: newEvents(1) }] });
    await again.close();
  });

  it('left open hold up no writer, of whatever process', async () => {
    const provider = sqlite(target.file, { busyTimeoutMs: 0 });
    const [store, other] = [await provider.open(testEnvironment()), await provider.open(testEnvironment())];
    await store.readModels.ensureTables([THINGS]);
    const snapshot = await store.readModels.openSnapshot();
    for (let at = 0; at < 20; at++) await put(at % 2 === 0 ? store : other, { id: `t${at}` });
    expect(await rowsOf(snapshot.scan(THINGS))).toEqual([]);
    expect(await rowsOf(store.readModels.scan(THINGS))).toHaveLength(20);
    await snapshot.close();
    await store.close();
    await other.close();
  });
});

async function put(store: EventStore, ...rows: readonly Row[]): Promise<void> {
  const batch = await store.readModels.openBatch({ rows: 'stream' });
  await batch.commit(rows.map((row) => ({ kind: 'upsert', table: THINGS, row })));
}

async function rowsOf(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of rows) found.push(row);
  return found;
}
