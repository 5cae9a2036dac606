import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { SpannerContext } from '../../src/spanner/context.js';
import { spanner, type SpannerOptions } from '../../src/spanner/index.js';
import { spannerSettings } from '../../src/spanner/options.js';
import { CLOSED_CONSTRAINT, MIGRATIONS, SCHEMA_VERSION } from '../../src/spanner/schema.js';
import { cell, COMMIT_TIME } from '../../src/spanner/values.js';
import { describeWithEmulator } from '../support/emulators.js';
import { appendTo, spannerOptions, testEnvironment } from './spanner-under-test.js';

const CHILD = join(__dirname, 'migrating-process.cjs');

describeWithEmulator('spanner', 'migrations', () => {
  it('make the database, answer their names once, and do nothing the next time', async () => {
    const provider = spanner(await spannerOptions());
    expect(await provider.migrate(testEnvironment())).toEqual(['0001-events-and-cursors', '0002-system-tables', '0003-messaging-tables']);
    expect(await provider.migrate(testEnvironment())).toEqual([]);
  });

  it('run by several providers and processes at once are each applied by one of them, and all go on', async () => {
    const options = await spannerOptions();
    const here = [1, 2, 3].map(() => spanner(options).migrate(testEnvironment()));
    const there = [migrateInChild(options), migrateInChild(options)];
    const applied = await Promise.all([...here, ...there]);
    expect(applied.flat().sort()).toEqual(['0001-events-and-cursors', '0002-system-tables', '0003-messaging-tables']);
    const store = await spanner(options).open(testEnvironment());
    await store.append(appendTo('stream', 'none'));
    await store.close();
  });

  it.each([
    ['the first step alone', []],
    ['the second step without its record, as a process leaves it that ends in between', MIGRATIONS[1]?.onceOnly ?? []],
  ])('go on from %s, so that closed streams are guarded', async (_, statements) => {
    const options = await spannerOptions();
    await emptyDatabase(options);
    await withContext(options, async ({ ddl, rpc, calls }) => {
      await ddl.apply([...(MIGRATIONS[0]?.statements ?? []), ...statements], calls.begin());
      const row = { values: [cell(1), cell('0001-events-and-cursors'), COMMIT_TIME] };
      await rpc.commit([{ insert: { table: 'migrations', columns: ['version', 'name', 'applied_at'], values: [row] } }], calls.begin());
    });
    expect(await spanner(options).migrate(testEnvironment())).toEqual(['0002-system-tables', '0003-messaging-tables']);
    await withContext(options, async ({ rpc, calls }) => {
      const sql = `SELECT constraint_name FROM information_schema.check_constraints WHERE constraint_name = '${CLOSED_CONSTRAINT}'`;
      expect(await rpc.query(sql, calls.begin())).toHaveLength(1);
    });
  });

  it('are pending where "check" finds no schema', async () => {
    const options = await spannerOptions();
    await emptyDatabase(options);
    const opening = spanner({ ...options, migrate: 'check' }).open(testEnvironment());
    await expect(opening).rejects.toMatchObject({ code: 'MIGRATIONS_PENDING', details: { found: 0, needed: SCHEMA_VERSION } });
  });

  it('are not tried by "check" where there is no database: STORE_FAILED says so', async () => {
    const opening = spanner({ ...(await spannerOptions()), migrate: 'check' }).open(testEnvironment());
    await expect(opening).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('Database not found') });
  });

  it('keep the number of shards that the store was made with', async () => {
    const options = await spannerOptions({ shards: 4 });
    const store = await spanner(options).open(testEnvironment());
    expect(store.shardCount).toBe(4);
    await store.close();
    const opening = spanner({ ...options, shards: 16 }).open(testEnvironment());
    await expect(opening).rejects.toMatchObject({ code: 'SHARD_COUNT_DIFFERS', details: { stored: 4, configured: 16 } });
  });

  it('of a later version of the package are not touched: SCHEMA_TOO_NEW, by open and by migrate', async () => {
    const options = await spannerOptions();
    await spanner(options).migrate(testEnvironment());
    await withContext(options, async ({ rpc, calls }) => {
      const row = { values: [cell(SCHEMA_VERSION + 1), cell('later'), COMMIT_TIME] };
      await rpc.commit([{ insert: { table: 'migrations', columns: ['version', 'name', 'applied_at'], values: [row] } }], calls.begin());
    });
    const tooNew = { code: 'SCHEMA_TOO_NEW', details: { found: SCHEMA_VERSION + 1, needed: SCHEMA_VERSION } };
    await expect(spanner(options).open(testEnvironment())).rejects.toMatchObject(tooNew);
    await expect(spanner({ ...options, migrate: 'check' }).open(testEnvironment())).rejects.toMatchObject(tooNew);
    await expect(spanner(options).migrate(testEnvironment())).rejects.toMatchObject(tooNew);
  });
});

async function withContext(options: SpannerOptions, run: (context: SpannerContext) => Promise<void>): Promise<void> {
  const context = new SpannerContext(spannerSettings(options), testEnvironment());
  try {
    await run(context);
  } finally {
    await context.close();
  }
}

function emptyDatabase(options: SpannerOptions): Promise<void> {
  return withContext(options, ({ ddl, calls }) => ddl.createDatabase(calls.begin()));
}

function migrateInChild(options: SpannerOptions): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(output) as string[]) : reject(new Error(`the child ended with ${code}`)),
    );
  });
}
