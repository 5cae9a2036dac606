import { EventspanError } from '../../src/errors/eventspan-error.js';
import { OutcomeUnknownError } from '../../src/errors/store-errors.js';
import { Paid } from '../projections/support/domain.js';
import { withFate } from '../projections/support/with-fate.js';
import { World } from '../projections/support/world.js';
import { parkedOf, passed, seenProjector } from './support/park-world.js';

let world: World;
afterEach(() => world.close());

describe('[memory] what a handler gives to afterCommit', () => {
  it('runs once the batch is committed, in order, one after another', async () => {
    world = await World.open({ shards: 1 });
    const done: string[] = [];
    let left = 2;
    const store = withFate(world.store, async (operation, next) => {
      if (operation === 'commit' && left-- > 0) throw new EventspanError('BATCH_ABORTED', { reason: 'another' });
      const answer = await next();
      if (operation === 'commit') done.push('committed');
      return answer;
    });
    const projector = seenProjector(({ amount }, { afterCommit, isReplay }) => {
      afterCommit(async () => {
        await world.clock.sleep(10 - amount);
        done.push(`${amount} ${String(isReplay)}`);
      });
    });
    const engine = await world.started(projector, { store });
    const end = await world.append('a', new Paid('a', 1), new Paid('a', 2), new Paid('a', 3));
    await world.publish();
    await world.run(engine.caughtUp(end));
    await world.clock.advance(100);
    expect(done.filter((each) => each !== 'committed')).toEqual(['1 false', '2 false', '3 false']);
    expect(done.indexOf('committed')).toBe(0);
  });

  it('fails nothing: what it throws, and that it hangs, is logged and counted', async () => {
    world = await World.open({ shards: 1 });
    const projector = seenProjector(
      ({ amount }, { afterCommit }) => {
        if (amount === 1) afterCommit(() => Promise.reject(new Error('mail server away')));
        if (amount === 2) afterCommit(() => new Promise(() => undefined));
        if (amount === 3) {
          afterCommit(() => {
            throw new Error('at once');
          });
        }
      },
      { timeoutMs: 1_000 },
    );
    const engine = await world.started(projector);
    for (const amount of [1, 2, 3, 4]) await world.append('a', new Paid('a', amount));
    await passed(world, engine, 4);
    await world.clock.advance(3_000);
    expect(engine.status().counts).toMatchObject({ events: 4, parked: 0, retries: 0, sideEffectFailures: 3 });
    expect(world.logged.filter(({ message }) => message.includes('side effect')).map(({ fields }) => fields)).toMatchObject([
      { reason: 'mail server away' },
      { reason: 'it was not done after 1000 ms' },
      { reason: 'at once' },
    ]);
  });

  it('does not run for a batch that failed, nor twice for one whose outcome was unknown', async () => {
    world = await World.open({ shards: 1 });
    const done: number[] = [];
    let left = 1;
    const store = withFate(world.store, async (operation, next) => {
      const answer = await next();
      if (operation === 'commit' && left-- > 0) throw new OutcomeUnknownError('commit', [], new Error('cut'));
      return answer;
    });
    const projector = seenProjector(({ amount }, { afterCommit }) => {
      afterCommit(() => void done.push(amount));
      if (amount === 13) throw new Error('bad');
    });
    const engine = await world.started(projector, { store });
    const end = await world.append('a', new Paid('a', 1));
    await world.publish();
    await world.run(engine.caughtUp(end));
    await world.append('a', new Paid('a', 13));
    await passed(world, engine, 1);
    expect(done).toEqual([]); // at most once: nobody was sure of the first
  });

  it('is held back in a replay, which the handler is told, and runs when a parked stream is re-driven', async () => {
    world = await World.open({ shards: 1 });
    const done: string[] = [];
    let isMended = false;
    const handle = (
      { amount }: Paid,
      { afterCommit, isReplay }: { afterCommit: (effect: () => void) => void; isReplay: boolean },
    ): void => {
      afterCommit(() => void done.push(`${amount}`));
      if (isReplay) replays.push(amount);
      if (amount === 13 && !isMended) throw new Error('bad');
    };
    const replays: number[] = [];
    const quiet = await world.started(seenProjector(handle, { version: 2 }), { sideEffects: false });
    const live = await world.started(seenProjector(handle));
    await world.append('a', new Paid('a', 1), new Paid('a', 13));
    await passed(world, quiet, 2);
    await passed(world, live, 2);
    expect(done).toEqual(['1']);
    expect(replays).toContain(1);
    isMended = true;
    await parkedOf(world).redrive({ all: true });
    await world.until(() => live.status().counts.redriven + quiet.status().counts.redriven === 2, 'both are re-driven');
    expect(done).toEqual(['1', '13']);
  });
});
