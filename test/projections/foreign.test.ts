import { EventspanError } from '../../src/errors/eventspan-error.js';
import { comparePositions, type Position } from '../../src/event-store/position.js';
import type { Row, TableDefinition } from '../../src/event-store/read-models.js';
import type { ForeignBatch, ForeignReadModel } from '../../src/projections/foreign-read-model.js';
import { defineProjector, on } from '../../src/projections/define-projector.js';
import { createParkedStreams } from '../../src/subscriptions/parked-streams.js';
import { Accounts, Closed, Paid, payments } from './support/domain.js';
import { withFate } from './support/with-fate.js';
import { World } from './support/world.js';

/** A database elsewhere that keeps the position in the commit's own transaction. */
class Elsewhere implements ForeignReadModel {
  readonly rows = new Map<string, Row>();
  readonly counters = new Map<string, number>();
  readonly batches: ForeignBatch[] = [];
  readonly positions = new Map<string, Position>();

  async position(projection: string, shard: number): Promise<Position | undefined> {
    return this.positions.get(`${projection}/${shard}`);
  }

  async get(table: TableDefinition, keys: readonly Row[]): Promise<readonly (Row | undefined)[]> {
    return keys.map((key) => this.rows.get(JSON.stringify([table.name, ...table.key.map((column) => key[column])])));
  }

  async commit(batch: ForeignBatch): Promise<void> {
    const place = `${batch.projection}/${batch.shard}`;
    if (this.positions.get(place) !== batch.previousPosition) throw new EventspanError('BATCH_ABORTED', { reason: 'not at that position' });
    for (const { table, row } of batch.changes) {
      const identity = JSON.stringify([table.name, ...table.key.map((column) => row[column])]);
      this.rows.set(identity, { ...this.rows.get(identity), ...row });
    }
    for (const { key, amounts } of batch.increments) {
      for (const [counter, amount] of Object.entries(amounts)) {
        const name = `${key['kind'] as string}.${counter}`;
        this.counters.set(name, (this.counters.get(name) ?? 0) + amount);
      }
    }
    this.positions.set(place, batch.position);
    this.batches.push(batch);
  }
}

let world: World;
afterEach(() => world.close());

describe('a read model in a foreign database', () => {
  it('is committed before the cursor, with positions that make it exactly once though the cursor is lost on the way', async () => {
    world = await World.open({ shards: 1 });
    let failures = 3;
    const store = withFate(world.store, async (operation, next) => {
      if (operation === 'advance' && failures-- > 0) throw new EventspanError('STORE_UNAVAILABLE', { reason: 'away' });
      return next();
    });
    const foreign = new Elsewhere();
    const engine = await world.started(Accounts, { store, foreign, batchSize: 2, leaseMs: 600_000 });
    await world.append('acc-1', new Paid('ada', 1), new Paid('ada', 2), new Paid('ada', 4));
    const end = await world.append('acc-2', new Closed('x'));
    await world.publish();
    await world.run(engine.caughtUp(end));
    expect(Object.fromEntries(foreign.counters)).toEqual({ 'paid.n': 3, 'paid.amount': 7, 'closed.n': 1 });
    expect(foreign.rows.get('["accounts","acc-1"]')).toMatchObject({ total: 7, events: 3 });
    expect(failures).toBeLessThan(0);
    for (const { previousPosition, position } of foreign.batches.slice(1))
      expect(comparePositions(previousPosition!, position)).toBeLessThan(0);
    expect(foreign.batches[0]?.previousPosition).toBeUndefined();
  });

  it('that keeps no position gets batches at least once', async () => {
    world = await World.open({ shards: 1 });
    let failures = 1;
    const store = withFate(world.store, async (operation, next) => {
      if (operation === 'advance' && failures-- > 0) throw new EventspanError('STORE_UNAVAILABLE', { reason: 'away' });
      return next();
    });
    const commits: ForeignBatch[] = [];
    const foreign: ForeignReadModel = {
      get: async (_table, keys) => keys.map(() => undefined),
      commit: async (batch) => void commits.push(batch),
    };
    const engine = await world.started(Accounts, { store, foreign, leaseMs: 600_000 });
    const end = await world.append('acc-1', new Paid('ada', 1));
    await world.publish();
    await world.run(engine.caughtUp(end));
    expect(commits.map(({ position }) => position)).toEqual([end.get(0), end.get(0)]);
  });

  it('that is away is waited for; one that refuses an event stops its shard where its policy says so', async () => {
    world = await World.open({ shards: 1 });
    let fault: Error | undefined = new EventspanError('STORE_UNAVAILABLE', { reason: 'pg away' });
    const foreign: ForeignReadModel = {
      get: async (_table, keys) => keys.map(() => undefined),
      commit: async () => {
        if (fault !== undefined) throw fault;
      },
    };
    const engine = await world.started(Accounts, { foreign, onError: 'stop', retry: { attempts: 2, maxMs: 100 } });
    const end = await world.append('acc-1', new Paid('ada', 1));
    await world.publish();
    await world.clock.advance(10_000);
    expect(engine.status().shards[0]?.state).not.toBe('stopped');
    fault = new Error('violates a constraint');
    await world.until(() => engine.status().shards[0]?.state === 'stopped', 'the shard stops');
    expect(engine.status().shards[0]?.reason?.message).toBe('violates a constraint');
    fault = undefined;
    await world.run(engine.caughtUp(end, { timeoutMs: 60_000 }));
  });
});

describe('a parked stream of a foreign read model', () => {
  it('is re-driven with the position left where it is, and a sign that the events are older', async () => {
    world = await World.open({ shards: 1 });
    const batches: ForeignBatch[] = [];
    const foreign: ForeignReadModel = {
      get: async (_table, keys) => keys.map(() => undefined),
      position: async () => batches.at(-1)?.position,
      commit: async (batch) => {
        const last = batches.at(-1)?.position;
        expect(batch.previousPosition).toBe(last);
        batches.push(batch);
      },
    };
    let isMended = false;
    const projector = defineProjector({
      name: 'foreign-payments',
      tables: [payments],
      retry: { attempts: 1 },
      on: [
        on(Paid, (event, { view, eventId }) => {
          if (event.amount === 13 && !isMended) throw new Error('bad');
          view.insert('payments', { event_id: eventId, amount: event.amount });
        }),
      ],
    });
    const engine = await world.started(projector, { foreign });
    await world.append('bad', new Paid('a', 1), new Paid('a', 13), new Paid('a', 2));
    const end = await world.append('good', new Paid('a', 3));
    await world.run(engine.caughtUp(end));
    const position = batches.at(-1)?.position;
    isMended = true;
    const parked = createParkedStreams({ store: world.store, clock: world.clock });
    const { ticket } = await parked.redrive({ all: true });
    await world.run(parked.waitUntilSettled(ticket));
    expect(batches.at(-1)).toMatchObject({ isRedrive: true, position, previousPosition: position });
    expect(batches.flatMap(({ changes }) => changes.map(({ row }) => row['amount']))).toEqual([1, 3, 13, 2]);
    expect(batches.filter(({ isRedrive }) => !isRedrive).length).toBe(batches.length - 1);
  });
});
