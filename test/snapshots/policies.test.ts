import { Aggregate, afterLoadMs, allOf, anyOf, everyEvents, memory, onEvents, systemEnvironment, type SnapshotPolicy } from 'eventspan';
import { FakeClock } from 'eventspan/testing';
import { createCommandBus, type CommandBusOptions } from '../../src/command-handling/create-command-bus.js';
import type { CommandBus } from '../../src/command-handling/command-bus.js';
import { commandHandler } from '../../src/command-handling/command-handler.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { aggregateModelOf } from '../../src/model/class-aggregate.js';
import { createDomainModel } from '../../src/model/domain-model.js';
import type { SnapshotFacts } from '../../src/model/snapshot-policy.js';
import { withMethods } from '../command-handling/homes.js';
import { AddItem, AddTally, ItemAdded, Order, OrderClosed, registry } from './support/orders.js';

const facts = (given: Partial<SnapshotFacts>): SnapshotFacts => ({ before: 1, after: 2, loadMs: 0, events: [new ItemAdded(1)], ...given });
const never: SnapshotPolicy = () => false;
const always: SnapshotPolicy = () => true;

describe('a snapshot is due', () => {
  it.each([
    [0, 2, false],
    [0, 3, true],
    [2, 3, true],
    [3, 5, false],
    [3, 6, true],
    [1, 10, true],
  ])('everyEvents(3) from version %d to %d: %s', (before, after, due) => {
    expect(everyEvents(3)(facts({ before, after }))).toBe(due);
  });

  it.each([
    [49, false],
    [50, true],
    [51, true],
  ])('afterLoadMs(50) after a load of %d ms: %s', (loadMs, due) => {
    expect(afterLoadMs(50)(facts({ loadMs }))).toBe(due);
  });

  it('onEvents when one of the events is of one of the classes itself', () => {
    class Special extends OrderClosed {}
    expect(onEvents(OrderClosed)(facts({ events: [new ItemAdded(1), new OrderClosed()] }))).toBe(true);
    expect(onEvents(OrderClosed)(facts({ events: [new ItemAdded(1)] }))).toBe(false);
    expect(onEvents(OrderClosed)(facts({ events: [new Special()] }))).toBe(false);
    expect(onEvents(OrderClosed, ItemAdded)(facts({}))).toBe(true);
  });

  it('anyOf when one says so, allOf when all do, also inside one another', () => {
    expect([anyOf(never, always)(facts({})), anyOf(never)(facts({}))]).toEqual([true, false]);
    expect([allOf(always, never)(facts({})), allOf(always)(facts({}))]).toEqual([false, true]);
    const policy = anyOf(allOf(everyEvents(100), afterLoadMs(50)), onEvents(OrderClosed));
    expect(policy(facts({ before: 99, after: 100 }))).toBe(false);
    expect(policy(facts({ before: 99, after: 100, loadMs: 50 }))).toBe(true);
    expect(policy(facts({ events: [new OrderClosed()] }))).toBe(true);
  });

  it.each([
    ['everyEvents(0)', () => everyEvents(0)],
    ['everyEvents(1.5)', () => everyEvents(1.5)],
    ['afterLoadMs(0)', () => afterLoadMs(0)],
    ['afterLoadMs(NaN)', () => afterLoadMs(Number.NaN)],
    ['onEvents()', () => onEvents()],
    ['anyOf()', () => anyOf()],
    ['allOf(5)', () => allOf(5 as never)],
    ['both options', () => Aggregate('x', { snapshots: always, snapshotEvery: 5 })(class extends Order {})],
    ['a policy that is none', () => Aggregate('x', { snapshots: 5 as never })(class extends Order {})],
  ])('and %s is refused', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }) as Error);
  });

  it('and a class that is none is refused', () => {
    expect(() => onEvents(undefined as never)).toThrow(expect.objectContaining({ code: 'CLASS_EXPECTED' }) as Error);
  });
});

describe('[memory] what a policy is told', () => {
  let seen: SnapshotFacts[];
  let clock: FakeClock;
  let store: EventStore;
  let decide: SnapshotPolicy;
  beforeEach(async () => {
    seen = [];
    decide = never;
    clock = new FakeClock();
    const inner = await memory().open(systemEnvironment());
    store = withMethods(inner, {
      load: async (streamId, options) => {
        await clock.advance(7);
        return inner.load(streamId, options);
      },
    });
  });

  function bus(options: Partial<CommandBusOptions> = {}): CommandBus {
    const policy: SnapshotPolicy = (given) => {
      seen.push(given);
      return decide(given);
    };
    @Aggregate('order', { snapshots: policy })
    class Watched extends Order {}
    const domain = createDomainModel({ aggregates: [Watched] });
    const handler = commandHandler(AddTally, async ({ tallyId }, { repository }) => {
      const handle = await repository.load(Watched, tallyId);
      handle.aggregate.add(new AddItem(tallyId));
      repository.save(handle);
    });
    return createCommandBus({ store, domain, events: registry, clock, handlers: [handler], ...options });
  }

  it('is the versions, the events, and how long loading took by the given clock', async () => {
    const commands = bus();
    await commands.execute(new AddItem('1'));
    await commands.execute(new AddItem('1'));
    expect(seen).toMatchObject([
      { before: 0, after: 1, loadMs: 7, events: [new ItemAdded(1)] },
      { before: 1, after: 2, loadMs: 7 },
    ]);
  });

  it('is 0 ms for an aggregate from the cache', async () => {
    const commands = bus({ cache: { maxAggregates: 10 } });
    await commands.execute(new AddItem('1'));
    await commands.execute(new AddItem('1'));
    expect(seen.map(({ loadMs }) => loadMs)).toEqual([7, 0]);
  });

  it('is the reads of a tail after a conflict too', async () => {
    await bus().execute(new AddItem('1'));
    store = takenOnce(store);
    await bus({ conflictBackoff: { initialMs: 0, factor: 1, maxMs: 0 } }).execute(new AddItem('1'));
    expect(seen.map(({ before, loadMs }) => [before, loadMs])).toEqual([
      [0, 7],
      [1, 7],
      [2, 14],
    ]);
  });

  it('reaches plain handlers in the same way', async () => {
    await bus().execute(new AddTally('9'));
    expect(seen).toMatchObject([{ before: 0, after: 1, loadMs: 7, events: [new ItemAdded(1)] }]);
  });

  it('and one that throws costs the snapshot, not the command', async () => {
    decide = () => {
      throw new Error('broken policy');
    };
    const warnings: object[] = [];
    const logger = { debug() {}, info() {}, warn: (fields: object) => void warnings.push(fields), error() {} };
    expect(await bus({ logger }).execute(new AddItem('1'))).toMatchObject({ version: 1 });
    expect(warnings).toMatchObject([{ reason: 'broken policy' }]);
  });
});

/** The first append finds that another writer has taken its version. */
function takenOnce(store: EventStore): EventStore {
  let isFirst = true;
  return withMethods(store, {
    append: async (request, options) => {
      const others = request.writes.map((write) => ({
        ...write,
        events: write.events.map((event) => ({ ...event, eventId: crypto.randomUUID() })),
      }));
      if (isFirst) await store.append({ writes: others });
      isFirst = false;
      return store.append(request, options);
    },
  });
}

describe('the short form', () => {
  it('snapshotEvery is everyEvents', () => {
    @Aggregate('short', { snapshotEvery: 4 })
    class Short extends Order {}
    const policy = aggregateModelOf(Short).snapshots;
    expect([3, 4].map((after) => policy?.(facts({ before: 0, after })))).toEqual([false, true]);
  });
});
