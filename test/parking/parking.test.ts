import { shardOf } from '../../src/event-store/shard.js';
import { Paid } from '../projections/support/domain.js';
import { withFate } from '../projections/support/with-fate.js';
import { World } from '../projections/support/world.js';
import { CONSUMER, listed, parkedIds, parkedOf, passed, seenIn, seenProjector } from './support/park-world.js';

let world: World;
afterEach(() => world.close());

const poison = (event: Paid): void => {
  if (event.amount === 13) throw new Error('thirteen');
};

describe('[memory] an event that fails for good', () => {
  it('parks its stream with the reason; what came before it is kept, later events wait, other streams flow on', async () => {
    world = await World.open({ shards: 1 });
    const projector = seenProjector(poison, { retry: { attempts: 3 } });
    const engine = await world.started(projector);
    await world.append('bad', new Paid('a', 1), new Paid('a', 13), new Paid('a', 2));
    await world.append('good', new Paid('a', 4));
    await world.publish();
    await passed(world, engine, 4);
    await world.append('bad', new Paid('a', 3));
    const end = await world.append('good', new Paid('a', 5));
    await world.publish();
    await world.run(engine.caughtUp(end));
    expect(await seenIn(world.readModel(projector))).toEqual({ bad: [1], good: [4, 5] });
    const [parked] = await listed(parkedOf(world));
    expect(parked).toMatchObject({
      consumer: CONSUMER,
      shard: 0,
      streamId: 'bad',
      version: 2,
      type: 'paid',
      reason: 'failed',
      message: 'thirteen',
      attempts: 3,
    });
    expect(parked?.stack).toContain('parking.test');
    expect(parked?.request).toBeUndefined();
    expect(engine.status().counts).toMatchObject({ parked: 1, events: 6 });
    expect(engine.status().shards[0]).toMatchObject({ state: 'idle', parked: 1 });
    expect(world.logged.some(({ message }) => message.includes('its stream is parked'))).toBe(true);
  });

  it('is remembered by the next owner of the shard, which reads it once for all of its shards', async () => {
    world = await World.open({ shards: 8 });
    const projector = seenProjector(poison);
    const first = await world.started(projector);
    await world.append('bad', new Paid('a', 13));
    await passed(world, first, 1);
    await world.run(first.stop());
    const before = world.rpcs.toJSON()['projector']?.['Read'] ?? 0;
    const heir = await world.started(projector);
    await world.clock.advance(10);
    // The cursors, twice since they are taken, the tails, and what is parked.
    expect((world.rpcs.toJSON()['projector']?.['Read'] ?? 0) - before).toBe(4);
    const end = await world.append('bad', new Paid('a', 1));
    await world.publish();
    await passed(world, heir, 1);
    expect(await seenIn(world.readModel(projector))).toEqual({});
    const waiting = world.run(heir.caughtUp(end, { timeoutMs: 1_000 }));
    await expect(waiting).rejects.toMatchObject({ code: 'CATCH_UP_TIMED_OUT', message: expect.stringContaining('thirteen') as string });
  });

  it('costs no request while nothing is parked', async () => {
    world = await World.open({ shards: 4 });
    const engine = await world.started(
      seenProjector(() => undefined),
      { leaseMs: 600_000, tailCheckMs: 1_000 },
    );
    await world.clock.advance(100);
    const before = world.rpcs.toJSON()['projector']?.['Read'] ?? 0;
    await world.clock.advance(10_000);
    expect((world.rpcs.toJSON()['projector']?.['Read'] ?? 0) - before).toBe(10); // the looks at the tails
    expect(engine.status().counts.parked).toBe(0);
  });

  it('costs one small request a look while something is parked', async () => {
    world = await World.open({ shards: 4 });
    const engine = await world.started(seenProjector(poison), { leaseMs: 600_000, tailCheckMs: 1_000 });
    for (const id of ['a', 'b', 'c', 'd']) await world.append(id, new Paid('a', 13));
    await passed(world, engine, 4);
    await world.clock.advance(2_000);
    const before = world.rpcs.toJSON()['projector']?.['Read'] ?? 0;
    await world.clock.advance(10_000);
    expect((world.rpcs.toJSON()['projector']?.['Read'] ?? 0) - before).toBe(20);
  });

  it('may be one that cannot be read: broken JSON, depth 5,000, hostile keys, or an unknown name where that is wanted', async () => {
    world = await World.open({ shards: 1 });
    const projector = seenProjector(() => undefined, { unknownEvents: 'fail' });
    const engine = await world.started(projector);
    const metadata = '{"correlationId":"c","time":"2026-01-01T00:00:00.000Z","schemaVersion":1}';
    await world.appendRaw('broken', { type: 'paid', data: '{"customer":', metadata });
    await world.appendRaw('deep', { type: 'paid', data: `${'['.repeat(5_000)}${']'.repeat(5_000)}`, metadata });
    await world.appendRaw('hostile', { type: 'paid', data: '{"customer":"a","amount":1,"constructor":{"name":"x"}}', metadata });
    await world.appendRaw('metadata', { type: 'paid', data: '{"customer":"a","amount":1}', metadata: 'not JSON' });
    await world.appendRaw('unknown', { type: 'never.heard-of', data: '{}', metadata });
    const end = await world.append('good', new Paid('a', 1));
    await world.run(engine.caughtUp(end));
    const parked = await listed(parkedOf(world));
    expect(parked.map(({ streamId, code }) => [streamId, code])).toEqual([
      ['broken', 'PAYLOAD_UNREADABLE'],
      ['deep', 'PAYLOAD_UNREADABLE'],
      ['hostile', 'PAYLOAD_UNREADABLE'],
      ['metadata', 'PAYLOAD_UNREADABLE'],
      ['unknown', 'EVENT_TYPE_UNKNOWN'],
    ]);
    expect(await seenIn(world.readModel(projector))).toEqual({ good: [1] });
  });

  it('keeps of the error what a store can keep: 8 KiB of stack, and texts of whatever is thrown', async () => {
    world = await World.open({ shards: 1 });
    const thrown: Record<string, unknown> = {
      long: Object.assign(new Error('m'.repeat(100_000)), { stack: 's'.repeat(100_000) }),
      surrogate: new Error('\ud800 and \0'),
      nothing: undefined,
      hostile: { toString: () => { throw new Error('no text'); } }, // prettier-ignore
      bare: Object.create(null),
    };
    const engine = await world.started(
      seenProjector(({ customer }) => {
        throw thrown[customer];
      }),
    );
    for (const name of Object.keys(thrown)) await world.append(name, new Paid(name, 1));
    await passed(world, engine, 5);
    const byId = new Map((await listed(parkedOf(world))).map((each) => [each.streamId, each]));
    expect([...byId.keys()].sort()).toEqual(Object.keys(thrown).sort());
    expect(Buffer.byteLength(byId.get('long')!.stack!)).toBe(8_192);
    expect(byId.get('long')!.message).toHaveLength(4_096);
    expect(byId.get('surrogate')!.message).toBe('\ufffd and \ufffd');
    expect(byId.get('nothing')!.message).toBe('undefined');
    expect(byId.get('bare')!.message).toBe('what was thrown has no text');
  });

  it('may be the store refusing the row: it is found by halving, and the others are kept', async () => {
    world = await World.open({ shards: 1 });
    const projector = seenProjector(({ amount }, { view, streamId }) => {
      if (amount === 13) view.insert('seen', { id: `twin-${streamId}`, amounts: [] });
      if (amount === 7) view.insert('seen', { id: 'twin-bad', amounts: [7] });
    });
    const engine = await world.started(projector);
    const before = await world.append('x', new Paid('a', 7));
    await world.run(engine.caughtUp(before));
    for (const id of ['a', 'b', 'bad', 'c', 'd']) await world.append(id, new Paid('a', id === 'bad' ? 13 : 1));
    await passed(world, engine, 6);
    expect(await listed(parkedOf(world))).toMatchObject([{ streamId: 'bad', code: 'VIEW_ROW_EXISTS' }]);
    expect(Object.keys(await seenIn(world.readModel(projector))).sort()).toEqual(['a', 'b', 'c', 'd', 'twin-bad', 'x']);
  });

  it('is never the store being away, giving up, or not answering', async () => {
    world = await World.open({ shards: 2 });
    const codes = ['STORE_UNAVAILABLE', 'BATCH_ABORTED', 'STORE_UNAVAILABLE', 'BATCH_ABORTED', 'STORE_UNAVAILABLE', 'BATCH_ABORTED'];
    const { EventspanError } = await import('../../src/errors/eventspan-error.js');
    const { OutcomeUnknownError } = await import('../../src/errors/store-errors.js');
    let unknown = 3;
    const store = withFate(world.store, async (operation, next) => {
      const code = operation === 'commit' ? codes.pop() : undefined;
      if (code !== undefined) throw new EventspanError(code as 'BATCH_ABORTED', { reason: 'now and then' });
      const answer = await next();
      if (operation === 'commit' && unknown-- > 0) throw new OutcomeUnknownError('commit', [], new Error('cut'));
      return answer;
    });
    const projector = seenProjector(() => undefined, { retry: { attempts: 1 } });
    const engine = await world.started(projector, { store });
    const end = await world.append('a', new Paid('a', 1), new Paid('a', 2));
    await world.run(engine.caughtUp(end, { timeoutMs: 60_000 }));
    expect(await listed(parkedOf(world))).toEqual([]);
    expect(await seenIn(world.readModel(projector))).toEqual({ a: [1, 2] });
  });

  it('stops its shard with PARKING_FULL where no more can be parked, loses nothing, and goes on when there is room', async () => {
    world = await World.open({ shards: 1 });
    let isMended = false;
    const projector = seenProjector((event) => (isMended ? undefined : poison(event)));
    const engine = await world.started(projector, { maxParked: 2, stoppedRetryMs: 1_000 });
    for (const id of ['a', 'b', 'c']) await world.append(id, new Paid('a', 13));
    const end = await world.append('good', new Paid('a', 1));
    await world.publish();
    await world.until(() => engine.status().shards[0]?.state === 'stopped', 'the shard stops');
    expect(engine.status().shards[0]).toMatchObject({ parked: 2, reason: { code: 'PARKING_FULL', streamId: 'c' } });
    expect(await parkedIds(parkedOf(world))).toEqual(['a', 'b']);
    isMended = true;
    await parkedOf(world).redrive({ all: true });
    await world.run(engine.caughtUp(end, { timeoutMs: 10_000 }));
    expect(await seenIn(world.readModel(projector))).toEqual({ a: [13], b: [13], c: [13], good: [1] });
    expect(await listed(parkedOf(world))).toEqual([]);
  });
});

describe('[memory] what becomes of an event that fails', () => {
  it('is told by the handler, then by its projector, then by the application', async () => {
    world = await World.open({ shards: 4 });
    const streams = ['s-0', 's-1', 's-2', 's-3', 's-4', 's-5'];
    const parks = await world.started(seenProjector(poison, { onError: 'stop', policy: { onError: 'park' } }), { onError: 'skip' });
    for (const id of streams) await world.append(id, new Paid('a', 1), new Paid('a', 13), new Paid('a', 2));
    await passed(world, parks, 18);
    expect(parks.status().counts).toMatchObject({ parked: 6, skipped: 0 });
    await world.run(parks.stop());
    const projector = seenProjector(poison, { version: 2 });
    const skips = await world.started(projector, { onError: 'skip' });
    await passed(world, skips, 18);
    expect(skips.status().counts).toMatchObject({ parked: 0, skipped: 6 });
    expect(Object.values(await seenIn(world.readModel(projector)))).toEqual(streams.map(() => [1, 2]));
    expect(world.logged.filter(({ message }) => message.includes('is skipped'))).toHaveLength(6);
  });

  it('comes after its tries, with full jitter between them, and no later than the total time', async () => {
    world = await World.open({ shards: 1 });
    const tries: number[] = [];
    const projector = seenProjector(
      () => {
        tries.push(world.clock.now());
        throw new Error('always');
      },
      { retry: { attempts: 1_000, initialMs: 100, maxMs: 1_000, totalMs: 5_000 } },
    );
    const engine = await world.started(projector);
    await world.append('a', new Paid('a', 1));
    await world.publish();
    await passed(world, engine, 1);
    const spans = tries.slice(1).map((at, index) => at - tries[index]!);
    spans.forEach((ms, index) => expect(ms).toBeLessThanOrEqual(Math.min(1_000, 100 * 2 ** index)));
    expect(new Set(spans).size).toBeGreaterThan(3);
    expect(tries.at(-1)! - tries[0]!).toBeGreaterThanOrEqual(5_000);
    expect(tries.at(-1)! - tries[0]!).toBeLessThanOrEqual(6_000);
    expect(await listed(parkedOf(world))).toMatchObject([{ attempts: tries.length }]);
  });

  it.each([
    ['onError', { onError: 'ignore' as never }],
    ['timeoutMs', { timeoutMs: -1 }],
    ['retry.attempts', { retry: { attempts: 0 } }],
    ['retry.initialMs', { retry: { initialMs: 10_000 } }],
    ['retry.maxMs', { retry: { maxMs: 0.5 } }],
    ['retry.totalMs', { retry: { totalMs: Number.NaN } }],
  ])('has bounds: %s', async (path, policy) => {
    world = await World.open({ shards: 1 });
    const invalid = expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(path) as string }) as Error;
    expect(() => seenProjector(poison, policy)).toThrow(invalid);
    expect(() => seenProjector(poison, { policy })).toThrow(invalid);
    expect(() => world.engine(seenProjector(poison), policy)).toThrow(invalid);
  });
});

describe('[memory] a handler that takes too long', () => {
  it('is given up: its event is tried again and parked as timed out, and what it does later happens to nothing', async () => {
    world = await World.open({ shards: 1 });
    const late: Promise<unknown>[] = [];
    const projector = seenProjector(
      async ({ amount }, { view, afterCommit }) => {
        if (amount !== 13) return;
        await world.clock.sleep(5_000);
        late.push(
          Promise.resolve()
            .then(() => view.upsert('seen', { id: 'late', amounts: [] }))
            .catch((error: unknown) => error),
          Promise.resolve()
            .then(() => afterCommit(() => undefined))
            .catch((error: unknown) => error),
        );
      },
      { timeoutMs: 1_000, retry: { attempts: 2 } },
    );
    const engine = await world.started(projector);
    await world.append('bad', new Paid('a', 1), new Paid('a', 13), new Paid('a', 2));
    const end = await world.append('good', new Paid('a', 3));
    await world.publish();
    await world.run(engine.caughtUp(end));
    expect(await listed(parkedOf(world))).toMatchObject([
      { streamId: 'bad', version: 2, reason: 'timed-out', code: 'HANDLER_TIMED_OUT', attempts: 2 },
    ]);
    await world.clock.advance(10_000);
    const errors = await Promise.all(late);
    expect(errors.length).toBeGreaterThanOrEqual(4);
    for (const error of errors) expect(error).toMatchObject({ code: 'VIEW_CLOSED' });
    expect(await seenIn(world.readModel(projector))).toEqual({ bad: [1], good: [3] });
  });

  it('is not one that waits for the store, nor one without a bound', async () => {
    world = await World.open({ shards: 1 });
    const store = withFate(world.store, async (operation, next) => {
      if (operation === 'get') await world.clock.sleep(4_000);
      return next();
    });
    const slow = seenProjector(() => undefined, { timeoutMs: 1_000 });
    const engine = await world.started(slow, { store });
    const end = await world.append('a', new Paid('a', 1));
    await world.run(engine.caughtUp(end, { timeoutMs: 60_000 }));
    expect(engine.status().counts.retries).toBe(0);
    await world.run(engine.stop());
    const unbounded = seenProjector(() => world.clock.sleep(100_000), { timeoutMs: 0, version: 2 });
    const patient = await world.started(unbounded);
    await world.run(patient.caughtUp(end, { timeoutMs: 200_000 }), 200_000);
    expect(await seenIn(world.readModel(unbounded))).toEqual({ a: [1] });
  });

  it('leaves no timer behind, whether it waits or not', async () => {
    world = await World.open({ shards: 1 });
    const engine = await world.started(seenProjector(async ({ amount }) => (amount === 1 ? world.clock.sleep(20) : undefined)));
    for (let at = 0; at < 20; at++) await world.append('a', new Paid('a', at % 3));
    await passed(world, engine, 20);
    await world.run(engine.stop());
    expect(world.clock.sleeping).toBe(0);
  });
});

describe('[memory] a projector in global order', () => {
  it('gets all events one after another in the order of their commits, parks, is held, and is caught up with', async () => {
    world = await World.open({ shards: 8 });
    const order = new Set<string>(); // the events before a failing one come twice
    const projector = seenProjector(
      (event, { streamId, position }) => {
        poison(event);
        order.add(`${position.slice(0, 37)} ${streamId}`);
      },
      { order: 'global' },
    );
    const engine = world.engine(projector, { batchSize: 7, tailCheckMs: 100 });
    let end = await world.append('t-0', new Paid('a', 1));
    for (let at = 1; at < 60; at++) end = await world.append(`t-${at % 20}`, new Paid('a', at));
    const [held] = [...end.values()];
    engine.holdAt(new Map([[0, held]]));
    await engine.start();
    await world.append('t-1', new Paid('a', 99));
    await passed(world, engine, 60);
    await world.clock.advance(1_000);
    expect(engine.status().counts.events).toBe(60);
    expect(engine.status().shards).toMatchObject([{ shard: 0, state: 'held' }]);
    engine.holdAt(undefined);
    await passed(world, engine, 61);
    expect([...order]).toEqual([...order].sort());
    expect(order.size).toBe(61 - 1 - 2); // t-13 is parked: 13, 33 and 53 wait
    const last = await world.append('t-2', new Paid('a', 1));
    await world.publish();
    await world.run(engine.caughtUp(last));
    expect(await listed(parkedOf(world))).toMatchObject([{ streamId: 't-13', shard: 0, version: 1 }]);
    expect(shardOf('t-13', 8)).not.toBe(0);
    expect((await parkedOf(world).show(CONSUMER, 't-13'))?.waiting).toBe(3);
    await parkedOf(world).discard({ streamId: 't-13' }, { reason: 'not ours' });
    await world.until(() => engine.status().counts.redriven === 2, 'the rest is re-driven');
    expect((await seenIn(world.readModel(projector)))['t-13']).toEqual([33, 53]);
  });
});
