import type { EventStore } from '../../src/event-store/event-store.js';
import { readLog } from '../../src/event-store/read-log.js';
import { memory } from '../../src/memory/index.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { testEnvironment } from '../memory/environment.js';

const SHARDS = 4;

async function storeOf(events: number, rpcs: RpcCounter): Promise<EventStore> {
  const store = await memory({ shards: SHARDS }).open(testEnvironment({ rpcs }));
  for (let n = 0; n < events; n++) {
    const event = { eventId: `e-${n}`, type: 'thing.happened', data: '{}', metadata: '{}' };
    await store.append({ writes: [{ streamId: `s-${n % 37}`, expectedVersion: 'any', events: [event] }] });
  }
  return store;
}

async function count(events: AsyncIterable<unknown>): Promise<number> {
  let found = 0;
  for await (const _ of events) found++;
  return found;
}

describe('[memory] the cost of reading the whole log', () => {
  it.each([
    [0, 100, 1],
    [99, 100, 1],
    [400, 50, 16],
  ])('%d events in pages of %d: the time, and at most %d reads', async (events, pageSize, reads) => {
    const rpcs = new RpcCounter();
    const store = await storeOf(events, rpcs);
    expect(await count(readLog(store, { pageSize, caller: 'reader' }))).toBe(events);
    expect(rpcs.count('reader')).toBeLessThanOrEqual(1 + reads);
  });

  it('holds no more than a page of each shard', async () => {
    const store = await storeOf(400, new RpcCounter());
    const asked: number[] = [];
    const spied = { ...store, shardCount: SHARDS, currentTime: () => store.currentTime() } as EventStore;
    spied.readShards = (ranges, options) => {
      asked.push(options.limit);
      return store.readShards(ranges, options);
    };
    const reading = readLog(spied, { pageSize: 10 });
    await reading.next();
    expect(asked.every((limit) => limit === 10)).toBe(true);
    expect(asked.length).toBeLessThanOrEqual(SHARDS);
    await reading.return(undefined);
  });
});
