import 'reflect-metadata';
import path from 'node:path';
import { defineAggregate, Event, replayHistories, replayStore, type EventStore, type EventToAppend } from '../../src/index.js';
import { upcast } from '../../src/messages/upcasting/upcast.js';
import { sequentialIds } from '../../src/testing/index.js';
import { temporaryFolder } from './support/folder.js';
import { newStore, writeHistory } from './support/stored.js';

@Event('order.placed', { version: 2 })
class OrderPlaced {
  constructor(
    readonly customer: string,
    readonly cents: number,
  ) {}
}

@Event('order.moved')
class OrderMoved {
  constructor(
    readonly from: string,
    readonly to: string,
  ) {}
}

const order = defineAggregate({
  name: 'order',
  initialState: () => ({ customer: '', cents: 0, moves: [] as string[] }),
  decide: () => [],
  evolve: (on) => [
    on(OrderPlaced, (state, { customer, cents }) => ({ ...state, customer, cents })),
    on(OrderMoved, (state, { from, to }) => ({ ...state, moves: [...state.moves, `${from} to ${to}`] })),
  ],
});

const upcasters = [
  upcast(OrderPlaced, { from: 1 }, ({ name, euros }: { name: string; euros: number }) => ({ customer: name, cents: euros * 100 })),
  upcast(
    [
      { event: 'order.left', from: 1 },
      { event: 'order.arrived', from: 1 },
    ],
    { into: OrderMoved },
    ([left, arrived]: readonly [{ place: string }, { place: string }]) => ({ from: left.place, to: arrived.place }),
  ),
  upcast.drop('order.left', { from: 1 }),
  upcast.drop('order.arrived', { from: 1 }),
];

const nextId = sequentialIds();
const folder = temporaryFolder();
let store: EventStore;
let file: string;

function stored(type: string, data: object): EventToAppend {
  const metadata = '{"correlationId":"c","time":"2026-01-02T00:00:00.000Z","schemaVersion":1}';
  return { eventId: nextId(), type, data: JSON.stringify(data), metadata };
}

beforeEach(async () => {
  store = await newStore();
  file = path.join(folder(), 'orders.ndjson');
  await store.append({
    writes: [{ streamId: 'order-1', expectedVersion: 'none', events: [stored('order.placed', { name: 'Ann', euros: 7 })] }],
  });
  const moved = [stored('order.left', { place: 'Delft' }), stored('order.arrived', { place: 'Gouda' })];
  await store.append({ writes: [{ streamId: 'order-1', expectedVersion: 1, events: moved }] });
  await writeHistory(file, store, ['order-1']);
});

describe('[memory] upcasters', () => {
  it('change and merge what was recorded, so that golden states stay', async () => {
    const options = { events: file, aggregates: [order], eventClasses: [OrderMoved], upcasters };
    expect(await replayHistories({ ...options, update: true })).toMatchObject({ written: 1, failed: 0 });
    expect(await replayHistories({ ...options, update: false })).toMatchObject({ same: 1, failed: 0 });
    const wrong = [upcast(OrderPlaced, { from: 1 }, () => ({ customer: 'Ann', cents: 7 })), ...upcasters.slice(1)];
    const report = await replayHistories({ ...options, upcasters: wrong, update: false });
    expect(report.files[0]?.streams[0]?.error?.message).toContain(
      'They differ from version 1 on, after order.placed. At version 3 (golden → now):\n  cents: 700 → 7\n',
    );
  });

  it('read a store in the same way, and one that fails is reported with its code', async () => {
    const accepted = path.join(folder(), 'accepted.ndjson');
    const options = { store, aggregates: [order], upcasters, accepted };
    expect(await replayStore({ ...options, accept: true })).toMatchObject({ streams: 1, events: 3, failed: 0, new: 1 });
    expect(await replayStore(options)).toMatchObject({ same: 1 });
    const failing = [
      upcast(OrderPlaced, { from: 1 }, (): OrderPlaced => {
        throw new RangeError('no such currency');
      }),
      ...upcasters.slice(1),
    ];
    const { findings } = await replayStore({ ...options, upcasters: failing });
    expect(findings).toMatchObject([{ streamId: 'order-1', version: 0, code: 'UPCAST_FAILED' }]);
    expect(findings[0]?.message).toContain('no such currency');
  });

  it('that are missing are found before anything is read', async () => {
    const attempt = replayHistories({ events: file, aggregates: [order], update: false });
    await expect(attempt).rejects.toMatchObject({ code: 'UPCASTER_MISSING' });
  });
});
