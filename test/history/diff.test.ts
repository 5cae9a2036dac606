import { deleteStream, diffAggregate, renderDiff, stateChanges, type EventStore } from 'eventspan';
import { appendHistory, Order } from '../evolution/order-history.js';
import { account, Deposit } from '../command-handling/account.js';
import { Bench, registry } from '../command-handling/homes.js';
import { memory } from '../../src/memory/index.js';
import { counting, orderRegistry } from './support/orders.js';
import { Workshop } from './support/stores.js';

const workshop = new Workshop();
let store: EventStore;

beforeEach(async () => {
  store = await workshop.memory();
});
afterEach(() => workshop.clean());

describe('[memory] comparing an aggregate at two moments', () => {
  it('shows states, events and changes between two versions, through upcasters', async () => {
    await appendHistory(store, 'order-1', counting('e'));
    const diff = await diffAggregate(Order, '1', { store, events: orderRegistry, from: 1, to: 3 });
    expect(diff).toMatchObject({ streamId: 'order-1', from: { version: 1 }, to: { version: 3 } });
    expect(diff.events.map(({ version, type }) => [version, type])).toEqual([
      [2, 'order.lines-changed'],
      [3, 'order.viewed'],
    ]);
    expect(diff.changes).toEqual([
      { path: '$.facts[1]', kind: 'added', after: '2 of pen' },
      { path: '$.facts[2]', kind: 'added', after: '1 of ink' },
    ]);
    const text = renderDiff(diff);
    expect(text).toContain('order-1: version 1 to 3');
    expect(text).toContain("  + $.facts[1]: '2 of pen'");
    expect(text).toContain('order.lines-changed');
  });

  it('takes times, version 0, and now', async () => {
    const bench = await Bench.open(memory());
    const bus = bench.bus();
    await bus.execute(new Deposit('17', 10));
    const then = await bench.store.currentTime();
    for (const amount of [20, 30, 40]) await bus.execute(new Deposit('17', amount));
    const options = { store: bench.store, events: registry };
    const since = await diffAggregate(account, '17', { ...options, from: then });
    expect(since.changes).toEqual([{ path: '$.balance', kind: 'changed', before: 10, after: 100 }]);
    expect(since.events).toHaveLength(3);
    expect((await diffAggregate(account, '17', { ...options, from: 0, to: 1 })).changes).toEqual([
      { path: '$.balance', kind: 'changed', before: 0, after: 10 },
    ]);
    const same = await diffAggregate(account, '17', { ...options, from: 4 });
    expect(same).toMatchObject({ events: [], changes: [] });
    expect(renderDiff(same)).toContain('The state is the same.');
    await bench.store.close();
  });

  it('refuses versions that are not there, moments in reverse, what is no moment, and streams without events', async () => {
    await appendHistory(store, 'order-1', counting('e'));
    const diff = (from: number | string, to?: number | string, id = '1') =>
      diffAggregate(Order, id, { store, events: orderRegistry, from, ...(to !== undefined && { to }) });
    await expect(diff(1, 99)).rejects.toMatchObject({ code: 'STREAM_VERSION_UNKNOWN', details: { last: 14 } });
    await expect(diff(5, 2)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(diff(-1)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(diff('yesterday')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(diff(1, 2, '2')).rejects.toMatchObject({ code: 'STREAM_UNKNOWN' });
    await deleteStream(store, 'order-1', { reason: 'asked for' });
    await expect(diff(1)).rejects.toMatchObject({ code: 'STREAM_EVENTS_DELETED', details: { version: 15 } });
  });
});

describe('the changes of a state', () => {
  class Money {
    constructor(readonly amount: number) {}
  }

  it.each<[string, unknown, unknown, readonly object[]]>([
    ['equal states', { a: [1, { b: new Date(5) }] }, { a: [1, { b: new Date(5) }] }, []],
    ['a field', { a: 1, b: 2 }, { a: 1, b: 3 }, [{ path: '$.b', kind: 'changed', before: 2, after: 3 }]],
    ['a removed field', { a: { x: 1 } }, {}, [{ path: '$.a', kind: 'removed', before: { x: 1 } }]],
    ['an item', [1, 2], [1], [{ path: '$[1]', kind: 'removed', before: 2 }]],
    ['an odd name', { 'a b': 1 }, { 'a b': 2 }, [{ path: '$["a b"]', kind: 'changed', before: 1, after: 2 }]],
    ['an instance', { m: new Money(1) }, { m: new Money(2) }, [{ path: '$.m.amount', kind: 'changed', before: 1, after: 2 }]],
    [
      'another class',
      { m: new Money(1) },
      { m: { amount: 1 } },
      [{ path: '$.m', kind: 'changed', before: new Money(1), after: { amount: 1 } }],
    ],
    ['a Map', new Map([['k', 1]]), new Map([['k', 2]]), [{ path: '$.get("k")', kind: 'changed', before: 1, after: 2 }]],
    [
      'a Set',
      new Set([1]),
      new Set([2n]),
      [
        { path: '$.has(1)', kind: 'removed', before: 1 },
        { path: '$.has(2n)', kind: 'added', after: 2n },
      ],
    ],
    ['a Date', { d: new Date(1) }, { d: new Date(2) }, [{ path: '$.d', kind: 'changed', before: new Date(1), after: new Date(2) }]],
    ['minus zero', { n: 0 }, { n: -0 }, [{ path: '$.n', kind: 'changed', before: 0, after: -0 }]],
  ])('are found in %s', (_, before, after, expected) => {
    expect(stateChanges(before, after)).toEqual(expected);
  });

  it('of a state that holds itself are found too', () => {
    const [before, after] = [
      { n: 1, self: {} },
      { n: 2, self: {} },
    ];
    before.self = before;
    after.self = after;
    expect(stateChanges(before, after)[0]).toEqual({ path: '$.n', kind: 'changed', before: 1, after: 2 });
  });
});
