import { comparePositions, type Position } from '../../src/event-store/position.js';
import { seededRandom } from '../../src/support/random.js';
import { Paid } from '../projections/support/domain.js';
import { HostileTransport } from '../projections/support/hostile-transport.js';
import { World } from '../projections/support/world.js';
import { listed, parkedOf, seenIn, seenProjector } from './support/park-world.js';

/** A stream as the rules say it is: what was handled, in order, and the version at which it waits. */
interface Expected {
  readonly amounts: number[];
  waitsAt: number | undefined;
}

/**
 * Events of random streams, some of them poisonous, are written while operators mend, re-drive and discard at random and instances come and go.
 * What is seen and what is parked must be what a fold over the log says that knows the rules.
 */
describe.each(Array.from({ length: 25 }, (_, at) => at + 1))('[memory] random poison and random requests, seed %i', (seed) => {
  it('end in the rows and the parked streams that the rules say', async () => {
    const random = seededRandom(seed * 7_919);
    const pick = (count: number): number => Math.floor(random() * count);
    const world = await World.open({ shards: 1 + pick(4), seed, transport: (of) => HostileTransport.provider(of) });
    const poison = new Set<number>();
    const projector = seenProjector(
      ({ amount }) => {
        if (poison.has(amount)) throw new Error(`poison ${amount}`);
      },
      { retry: { attempts: 1 + pick(2), maxMs: 100 }, ...(pick(2) === 0 && { order: 'global' }) },
    );
    const tuning = { batchSize: 1 + pick(8), leaseMs: 1_000, tailCheckMs: 200 };
    const log = new Map<string, number[]>();
    const given = new Map<string, Set<number>>();
    let engine = await world.started(projector, tuning);
    let next = 0;
    for (let round = 0; round < 60; round++) {
      const action = pick(10);
      if (action < 6) {
        const id = `s-${pick(6)}`;
        const amounts = Array.from({ length: 1 + pick(4) }, () => next++);
        for (const amount of amounts) if (random() < 0.1) poison.add(amount);
        await world.append(id, ...amounts.map((amount) => new Paid('a', amount)));
        log.set(id, [...(log.get(id) ?? []), ...amounts]);
        await world.publish();
      } else if (action === 6 && poison.size > 0) poison.delete([...poison][pick(poison.size)]!);
      else if (action === 7) await parkedOf(world).redrive({ all: true });
      else if (action === 8) await discardOne(world, given, { pick, log });
      else {
        await world.run(engine.stop());
        engine = await world.started(projector, tuning);
      }
      await world.clock.advance(pick(300));
    }
    const { ticket } = await parkedOf(world).redrive({ all: true });
    await world.run(parkedOf(world).waitUntilSettled(ticket, { timeoutMs: 100_000 }));
    const ends = (await world.store.describeShards()).flatMap(({ shard, last }) => (last === undefined ? [] : [{ shard, last }]));
    const isPassed = ({ shard, last }: { shard: number; last: Position }): boolean => {
      const position = engine.cursors.find(shard)?.position;
      return position !== undefined && comparePositions(position, last) >= 0;
    };
    await world.until(() => ends.every(isPassed), 'every event is handled, discarded or waits', 100_000);

    const expected = new Map([...log].map(([id, amounts]) => [id, fold(amounts, { poison, given: given.get(id) ?? new Set() })]));
    const seen = await seenIn(world.readModel(projector));
    expect(seen).toEqual(
      Object.fromEntries([...expected].filter(([, { amounts }]) => amounts.length > 0).map(([id, { amounts }]) => [id, amounts])),
    );
    const parked = Object.fromEntries((await listed(parkedOf(world))).map(({ streamId, version }) => [streamId, version]));
    expect(parked).toEqual(
      Object.fromEntries([...expected].filter(([, { waitsAt }]) => waitsAt !== undefined).map(([id, { waitsAt }]) => [id, waitsAt])),
    );
    await world.close();
  });
});

/** Discards the first event of a parked stream and notes which it was, unless it is handled meanwhile. */
async function discardOne(
  world: World,
  given: Map<string, Set<number>>,
  { pick, log }: { readonly pick: (count: number) => number; readonly log: ReadonlyMap<string, readonly number[]> },
): Promise<void> {
  const parked = parkedOf(world);
  const all = await listed(parked);
  const one = all[pick(all.length)];
  if (one === undefined || one.request !== undefined) return;
  const { ticket } = await parked.discard({ consumer: one.consumer, streamId: one.streamId }, { reason: 'random' });
  await world.run(parked.waitUntilSettled(ticket, { timeoutMs: 100_000 }));
  const amount = log.get(one.streamId)?.[one.version - 1];
  given.set(one.streamId, (given.get(one.streamId) ?? new Set()).add(amount!));
}

/** The rules: in order; what was discarded is left out; the first that is still poisonous, and all after it, wait. */
function fold(amounts: readonly number[], { poison, given }: { poison: ReadonlySet<number>; given: ReadonlySet<number> }): Expected {
  const expected: Expected = { amounts: [], waitsAt: undefined };
  for (const [at, amount] of amounts.entries()) {
    if (given.has(amount)) continue;
    if (poison.has(amount)) return { ...expected, waitsAt: at + 1 };
    expected.amounts.push(amount);
  }
  return expected;
}
