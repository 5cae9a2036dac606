import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EventStore } from '../../src/event-store/event-store.js';
import { readLog } from '../../src/event-store/read-log.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import { sqlite } from '../../src/sqlite/index.js';
import { newSqliteFile, testEnvironment, type SqliteFile } from './sqlite-file.js';

interface Stored {
  readonly shared: readonly string[];
  readonly own: readonly string[];
  readonly conflicts: number;
}

const COUNT = 150;
const run = promisify(execFile);

async function runProcess<T>(script: string, ...args: readonly string[]): Promise<T> {
  const { stdout } = await run(process.execPath, [join(__dirname, script), ...args]);
  return JSON.parse(stdout) as T;
}

async function collect(events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
  const collected: StoredEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

describe('[sqlite] several processes on one file', () => {
  let target: SqliteFile;
  beforeEach(async () => {
    target = await newSqliteFile();
  });
  afterEach(() => target.remove());

  it('that append to one stream and to their own lose nothing and double nothing, and the log never changes behind a reader', async () => {
    const store = await sqlite(target.file).open(testEnvironment());
    const writing = Promise.all(
      ['one', 'two'].map((name) => runProcess<Stored>('appending-process.cjs', target.file, name, String(COUNT))),
    );
    const [followed, stored] = await Promise.all([follow(store, 4 * COUNT), writing]);

    const shared = await collect(store.readStream('shared'));
    expect(shared.map(({ version }) => version)).toEqual(Array.from({ length: 2 * COUNT }, (_, at) => at + 1));
    expect(shared.map(({ eventId }) => eventId).sort()).toEqual(stored.flatMap((process) => process.shared).sort());
    for (const [at, name] of ['one', 'two'].entries()) {
      expect((await collect(store.readStream(name))).map(({ eventId }) => eventId)).toEqual(stored[at]?.own);
    }
    const log = await collect(readLog(store));
    expect(log).toHaveLength(4 * COUNT);
    expect(followed).toEqual([...log].sort((a, b) => a.shard - b.shard));
    expect(new Set(log.map(({ position }) => position.slice(0, 30))).size).toBe(4 * COUNT);
    await store.close();
  });

  it('that migrate at once apply each step once', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => runProcess<string[]>('opening-process.cjs', target.file)));
    expect(applied.flat().sort()).toEqual(['event-log', 'messaging-tables', 'system-tables']);
    expect(await sqlite(target.file).migrate(testEnvironment())).toEqual([]);
  });
});

/** Reads each shard from where it is, until `count` events have come; what is read once is never read again. */
async function follow(store: EventStore, count: number): Promise<readonly StoredEvent[]> {
  const shards: StoredEvent[][] = Array.from({ length: store.shardCount }, () => []);
  for (let found = 0; found < count;) {
    const ranges = shards.map((events, shard) => {
      const after = events.at(-1)?.position;
      return after === undefined ? { shard } : { shard, after };
    });
    const page = await store.readShards(ranges, { limit: 1000 });
    for (const event of page) shards[event.shard]?.push(event);
    found += page.length;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return shards.flat();
}
