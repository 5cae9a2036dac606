import { isEventspanError } from '../../src/errors/eventspan-error.js';
import { encodeToken } from '../../src/event-store/consistency-token.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import { inProcess } from '../../src/in-process/index.js';
import { toClaimCheck } from '../../src/messaging/envelope.js';
import { Relay } from '../../src/relay/relay.js';
import { defineProjector, on } from '../../src/projections/define-projector.js';
import { Accounts, accounts, Closed, counts, Customers, Noted, Paid } from './support/domain.js';
import { World } from './support/world.js';

let world: World;
afterEach(() => world.close());

describe('a projection', () => {
  it('reflects what was in the log before it began and what messages bring after', async () => {
    world = await World.open();
    await world.append('acc-1', new Paid('ada', 5), new Paid('ada', 7));
    const before = await world.append('acc-2', new Paid('bob', 1));
    const engine = await world.started(Accounts);
    await world.run(engine.caughtUp(before));
    const after = await world.append('acc-1', new Closed('done'));
    await world.publish();
    await world.run(engine.caughtUp(after), 900);

    expect(await world.readModel(Accounts).all('accounts')).toEqual([
      { id: 'acc-1', total: 12, events: 2, last_version: 3, closed: true },
      { id: 'acc-2', total: 1, events: 1, last_version: 1, closed: null },
    ]);
    expect(await world.readModel(Accounts).all('counts')).toEqual([
      { kind: 'closed', n: 1, amount: 0 },
      { kind: 'paid', n: 3, amount: 13 },
    ]);
    expect(await world.readModel(Accounts).get('counts', { kind: 'paid' })).toEqual({ kind: 'paid', n: 3, amount: 13 });
  });

  it('reads the log from its beginning in pages', async () => {
    world = await World.open({ shards: 1 });
    for (let at = 0; at < 45; at++) await world.append(`acc-${at % 7}`, new Paid('ada', 1));
    const end = await world.append('acc-0', new Paid('ada', 1));
    const engine = await world.started(Accounts, { batchSize: 10 });
    await world.run(engine.caughtUp(end));
    expect(await world.readModel(Accounts).get('counts', { kind: 'paid' })).toEqual({ kind: 'paid', n: 46, amount: 46 });
    expect(engine.status().counts.batches).toBe(5);
  });

  it('finds a last message that the transport lost, by its tail check', async () => {
    world = await World.open();
    const engine = await world.started(Accounts, { tailCheckMs: 1_000 });
    await world.clock.advance(100);
    const end = await world.append('acc-1', new Paid('ada', 5));
    await world.run(engine.caughtUp(end), 1_500);
    expect(engine.status().counts.events).toBe(1);
  });

  it('reads a missing span from the log when a message shows a gap', async () => {
    world = await World.open({ shards: 1 });
    const engine = await world.started(Accounts, { tailCheckMs: 60_000 });
    await world.append('acc-1', new Paid('ada', 1));
    await world.publish();
    await world.until(() => engine.status().counts.events === 1, 'the first event is applied');
    await world.append('acc-1', new Paid('ada', 2), new Paid('ada', 3));
    await world.loseMessages();
    const end = await world.append('acc-2', new Paid('bob', 4));
    await world.publish();
    await world.run(engine.caughtUp(end), 1_000);
    expect(engine.status().counts).toMatchObject({ events: 4, gapsRead: 1 });
  });

  it('passes over events that it does not take, without reading them', async () => {
    world = await World.open({ shards: 1 });
    await world.append('acc-1', new Noted('x'));
    await world.appendRaw('acc-1', { type: 'unknown.to.all', data: '{', metadata: 'no json' });
    const end = await world.append('acc-1', new Paid('ada', 1));
    const engine = await world.started(Accounts);
    await world.run(engine.caughtUp(end));
    expect(await world.readModel(Accounts).get('accounts', { id: 'acc-1' })).toMatchObject({ total: 1, last_version: 3 });
  });

  it('acks and counts a message that is no envelope, and goes on', async () => {
    world = await World.open();
    const engine = await world.started(Accounts);
    await world.transport.publish([{ orderingKey: 's0', data: 'x', attributes: { a: 'b' } }]);
    const end = await world.append('acc-1', new Paid('ada', 1));
    await world.publish();
    await world.run(engine.caughtUp(end));
    expect(engine.status().counts.invalidMessages).toBe(1);
  });

  it('does not believe a claim check for an event which the log does not have', async () => {
    world = await World.open({ shards: 1 });
    const other = await World.open({ shards: 1 });
    await other.append('alien', new Paid('eve', 1_000));
    const [event] = await other.store.readShards([{ shard: 0 }], { limit: 1 });
    const engine = await world.started(Accounts, { tailCheckMs: 60_000 });
    await world.clock.advance(100);
    await world.transport.publish([toClaimCheck({ event: event as StoredEvent })]);
    await world.until(() => engine.status().counts.invalidMessages === 1, 'the stranger is dropped');
    const end = await world.append('acc-1', new Paid('ada', 1));
    await world.publish();
    await world.run(engine.caughtUp(end), 2_000);
    expect(await world.readModel(Accounts).all('accounts')).toHaveLength(1);
  });

  it('does not believe messages that continue an event which the log does not have', async () => {
    world = await World.open({ shards: 1 });
    const other = await World.open({ shards: 1 });
    await other.append('alien', new Paid('eve', 1_000));
    await other.clock.advance(60_000);
    await other.append('alien', new Paid('eve', 1_000));
    await other.loseMessages();
    await other.append('alien', new Paid('eve', 1_000));
    const engine = await world.started(Accounts, { tailCheckMs: 60_000 });
    await world.clock.advance(100);
    Object.assign(other, { transport: world.transport });
    await other.publish();
    await world.until(() => engine.status().counts.invalidMessages === 1, 'the stranger is dropped');
    const end = await world.append('acc-1', new Paid('ada', 1));
    await world.publish();
    await world.run(engine.caughtUp(end), 2_000);
    expect(await world.readModel(Accounts).all('accounts')).toHaveLength(1);
  });

  it('goes on where it stopped, in the same engine and in another', async () => {
    world = await World.open();
    const first = await world.started(Accounts);
    const one = await world.append('acc-1', new Paid('ada', 1));
    await world.run(first.caughtUp(one));
    await world.run(first.stop());
    expect(first.status().state).toBe('stopped');
    const two = await world.append('acc-1', new Paid('ada', 2));
    await first.start();
    await world.run(first.caughtUp(two));
    await world.run(first.stop());
    const three = await world.append('acc-1', new Paid('ada', 4));
    const second = await world.started(Accounts);
    await world.run(second.caughtUp(three), 900);
    expect(await world.readModel(Accounts).get('accounts', { id: 'acc-1' })).toMatchObject({ total: 7, events: 3 });
  });

  it('refuses to start twice, and a projector whose events the registry does not know', async () => {
    world = await World.open();
    const engine = await world.started(Accounts);
    await expect(engine.start()).rejects.toMatchObject({ code: 'APP_NOT_RUNNING' });
    class Unheard {}
    const projector = defineProjector({ name: 'p', on: [on(Unheard, () => undefined)] });
    expect(() => world.engine(projector)).toThrow(expect.objectContaining({ code: 'EVENT_NOT_REGISTERED' }));
    expect(() => world.engine(Accounts, { concurrency: 0 })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  it('works with a real relay and the in-process transport', async () => {
    world = await World.open({ transport: () => inProcess() });
    const { store, transport, clock, random, logger } = world;
    const relay = new Relay({ store, transport, owner: 'relay-1', clock, random, logger });
    relay.start();
    const engine = await world.started(Customers, { tailCheckMs: 60_000 });
    await world.clock.advance(100);
    for (let at = 0; at < 30; at++) await world.append(`acc-${at % 5}`, new Paid(`c-${at % 3}`, at));
    const end = await world.append('acc-1', new Paid('c-0', 1));
    relay.nudge();
    await world.run(engine.caughtUp(encodeToken(end)), 5_000);
    await world.until(() => engine.status().counts.events === 31, 'all are applied');
    expect(await world.readModel(Customers).all('customers')).toHaveLength(3);
    await world.run(relay.stop());
  });
});

describe('caughtUp', () => {
  it('says which shards are behind, and why where that is known', async () => {
    world = await World.open({ shards: 1 });
    const failing = defineProjector({
      name: 'failing',
      on: [
        on(Paid, () => {
          throw new Error('no such customer');
        }),
      ],
    });
    const engine = await world.started(failing);
    const end = await world.append('acc-1', new Paid('ada', 1));
    const wait = engine.caughtUp({ token: encodeToken(end) }, { timeoutMs: 2_000 });
    const error = await world.run(wait).catch((thrown: unknown) => thrown);
    expect(isEventspanError(error, 'CATCH_UP_TIMED_OUT')).toBe(true);
    expect((error as Error).message).toContain('shards 0 (1 parked, acc-1 last: no such customer)');
  });

  it("is told by other processes' cursors, with growing pauses", async () => {
    world = await World.open({ shards: 2 });
    const worker = await world.started(Accounts);
    await world.clock.advance(10);
    const looking = world.engine(Accounts);
    const end = await world.append('acc-1', new Paid('ada', 1));
    const before = world.rpcs.count('projector');
    const wait = looking.caughtUp(end, { timeoutMs: 3_000 });
    await world.run(wait, 3_000);
    expect(worker.status().counts.events).toBe(1);
    expect(world.rpcs.count('projector') - before).toBeLessThan(20);
  });

  it('asks the store nothing for shards that this process holds', async () => {
    world = await World.open({ shards: 1 });
    const engine = await world.started(Accounts, { tailCheckMs: 600_000, leaseMs: 600_000 });
    await world.clock.advance(10);
    const end = await world.append('acc-1', new Paid('ada', 1));
    const wait = engine.caughtUp(end);
    const before = world.rpcs.count('projector');
    await world.clock.advance(1_000);
    expect(world.rpcs.count('projector')).toBe(before);
    await world.publish();
    await world.run(wait, 100);
  });

  it('ends with the signal, and refuses what is no token', async () => {
    world = await World.open({ shards: 1 });
    const engine = await world.started(Accounts, { tailCheckMs: 600_000 });
    await world.clock.advance(10);
    const end = await world.append('acc-1', new Paid('ada', 1));
    const controller = new AbortController();
    const wait = engine.caughtUp(end, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(world.run(wait)).rejects.toThrow('enough');
    await expect(engine.caughtUp('???')).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });
});

describe('the RPC budget', () => {
  it('a batch with rows of its own and known counters is one Commit', async () => {
    world = await World.open({ shards: 1 });
    const blind = defineProjector({
      name: 'blind',
      rows: 'stream',
      tables: [accounts, counts],
      on: [
        on(Paid, (event, { view, streamId }) => {
          view.upsert('accounts', { id: streamId, total: event.amount });
          view.increment('counts', { kind: 'paid' }, { n: 1 });
        }),
      ],
    });
    const engine = await world.started(blind, { tailCheckMs: 600_000, leaseMs: 600_000 });
    const warm = await world.append('acc-1', new Paid('ada', 1));
    await world.publish();
    await world.run(engine.caughtUp(warm));
    const [reads, commits] = [world.rpcs.count('projector', 'Read'), world.rpcs.count('projector', 'Commit')];
    const end = await world.append('acc-1', new Paid('ada', 1), new Paid('ada', 1), new Paid('ada', 3));
    await world.publish();
    await world.run(engine.caughtUp(end));
    expect(world.rpcs.count('projector', 'Read') - reads).toBe(0);
    expect(world.rpcs.count('projector', 'Commit') - commits).toBe(1);
    expect(await world.readModel(blind).get('counts', { kind: 'paid' })).toMatchObject({ n: 4 });
  });

  it('an idle projection looks at all its tails with one Read, and renews its leases with one Commit', async () => {
    world = await World.open({ shards: 16 });
    await world.started(Accounts, { tailCheckMs: 1_000, leaseMs: 9_000 });
    await world.clock.advance(500);
    const [reads, commits] = [world.rpcs.count('projector', 'Read'), world.rpcs.count('projector', 'Commit')];
    await world.clock.advance(3_000);
    expect(world.rpcs.count('projector', 'Read') - reads).toBe(3 + 1);
    expect(world.rpcs.count('projector', 'Commit') - commits).toBe(1);
  });
});
