import { EventspanError } from '../../src/errors/eventspan-error.js';
import { OutcomeUnknownError } from '../../src/errors/store-errors.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { shardOf } from '../../src/event-store/shard.js';
import { defineProjector, on } from '../../src/projections/define-projector.js';
import type { ProjectorDefinition } from '../../src/projections/projector-definition.js';
import { Accounts, Customers, Paid, payments } from './support/domain.js';
import { withFate } from './support/with-fate.js';
import { World } from './support/world.js';

let world: World;
afterEach(() => world.close());

/** Writes each payment's row; throws as the test says, and then stops its shard. */
function paymentsProjector(fail: (event: Paid) => void): ProjectorDefinition {
  return defineProjector({
    name: 'payments',
    onError: 'stop',
    tables: [payments],
    on: [
      on(Paid, (event, { view, eventId }) => {
        fail(event);
        view.insert('payments', { event_id: eventId, amount: event.amount });
      }),
    ],
  });
}

/** Two stream ids of different shards. */
function streamsApart(store: EventStore): [string, string] {
  const shard = shardOf('acc-0', store.shardCount);
  for (let at = 1; ; at++) if (shardOf(`acc-${at}`, store.shardCount) !== shard) return ['acc-0', `acc-${at}`];
}

describe('a handler that throws, and whose shard shall stop', () => {
  it('is tried again with backoff; the events before the failing one are committed first', async () => {
    world = await World.open({ shards: 1 });
    let left = 2;
    const projector = paymentsProjector(({ amount }) => {
      if (amount === 3 && left-- > 0) throw new Error('not yet');
    });
    const end = await world.append('acc-1', new Paid('a', 1), new Paid('a', 2), new Paid('a', 3), new Paid('a', 4));
    const engine = await world.started(projector);
    await world.clock.advance(0);
    await world.run(engine.caughtUp(end));
    expect(await world.readModel(projector).all('payments')).toHaveLength(4);
    // 2 before it, it alone, the rest
    expect(engine.status().counts).toMatchObject({ events: 4, batches: 3, retries: 2 });
    expect(engine.status().shards[0]).toMatchObject({ state: 'idle' });
  });

  it('stops its shard after its tries, with the reason in the status; other shards go on', async () => {
    world = await World.open({ shards: 2 });
    const [bad, good] = streamsApart(world.store);
    const projector = paymentsProjector(({ amount }) => {
      if (amount === 13) throw new EventspanError('VIEW_CLOSED', { projector: 'x', operation: 'y', table: 'z' });
    });
    const engine = await world.started(projector, { retry: { attempts: 3 } });
    await world.append(bad, new Paid('a', 1), new Paid('a', 13), new Paid('a', 2));
    await world.publish();
    const shard = shardOf(bad, 2);
    await world.until(() => engine.status().shards[shard]?.state === 'stopped', 'the shard stops');
    expect(engine.status().shards[shard]?.reason).toMatchObject({
      streamId: bad,
      version: 2,
      type: 'paid',
      code: 'VIEW_CLOSED',
      attempts: 3,
      message: expect.stringContaining('after its batch had ended') as string,
    });
    expect(world.logged.some(({ message }) => message.includes('its shard stops'))).toBe(true);
    await world.append(bad, new Paid('a', 3));
    const end = await world.append(good, new Paid('b', 4));
    await world.publish();
    await world.run(engine.caughtUp(end), 500);
    const rows = await world.readModel(projector).all('payments');
    expect(new Set(rows.map((row) => row['amount']))).toEqual(new Set([1, 4]));
  });

  it('is tried once more every stoppedRetryMs, and its shard goes on with what came meanwhile', async () => {
    world = await World.open({ shards: 1 });
    let isMended = false;
    let calls = 0;
    const projector = paymentsProjector(() => {
      calls++;
      if (!isMended) throw new Error('broken');
    });
    const engine = await world.started(projector, { retry: { attempts: 2, maxMs: 100 }, stoppedRetryMs: 30_000 });
    await world.append('acc-1', new Paid('a', 1));
    await world.publish();
    await world.until(() => engine.status().shards[0]?.state === 'stopped', 'the shard stops');
    expect(calls).toBe(2);
    await world.append('acc-1', new Paid('a', 2));
    await world.publish();
    await world.clock.advance(29_000);
    expect(calls).toBe(2);
    await world.clock.advance(3_000);
    expect(calls).toBe(3);
    isMended = true;
    const end = await world.append('acc-1', new Paid('a', 3));
    await world.run(engine.caughtUp(end, { timeoutMs: 60_000 }));
    expect(await world.readModel(projector).all('payments')).toHaveLength(3);
    expect(engine.status().shards[0]).toMatchObject({ state: 'idle' });
    expect(engine.status().shards[0]?.reason).toBeUndefined();
  });

  it('is not needed for a stop: an event that cannot be decoded does the same', async () => {
    world = await World.open({ shards: 1 });
    const projector = paymentsProjector(() => undefined);
    await world.append('acc-1', new Paid('a', 1));
    await world.appendRaw('acc-1', { type: 'paid', data: '{"customer":' });
    const engine = await world.started(projector, { retry: { attempts: 1 } });
    await world.until(() => engine.status().shards[0]?.state === 'stopped', 'the shard stops');
    expect(engine.status().shards[0]?.reason).toMatchObject({ version: 2, code: 'PAYLOAD_UNREADABLE' });
    expect(await world.readModel(projector).all('payments')).toHaveLength(1);
  });

  it('may be the store refusing the row: the event at fault is found by halving', async () => {
    world = await World.open({ shards: 1 });
    const projector = defineProjector({
      name: 'doubles',
      onError: 'stop',
      tables: [payments],
      on: [on(Paid, (event, { view }) => view.insert('payments', { event_id: event.customer, amount: event.amount }))],
    });
    const engine = await world.started(projector, { retry: { attempts: 2 } });
    const first = await world.append('acc-1', new Paid('x', 1));
    await world.run(engine.caughtUp(first));
    await world.append('acc-1', new Paid('a', 1), new Paid('b', 2), new Paid('x', 3), new Paid('c', 4));
    await world.publish();
    await world.until(() => engine.status().shards[0]?.state === 'stopped', 'the shard stops');
    expect(engine.status().shards[0]?.reason).toMatchObject({ version: 4, code: 'VIEW_ROW_EXISTS' });
    expect(await world.readModel(projector).all('payments')).toHaveLength(3);
  });
});

describe('the store', () => {
  it('that answers a commit with an unknown outcome is asked where the cursor is before anything is done again', async () => {
    world = await World.open({ shards: 1 });
    let left = 1;
    const store = withFate(world.store, async (operation, next) => {
      const answer = await next();
      if (operation === 'commit' && left-- > 0) throw new OutcomeUnknownError('commit', [], new Error('cut'));
      return answer;
    });
    const engine = await world.started(Accounts, { store });
    const end = await world.append('acc-1', new Paid('a', 1), new Paid('a', 2));
    await world.publish();
    await world.run(engine.caughtUp(end));
    const more = await world.append('acc-1', new Paid('a', 4));
    await world.publish();
    await world.run(engine.caughtUp(more));
    expect(await world.readModel(Accounts).get('counts', { kind: 'paid' })).toEqual({ kind: 'paid', n: 3, amount: 7 });
    expect((await world.store.cursors.read('projector:accounts:v1')).cursors[0]?.token).toBe(2);
  });

  it('that carries out a commit late cannot have it land on newer state', async () => {
    world = await World.open({ shards: 1 });
    const late: (() => Promise<unknown>)[] = [];
    const store = withFate(world.store, async (operation, next) => {
      if (operation === 'abandon') return undefined; // the request is on its way, whatever its sender thinks
      if (operation !== 'commit' || late.length > 0) return next();
      late.push(next);
      throw new OutcomeUnknownError('commit', [], new Error('cut'));
    });
    const engine = await world.started(Accounts, { store });
    const end = await world.append('acc-1', new Paid('a', 1));
    await world.publish();
    await world.run(engine.caughtUp(end));
    await expect(late[0]!()).rejects.toMatchObject({ code: 'CURSOR_LOST' });
    expect(await world.readModel(Accounts).get('counts', { kind: 'paid' })).toEqual({ kind: 'paid', n: 1, amount: 1 });
  });

  it('that gives a transaction up has the batch run again from its beginning', async () => {
    world = await World.open({ shards: 1 });
    let left = 2;
    const store = withFate(world.store, async (operation, next) => {
      if (operation === 'commit' && left-- > 0) throw new EventspanError('BATCH_ABORTED', { reason: 'another' });
      return next();
    });
    const engine = await world.started(Customers, { store });
    const end = await world.append('acc-1', new Paid('a', 1), new Paid('a', 2), new Paid('a', 4));
    await world.publish();
    await world.run(engine.caughtUp(end));
    expect(await world.readModel(Customers).all('customers')).toEqual([{ customer: 'a', total: 7, payments: 3 }]);
    expect(engine.status().counts.retries).toBe(2);
  });

  it('that is away for a while stops nothing', async () => {
    world = await World.open({ shards: 2 });
    let isAway = true;
    const store = withFate(world.store, async (operation, next) => {
      if (isAway && operation !== 'ensureTables') throw new EventspanError('STORE_UNAVAILABLE', { reason: 'away' });
      return next();
    });
    const engine = await world.started(Accounts, { store });
    const end = await world.append('acc-1', new Paid('a', 1));
    await world.publish();
    await world.clock.advance(20_000);
    expect(engine.status()).toMatchObject({ state: 'running', lastError: { code: 'STORE_UNAVAILABLE' } });
    isAway = false;
    await world.run(engine.caughtUp(end, { timeoutMs: 20_000 }));
    expect(engine.status().counts.events).toBe(1);
  });

  it('makes shards that share a row take turns, and the totals are exact', async () => {
    world = await World.open({ shards: 8 });
    const engines = [await world.started(Customers, { concurrency: 8 }), await world.started(Customers, { concurrency: 8 })];
    await world.clock.advance(10);
    const ends = [];
    for (let at = 0; at < 120; at++) {
      ends.push(await world.append(`acc-${at % 30}`, new Paid(`c-${at % 2}`, 1)));
      if (at % 10 === 0) await world.publish();
    }
    await world.publish();
    for (const end of ends) await world.run(engines[0]!.caughtUp(end, { timeoutMs: 30_000 }));
    expect(await world.readModel(Customers).all('customers')).toEqual([
      { customer: 'c-0', total: 60, payments: 60 },
      { customer: 'c-1', total: 60, payments: 60 },
    ]);
    expect(engines[0]!.status().counts.retries + engines[1]!.status().counts.retries).toBeGreaterThan(0);
  });
});

describe('a stop', () => {
  it('gives a hung handler up at its deadline, leaves no timer, and loses nothing', async () => {
    world = await World.open({ shards: 1 });
    let hang = true;
    const projector = defineProjector({
      name: 'hanging',
      tables: [payments],
      on: [
        on(Paid, (event, { view, eventId }) => {
          if (hang) return new Promise<void>(() => undefined);
          view.insert('payments', { event_id: eventId, amount: event.amount });
          return undefined;
        }),
      ],
    });
    const engine = await world.started(projector);
    const end = await world.append('acc-1', new Paid('a', 1));
    await world.publish();
    await world.clock.advance(50);
    const stopping = engine.stop({ deadlineMs: 500 });
    await world.clock.advance(490);
    expect(engine.status().state).toBe('stopping');
    await world.run(stopping);
    expect(engine.status().state).toBe('stopped');
    expect(world.clock.sleeping).toBe(0);
    hang = false;
    const next = await world.started(projector);
    await world.run(next.caughtUp(end));
    expect(await world.readModel(projector).all('payments')).toHaveLength(1);
  });

  it('finishes the batch in hand and hands the shards over at once', async () => {
    world = await World.open({ shards: 1 });
    let finish = (): void => undefined;
    const projector = defineProjector({
      name: 'slow',
      tables: [payments],
      on: [
        on(Paid, async (event, { view, eventId }) => {
          await new Promise<void>((resolve) => (finish = resolve));
          view.insert('payments', { event_id: eventId, amount: event.amount });
        }),
      ],
    });
    const engine = await world.started(projector);
    await world.append('acc-1', new Paid('a', 1));
    await world.publish();
    await world.clock.advance(50);
    const stopping = engine.stop();
    await world.clock.advance(100);
    finish();
    await world.run(stopping);
    expect(await world.readModel(projector).all('payments')).toHaveLength(1);
    const { cursors } = await world.store.cursors.read('projector:slow:v1');
    expect(cursors).toMatchObject([{ owner: '', token: 1 }]);
  });
});
