import { OutcomeUnknownError } from '../../src/errors/store-errors.js';
import { Paid } from '../projections/support/domain.js';
import { withFate } from '../projections/support/with-fate.js';
import { World } from '../projections/support/world.js';
import { CONSUMER, listed, parkedIds, parkedOf, passed, seenIn, seenProjector } from './support/park-world.js';

let world: World;
afterEach(() => world.close());

/** Amounts that fail, until they are mended. */
function poisonous(...amounts: number[]): { readonly bad: Set<number>; readonly handle: (event: Paid) => void } {
  const bad = new Set(amounts);
  return {
    bad,
    handle: ({ amount }) => {
      if (bad.has(amount)) throw new Error(`bad ${amount}`);
    },
  };
}

describe('[memory] a re-drive', () => {
  it('handles what waits from the log, in order and in batches, and then the stream goes on with the others', async () => {
    world = await World.open({ shards: 1 });
    const { bad, handle } = poisonous(13);
    const projector = seenProjector(handle);
    const engine = await world.started(projector, { batchSize: 4 });
    const amounts = [1, 13, ...Array.from({ length: 20 }, (_, at) => 100 + at)];
    for (const amount of amounts) await world.append('bad', new Paid('a', amount));
    for (let at = 0; at < 5; at++) await world.append('good', new Paid('a', at));
    await passed(world, engine, 27);
    bad.clear();
    const parked = parkedOf(world);
    const asked = await parked.redrive({ consumer: CONSUMER, streamId: 'bad' });
    expect(asked.requested).toBe(1);
    expect(await world.run(parked.waitUntilSettled(asked.ticket))).toEqual({ pending: 0, unparked: 1, failedAgain: 0 });
    expect((await seenIn(world.readModel(projector)))['bad']).toEqual(amounts);
    expect(engine.status().counts.redriven).toBe(21);
    const end = await world.append('bad', new Paid('a', 7));
    await world.run(engine.caughtUp(end));
    expect((await seenIn(world.readModel(projector)))['bad']).toEqual([...amounts, 7]);
    await expect(parked.redrive({ consumer: CONSUMER, streamId: 'bad' })).rejects.toMatchObject({ code: 'STREAM_NOT_PARKED' });
  });

  it('is found by its owner within a look at the tails where nobody tells it, and asking twice is fine', async () => {
    world = await World.open({ shards: 2 });
    const { bad, handle } = poisonous(13);
    const projector = seenProjector(handle);
    const engine = await world.started(projector, { tailCheckMs: 1_000 });
    await world.append('bad', new Paid('a', 13));
    await passed(world, engine, 1);
    bad.clear();
    const { createParkedStreams } = await import('../../src/subscriptions/parked-streams.js');
    const remote = createParkedStreams({ store: world.store, clock: world.clock });
    await remote.redrive({ consumer: 'seen' });
    const again = await remote.redrive({ all: true });
    await world.clock.advance(2_100);
    expect(await world.run(remote.waitUntilSettled(again.ticket))).toMatchObject({ pending: 0, unparked: 1 });
    expect(await seenIn(world.readModel(projector))).toEqual({ bad: [13] });
  });

  it('that fails again puts the stream back with the new reason and its tries added; the others go on', async () => {
    world = await World.open({ shards: 1 });
    const { bad, handle } = poisonous(13, 14);
    const projector = seenProjector(handle, { retry: { attempts: 3, maxMs: 1_000 } });
    const engine = await world.started(projector);
    await world.append('one', new Paid('a', 13), new Paid('a', 1), new Paid('a', 14), new Paid('a', 2));
    await world.append('two', new Paid('a', 13), new Paid('a', 3));
    await passed(world, engine, 6);
    bad.delete(13);
    const parked = parkedOf(world);
    const { ticket } = await parked.redrive({ reason: 'failed' });
    expect(await world.run(parked.waitUntilSettled(ticket))).toEqual({ pending: 0, unparked: 1, failedAgain: 1 });
    expect(await listed(parked)).toMatchObject([{ streamId: 'one', version: 3, message: 'bad 14', attempts: 6 }]);
    expect((await listed(parked))[0]?.request).toBeUndefined();
    expect(await seenIn(world.readModel(projector))).toEqual({ one: [13, 1], two: [13, 3] });
    bad.clear();
    const last = await parked.redrive({ all: true });
    await world.run(parked.waitUntilSettled(last.ticket));
    expect(await seenIn(world.readModel(projector))).toEqual({ one: [13, 1, 14, 2], two: [13, 3] });
  });

  it('takes those that are parked for one reason, or with one code', async () => {
    world = await World.open({ shards: 4 });
    const { bad, handle } = poisonous(13);
    let hangs = true;
    const projector = seenProjector(
      (event) => {
        handle(event);
        return event.amount === 14 && hangs ? new Promise<void>(() => undefined) : undefined;
      },
      { timeoutMs: 500 },
    );
    const engine = await world.started(projector);
    for (const [id, amount] of [['a', 13], ['b', 14], ['c', 14]] as const) await world.append(id, new Paid('a', amount)); // prettier-ignore
    await passed(world, engine, 3);
    hangs = false;
    bad.clear();
    const parked = parkedOf(world);
    const { ticket, requested } = await parked.redrive({ reason: 'timed-out' });
    expect(requested).toBe(2);
    await world.run(parked.waitUntilSettled(ticket));
    expect(await parkedIds(parked)).toEqual(['a']);
    expect((await parked.redrive({ code: 'HANDLER_TIMED_OUT' })).requested).toBe(0);
    await expect(parked.redrive({})).rejects.toMatchObject({ code: 'PARKED_SELECTION_INVALID' });
  });

  it('does not hold up the others while it is tried again', async () => {
    world = await World.open({ shards: 1 });
    const { bad, handle } = poisonous(13);
    const engine = await world.started(seenProjector(handle));
    await world.append('bad', new Paid('a', 13));
    await passed(world, engine, 1);
    await world.run(engine.stop());
    const patient = seenProjector(handle, { retry: { attempts: 1_000, initialMs: 60_000, maxMs: 60_000, totalMs: 600_000 } });
    const heir = await world.started(patient);
    await parkedOf(world).redrive({ all: true });
    await world.until(() => heir.status().counts.retries > 0, 'the re-drive has failed once');
    const begun = world.clock.now();
    for (let at = 0; at < 20; at++) {
      const end = await world.append('good', new Paid('a', 20 + at));
      await world.publish();
      await world.run(heir.caughtUp(end));
    }
    expect(world.clock.now() - begun).toBeLessThan(1_000);
    bad.clear();
    await world.until(() => heir.status().counts.redriven === 1, 'it is re-driven', 700_000);
  });

  /** The process dies at the n-th commit, before it or after it; the next one goes on. */
  it.each([
    ['before', 4],
    ['after', 4],
    ['before', 1],
    ['after', 1],
  ])('goes on after its owner died %s any of its commits, with batches of %i', async (when, batchSize) => {
    for (let dieAt = 1, hasDied = true; hasDied; dieAt++) {
      world = await World.open({ shards: 1, seed: dieAt });
      const { bad, handle } = poisonous(13);
      const projector = seenProjector(handle);
      const first = await world.started(projector, { batchSize });
      const amounts = [1, 13, 2, 3, 4, 5, 6, 7, 8];
      for (const amount of amounts) await world.append('bad', new Paid('a', amount));
      await passed(world, first, 9);
      await world.run(first.stop());
      bad.clear();
      hasDied = false;
      let commits = 0;
      let isOver = false;
      const store = withFate(world.store, async (operation, next) => {
        if (isOver) return next();
        if (hasDied) return new Promise(() => undefined);
        hasDied = operation === 'commit' && ++commits === dieAt;
        if (hasDied && when === 'after') await next();
        return hasDied ? new Promise(() => undefined) : next();
      });
      await parkedOf(world).redrive({ all: true });
      const victim = await world.started(projector, { store, batchSize, leaseMs: 1_000 });
      await world.clock.advance(50);
      const heir = await world.started(projector, { batchSize, leaseMs: 1_000 });
      const more = await world.append('bad', new Paid('a', 9));
      await world.run(heir.caughtUp(more, { timeoutMs: 30_000 }));
      expect((await seenIn(world.readModel(projector)))['bad']).toEqual([...amounts, 9]);
      expect(await listed(parkedOf(world))).toEqual([]);
      isOver = true;
      await world.run(victim.stop({ deadlineMs: 10 }));
      if (hasDied) await world.close();
    }
  });

  it('goes on after outcomes that nobody knows', async () => {
    world = await World.open({ shards: 1 });
    const { bad, handle } = poisonous(13);
    const projector = seenProjector(handle);
    let isUnsure = false;
    const store = withFate(world.store, async (operation, next) => {
      const isLost = isUnsure && operation === 'commit' && world.random() < 0.5;
      if (isLost && world.random() < 0.5) throw new OutcomeUnknownError('commit', [], new Error('cut'));
      const answer = await next();
      if (isLost) throw new OutcomeUnknownError('commit', [], new Error('cut'));
      return answer;
    });
    const engine = await world.started(projector, { store, batchSize: 2 });
    const amounts = [13, 1, 2, 3, 4, 5, 6];
    for (const amount of amounts) await world.append('bad', new Paid('a', amount));
    await passed(world, engine, 7);
    bad.clear();
    isUnsure = true;
    await parkedOf(world).redrive({ all: true });
    const end = await world.append('bad', new Paid('a', 7));
    await world.run(engine.caughtUp(end, { timeoutMs: 100_000 }));
    isUnsure = false;
    expect((await seenIn(world.readModel(projector)))['bad']).toEqual([...amounts, 7]);
  });
});

describe('[memory] a discard', () => {
  it('gives up the parked event alone, keeps why, and has the rest handled', async () => {
    world = await World.open({ shards: 1 });
    const { handle } = poisonous(13);
    const projector = seenProjector(handle);
    const engine = await world.started(projector);
    await world.append('bad', new Paid('a', 1), new Paid('a', 13), new Paid('a', 2), new Paid('a', 13), new Paid('a', 3));
    await passed(world, engine, 5);
    const parked = parkedOf(world);
    const { ticket } = await parked.discard({ streamId: 'bad' }, { reason: 'a typo of the clerk' });
    expect(await world.run(parked.waitUntilSettled(ticket))).toMatchObject({ failedAgain: 1 });
    expect(await parked.show(CONSUMER, 'bad')).toMatchObject({
      version: 4,
      waiting: 2,
      discarded: [{ version: 2, reason: 'a typo of the clerk', message: 'bad 13', attempts: 1, type: 'paid' }],
    });
    const second = await parked.discard({ streamId: 'bad' }, { reason: 'again' });
    await world.run(parked.waitUntilSettled(second.ticket));
    expect(await seenIn(world.readModel(projector))).toEqual({ bad: [1, 2, 3] });
    expect(await parked.show(CONSUMER, 'bad')).toBeUndefined();
    await expect(parked.discard({ streamId: 'bad' }, { reason: 'more' })).rejects.toMatchObject({ code: 'STREAM_NOT_PARKED' });
    await expect(parked.discard({ all: true }, { reason: ' ' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('may give up everything that waits now; what comes later is handled', async () => {
    world = await World.open({ shards: 1 });
    const { handle } = poisonous(13);
    const projector = seenProjector(handle);
    const engine = await world.started(projector);
    await world.append('bad', new Paid('a', 1), new Paid('a', 13));
    for (let at = 0; at < 450; at++) await world.append('bad', new Paid('a', 13));
    await passed(world, engine, 452);
    const parked = parkedOf(world);
    const { ticket } = await parked.discard({ all: true }, { reason: 'test data', everything: true });
    const end = await world.append('bad', new Paid('a', 2));
    await world.run(parked.waitUntilSettled(ticket));
    await world.run(engine.caughtUp(end));
    expect(await seenIn(world.readModel(projector))).toEqual({ bad: [1, 2] });
    expect(engine.status().counts.discarded).toBe(451);
  });

  it('of what the lane has not come to yet waits for it', async () => {
    world = await World.open({ shards: 1 });
    const { handle } = poisonous(13);
    const projector = seenProjector(handle);
    const engine = await world.started(projector);
    const [first] = [...(await world.append('bad', new Paid('a', 13)))];
    await passed(world, engine, 1);
    engine.holdAt(new Map([first!]));
    await world.append('bad', new Paid('a', 13), new Paid('a', 13));
    const parked = parkedOf(world);
    const { ticket } = await parked.discard({ all: true }, { reason: 'test data', everything: true });
    await world.clock.advance(5_000);
    await expect(world.run(parked.waitUntilSettled(ticket, { timeoutMs: 100 }))).rejects.toMatchObject({ code: 'PARKED_NOT_SETTLED' });
    engine.holdAt(undefined);
    expect(await world.run(parked.waitUntilSettled(ticket))).toMatchObject({ unparked: 1, pending: 0 });
    expect(engine.status().counts.discarded).toBe(3);
    const end = await world.append('bad', new Paid('a', 2));
    await world.run(engine.caughtUp(end));
    expect(await seenIn(world.readModel(projector))).toEqual({ bad: [2] });
  });
});
