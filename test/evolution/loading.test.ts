import { randomUUID } from 'node:crypto';
import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  createEventRegistry,
  Event,
  Eventspan,
  Handle,
  inProcess,
  memory,
  upcast,
  type EventToAppend,
  type StoredEvent,
} from '../../src/index.js';
import { EventReader } from '../../src/event-store/event-reader.js';
import type { ApplyContext } from '../../src/model/aggregate-model.js';
import {
  ParcelSent,
  ParcelUpcasters,
  appendHistory,
  Order,
  OrderPlaced,
  LineSet,
  AddressSet,
  NoteAdded,
  UPCASTERS,
} from './order-history.js';

@Event('ticked', { version: 3 })
class Ticked {
  constructor(readonly by: number) {}
}

@Command('tick', { aggregateId: ({ id }: Tick) => id })
class Tick {
  constructor(readonly id: string) {}
}

@Aggregate('clock', { snapshotEvery: 4 })
class ClockAggregate extends AggregateRoot {
  private sum = 0;
  private readonly versions: number[] = [];

  @Handle(Tick)
  tick(): void {
    this.record(new Ticked(1));
  }

  @Apply(Ticked)
  protected onTicked({ by }: Ticked, { version }: ApplyContext): void {
    this.sum += by;
    this.versions.push(version);
  }

  get facts(): object {
    return { sum: this.sum, versions: this.versions, version: this.version };
  }
}

const CLOCK_UPCASTERS = [
  upcast(Ticked, { from: 1 }, ({ n }: { n: number }) => ({ count: n })),
  upcast(Ticked, { from: 2 }, ({ count }: { count: number }) => ({ by: count })),
  upcast.drop('looked-at', { from: 1 }),
];

function old(type: string, schemaVersion: number, payload: object): EventToAppend {
  const metadata = JSON.stringify({ correlationId: 'c', time: '2020-01-01T00:00:00.000Z', schemaVersion });
  return { eventId: randomUUID(), type, data: JSON.stringify(payload), metadata };
}

describe('[memory] an aggregate with events of several versions', () => {
  const open = (): Promise<Eventspan> =>
    Eventspan.open({ store: memory(), transport: inProcess(), aggregates: [ClockAggregate], upcasters: CLOCK_UPCASTERS });

  it('counts the versions of dropped events, and is the same from snapshot and tail', async () => {
    const app = await open();
    const append = (...events: EventToAppend[]) => app.store.append({ writes: [{ streamId: 'clock-1', expectedVersion: 'any', events }] });
    await append(old('ticked', 1, { n: 10 }), old('ticked', 2, { count: 20 }), old('looked-at', 1, {}));
    expect((await app.repository.load(ClockAggregate, '1')).aggregate.facts).toEqual({ sum: 30, versions: [1, 2], version: 3 });
    await app.execute(new Tick('1'));
    const loaded = await app.store.load('clock-1', { acceptSnapshot: () => true });
    expect(loaded.snapshot?.version).toBe(4);
    await append(old('looked-at', 1, {}), old('ticked', 1, { n: 100 }), old('looked-at', 1, {}));
    await app.execute(new Tick('1'));
    const facts = { sum: 132, versions: [1, 2, 4, 6, 8], version: 8 };
    expect((await app.repository.load(ClockAggregate, '1')).aggregate.facts).toEqual(facts);
    expect((await app.repository.load(ClockAggregate, '1', { asOfVersion: 8 })).aggregate.facts).toEqual(facts);
    expect((await app.repository.load(ClockAggregate, '1', { asOfVersion: 5 })).aggregate.facts).toEqual({
      sum: 31,
      versions: [1, 2, 4],
      version: 5,
    });
    await app.stop();
  });

  it('cannot be opened without the upcasters', async () => {
    const opening = Eventspan.open({ store: memory(), transport: inProcess(), aggregates: [ClockAggregate] });
    await expect(opening).rejects.toMatchObject({ code: 'UPCASTER_MISSING', details: { event: 'ticked', version: 1 } });
  });
});

describe('[memory] an event that is written in an older version', () => {
  @Command('send', { aggregateId: ({ id }: Send) => id })
  class Send {
    constructor(readonly id: string) {}
  }

  @Aggregate('parcel')
  class Parcel extends AggregateRoot {
    carrier = '';

    @Handle(Send, { stream: 'new' })
    send(): void {
      this.record(new ParcelSent({ name: 'post' }, 3));
    }

    @Apply(ParcelSent)
    protected onSent({ carrier }: ParcelSent): void {
      this.carrier = carrier.name;
    }
  }

  it('is stored as old programs read it, and loaded as today', async () => {
    const app = await Eventspan.open({ store: memory(), transport: inProcess(), aggregates: [Parcel], upcasters: [ParcelUpcasters] });
    await app.execute(new Send('1'));
    const stored: StoredEvent[] = [];
    for await (const event of app.store.readStream('parcel-1')) stored.push(event);
    expect(stored.map(({ data, metadata }) => [data, (JSON.parse(metadata) as { schemaVersion: number }).schemaVersion])).toEqual([
      ['{"carrier":"post","weight":3}', 1],
    ]);
    expect((await app.repository.load(Parcel, '1')).aggregate.carrier).toBe('post');
    await app.stop();
  });
});

describe('[memory] a reader of stored events', () => {
  const registry = createEventRegistry([OrderPlaced, LineSet, AddressSet, NoteAdded], { upcasters: UPCASTERS });

  async function history(): Promise<{ app: Eventspan; events: StoredEvent[] }> {
    const app = await Eventspan.open({ store: memory(), transport: inProcess(), aggregates: [Order], upcasters: UPCASTERS });
    await appendHistory(app.store, 'order-1', randomUUID);
    const events: StoredEvent[] = [];
    for await (const event of app.store.readStream('order-1')) events.push(event);
    return { app, events };
  }

  it('answers at once but for events that could be merged, and says so without a stream to look into', async () => {
    const { app, events } = await history();
    const reader = new EventReader(registry, app.store);
    const answers = events.map((event) => ({ type: event.type, answer: reader.read(event) }));
    const waited = answers.filter(({ answer }) => answer instanceof Promise).map(({ type }) => type);
    expect([...new Set(waited)]).toEqual(['order.street-set', 'order.city-set']);
    await Promise.all(answers.map(async ({ answer }) => answer));
    const without = new EventReader(registry);
    await expect(without.read(events[3] as StoredEvent)).rejects.toMatchObject({ code: 'MERGE_WITHOUT_STREAM' });
    await app.stop();
  });

  it('gives the same whatever the order in which events are read, many at a time', async () => {
    const { app, events } = await history();
    const inOrder = new EventReader(registry, app.store);
    const wanted: (readonly object[])[] = [];
    for (const event of events) wanted.push(await inOrder.read(event));
    const shared = new EventReader(registry, app.store);
    const backwards = await Promise.all(events.toReversed().map(async (event) => shared.read(event)));
    expect(backwards.toReversed()).toEqual(wanted);
    await app.stop();
  });

  it('gives upcasters a copy of their own: what one does to its payload changes no other reading', async () => {
    const { app, events } = await history();
    const spoiling = upcast(OrderPlaced, { from: 3 }, (data: { total: { amount: number; currency: string } }) => {
      data.total.amount += 1;
      return { ...data, channel: 'x' };
    });
    const spoiled = createEventRegistry([OrderPlaced, LineSet, AddressSet, NoteAdded], {
      upcasters: [...UPCASTERS.slice(0, 1), spoiling, ...UPCASTERS.slice(2)],
    });
    const reader = new EventReader(spoiled, app.store);
    const [first, again] = [await reader.read(events[0] as StoredEvent), await reader.read(events[0] as StoredEvent)];
    expect(first).toEqual(again);
    expect(first).toEqual([new OrderPlaced({ amount: 11, currency: 'EUR' }, 'x')]);
    await app.stop();
  });

  it('cuts a long run of one append the same from wherever it looks, greedily from its first event', async () => {
    @Event('pair')
    class Pair {
      constructor(readonly ns: readonly number[]) {}
    }
    const member = { event: 'single', from: 1 };
    const pairs = createEventRegistry([Pair], {
      upcasters: [
        upcast([member, member], { into: Pair }, ([a, b]: [{ n: number }, { n: number }]) => ({ ns: [a.n, b.n] })),
        upcast('single', { from: 1, into: Pair }, ({ n }: { n: number }) => ({ ns: [n] })),
      ],
    });
    const { app } = await history();
    const events = Array.from({ length: 51 }, (_, n) => old('single', 1, { n }));
    await app.store.append({ writes: [{ streamId: 'run-1', expectedVersion: 'none', events }] });
    await app.store.append({ writes: [{ streamId: 'run-1', expectedVersion: 51, events: [old('single', 1, { n: 51 })] }] });
    for await (const event of app.store.readStream('run-1', { direction: 'backwards' })) {
      const n = event.version - 1;
      const wanted = n >= 50 ? [new Pair([n])] : n % 2 === 1 ? [new Pair([n - 1, n])] : [];
      expect(await new EventReader(pairs, app.store).read(event)).toEqual(wanted);
    }
    await app.stop();
  });
});
