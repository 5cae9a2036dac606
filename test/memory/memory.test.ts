import { memory } from '../../src/memory/index.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { testEnvironment } from './environment.js';

const event = { eventId: 'e-1', type: 'thing.happened', data: '{}', metadata: '{}' };
const append = { writes: [{ streamId: 'a', expectedVersion: 'none' as const, events: [event] }] };

describe('[memory] a provider', () => {
  it('shows the same log at every opening, as a restart would, and another provider another', async () => {
    const provider = memory();
    const first = await provider.open(testEnvironment());
    await first.append(append);
    await first.close();
    expect((await (await provider.open(testEnvironment())).load('a')).version).toBe(1);
    expect((await (await memory().open(testEnvironment())).load('a')).version).toBe(0);
    expect(await provider.migrate(testEnvironment())).toEqual([]);
  });

  it('stamps ascending microseconds while the clock stands still or steps back', async () => {
    const provider = memory();
    const stamp = async (ms: number): Promise<string> => {
      const store = await provider.open(testEnvironment({ clock: new FakeClock(ms) }));
      return (await store.append({ key: String(Math.random()), writes: [] })).commitTime;
    };
    const day = Date.UTC(2026, 0, 1);
    expect([await stamp(day), await stamp(day), await stamp(day - 5), await stamp(day + 1)]).toEqual([
      '2026-01-01T00:00:00.000000000Z',
      '2026-01-01T00:00:00.000001000Z',
      '2026-01-01T00:00:00.000002000Z',
      '2026-01-01T00:00:00.001000000Z',
    ]);
  });

  it('once closed refuses every call', async () => {
    const store = await memory().open(testEnvironment());
    await store.close();
    await store.close();
    await expect(store.append(append)).rejects.toMatchObject({ code: 'STORE_FAILED', details: { reason: 'the store is closed' } });
    await expect(store.currentTime()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('counts one Commit an append and one Read a load, by caller', async () => {
    const rpcs = new RpcCounter();
    const store = await memory().open(testEnvironment({ rpcs }));
    await store.append(append, { caller: 'command' });
    await store.load('a');
    expect(rpcs.toJSON()).toEqual({ command: { Commit: 1 }, other: { Read: 1 } });
  });

  it('is aborted by a row that has changed since a shared batch read it, and writes none of it', async () => {
    const store = await memory().open(testEnvironment());
    const table = { name: 'sums', columns: { id: 'string', n: 'integer' }, key: ['id'] } as const;
    await store.readModels.ensureTables([table]);
    await store.cursors.take('p', 'one', [{ shard: 0, token: 0 }]);
    const advance = { consumer: 'p', shard: 0, token: 1 };
    const change = (id: string, n: number) => ({ kind: 'upsert' as const, table, row: { id, n } });
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    await batch.get(table, [{ id: 'a' }]);
    await (await store.readModels.openBatch({ rows: 'stream' })).commit([change('a', 7)], advance);
    await expect(batch.commit([change('b', 1), change('a', 1)], advance)).rejects.toMatchObject({ code: 'BATCH_ABORTED', retryable: true });
    expect(await store.readModels.get(table, [{ id: 'a' }, { id: 'b' }])).toEqual([{ id: 'a', n: 7 }, undefined]);
  });

  it.each([0, -1, 1.5, 1025])('refuses %d shards', (shards) => {
    expect(() => memory({ shards })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});
