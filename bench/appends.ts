import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { memory, systemEnvironment, type EventStore, type StoreProvider } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import Libsql from 'libsql';
import type { Contestant } from './measure.js';

const DATA = JSON.stringify({ product: 'p-17', quantity: 2, price: { amount: 1999, currency: 'EUR' }, at: '2026-11-24T05:22:37.123Z' });
const METADATA = '{"correlationId":"c","time":"2026-11-24T05:22:37.123Z","schemaVersion":1}';

/** Appends one after another, each of `batch` events, to one stream after another: a hand-written insert, then our stores. */
export function appendContestants(events: number, batch: number): readonly Contestant[] {
  return [floor(events, batch), ours('sqlite', events, batch), ours('memory', events, batch)];
}

/** What a team would write by hand with the same driver and the same durability: one transaction an append, a unique key, an index for the log. */
function floor(events: number, batch: number): Contestant {
  return {
    name: 'hand-written, libsql',
    prepare: async () => {
      const { folder, file } = newFile();
      const database = new Libsql(file);
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE events (stream TEXT, version INTEGER, id TEXT, type TEXT, data TEXT, metadata TEXT, place INTEGER, PRIMARY KEY (stream, version)) WITHOUT ROWID;
        CREATE INDEX log ON events (place);`);
      const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)');
      const work = async (): Promise<number> => {
        let place = 0;
        for (let done = 0; done < events; done += batch) {
          database.exec('BEGIN IMMEDIATE');
          for (let at = 1; at <= batch; at++) insert.run([`s-${done}`, at, randomUUID(), 'added', DATA, METADATA, ++place]);
          database.exec('COMMIT');
        }
        return events;
      };
      const check = async (): Promise<void> => {
        expectEqual((database.prepare('SELECT count(*) AS n FROM events').get([]) as { n: number }).n, events);
        database.close();
        rmSync(folder, { recursive: true });
      };
      return { work, check };
    },
  };
}

function ours(kind: 'sqlite' | 'memory', events: number, batch: number): Contestant {
  return {
    name: `eventspan, ${kind}`,
    prepare: async () => {
      const { folder, file } = newFile();
      const provider: StoreProvider = kind === 'sqlite' ? sqlite(file) : memory();
      const store = await provider.open(systemEnvironment());
      const work = async (): Promise<number> => {
        for (let done = 0; done < events; done += batch) await appendOnce(store, `s-${done}`, batch);
        return events;
      };
      const check = async (): Promise<void> => {
        expectEqual(await countOf(store), events);
        await store.close();
        rmSync(folder, { recursive: true });
      };
      return { work, check };
    },
  };
}

async function appendOnce(store: EventStore, streamId: string, batch: number): Promise<void> {
  const events = Array.from({ length: batch }, () => ({ eventId: randomUUID(), type: 'added', data: DATA, metadata: METADATA }));
  await store.append({ writes: [{ streamId, expectedVersion: 'none', events }] });
}

async function countOf(store: EventStore): Promise<number> {
  let count = 0;
  for (let shard = 0; shard < store.shardCount; shard++) {
    const [first] = await store.readShards([{ shard }], { limit: 1 });
    let after = first?.position;
    if (first !== undefined) count++;
    while (after !== undefined) {
      const page = await store.readShards([{ shard, after }], { limit: 10_000 });
      count += page.length;
      after = page.at(-1)?.position;
    }
  }
  return count;
}

function newFile(): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'eventspan-bench-'));
  return { folder, file: path.join(folder, 'log.db') };
}

function expectEqual(found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${found} events were found, and ${wanted} appended.`);
}
