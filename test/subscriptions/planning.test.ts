import { EventspanError } from '../../src/errors/eventspan-error.js';
import { CursorLostError, OutcomeUnknownError } from '../../src/errors/store-errors.js';
import { formatPosition, type Position } from '../../src/event-store/position.js';
import type { Cursor } from '../../src/event-store/shard-cursors.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import { PageSize } from '../../src/subscriptions/page-size.js';
import { planAcquire, planFreeClaims } from '../../src/subscriptions/plan-acquire.js';
import { planRecovery } from '../../src/subscriptions/plan-recovery.js';
import { planTails } from '../../src/subscriptions/plan-tails.js';
import { Slots } from '../../src/subscriptions/slots.js';

const time = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000000Z`;
const position = (second: number): Position => formatPosition({ commitTime: time(second), commitIndex: 0, streamId: 's-1', version: 1 });

function row(shard: number, fields: Partial<Cursor> = {}): Cursor {
  return { consumer: 'c', shard, token: 3, owner: 'other', renewedAt: time(10), ...fields };
}

describe('a message for a shard that is not held', () => {
  it('takes the shard when it is beyond the cursor, whoever owns it', () => {
    const plan = planAcquire(
      new Map([
        [0, position(5)],
        [1, position(5)],
      ]),
      [row(0, { position: position(4) })],
      'me',
    );
    expect(plan.claims).toEqual([
      { shard: 0, token: 3 },
      { shard: 1, token: 0 },
    ]);
    expect(plan.passed.size).toBe(0);
  });

  it('takes nothing when it is old', () => {
    const plan = planAcquire(
      new Map([
        [0, position(5)],
        [1, position(5)],
      ]),
      [row(0, { position: position(5) }), row(1, { position: position(6) })],
      'me',
    );
    expect(plan.claims).toEqual([]);
    expect([...plan.passed]).toEqual([
      [0, position(5)],
      [1, position(6)],
    ]);
  });

  it("takes a row in one's own name in any case, since its outcome was unknown", () => {
    const plan = planAcquire(new Map([[0, position(5)]]), [row(0, { owner: 'me', position: position(5) })], 'me');
    expect(plan.claims).toEqual([{ shard: 0, token: 3 }]);
  });
});

describe('free shards', () => {
  const situation = { owner: 'me', shardCount: 4, leaseMs: 10_000, held: new Map<number, number>() };

  it('are those without a row, released, or with a lease that is over', () => {
    const cursors = [row(0, { owner: '' }), row(1, { renewedAt: time(1) }), row(2, { owner: 'me' })];
    const claims = planFreeClaims({ ...situation, cursors, storeTime: time(20) });
    expect(new Set(claims.map(({ shard }) => shard))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('are never those of a living owner, however uneven the spread', () => {
    const cursors = [row(0), row(1), row(2), row(3)];
    expect(planFreeClaims({ ...situation, cursors, storeTime: time(15) })).toEqual([]);
  });
});

describe('after a batch that was not committed', () => {
  const unavailable = new EventspanError('STORE_UNAVAILABLE', { reason: 'x' });
  const aborted = new EventspanError('BATCH_ABORTED', { reason: 'x' });
  const refused = new EventspanError('STORE_FAILED', { operation: 'x', reason: 'x' });
  const thrown = new Error('handler');

  it.each([
    [
      'events before a failing one are committed first',
      { error: thrown, at: 3, events: 9 },
      { kind: 'again', maxEvents: 3, backOff: false },
    ],
    ['a failing first event is at fault', { error: thrown, at: 0, events: 9 }, { kind: 'event-failed' }],
    ['a retryable error of a handler counts against its event too', { error: unavailable, at: 0, events: 1 }, { kind: 'event-failed' }],
    ['a spent token lets the shard go', { error: new CursorLostError('c', 0, 1), events: 9 }, { kind: 'lost' }],
    ['an unknown outcome takes the shard again', { error: new OutcomeUnknownError('o', [], thrown), events: 9 }, { kind: 'retake' }],
    ['a store that is away is waited for', { error: unavailable, events: 9 }, { kind: 'again', maxEvents: 9, backOff: true }],
    ['a transaction given up is run again, smaller', { error: aborted, events: 9 }, { kind: 'again', maxEvents: 5, backOff: true }],
    ['a refused commit is halved', { error: refused, events: 9 }, { kind: 'again', maxEvents: 5, backOff: false }],
    ['a refused commit of one event is that event', { error: refused, events: 1 }, { kind: 'event-failed' }],
  ])('%s', (_, fault, recovery) => {
    expect(planRecovery(fault)).toEqual(recovery);
  });
});

describe('one look at several tails', () => {
  const event = (shard: number): StoredEvent => ({ shard }) as StoredEvent;
  const ranges = [{ shard: 1 }, { shard: 2, after: position(1) }, { shard: 5 }];

  it('is complete when it was not cut', () => {
    const tails = planTails(ranges, [event(1), event(5)], 10);
    expect(tails).toMatchObject([
      { shard: 1, isCut: false, events: [{}] },
      { shard: 5, isCut: false },
    ]);
  });

  it('is complete only for the shards before that of its last event when it was cut', () => {
    const tails = planTails(ranges, [event(1), event(2)], 2);
    expect(tails).toMatchObject([
      { shard: 1, isCut: false },
      { shard: 2, isCut: true, after: position(1) },
      { shard: 5, isCut: true, events: [] },
    ]);
  });

  it('is nothing when nothing is new', () => {
    expect(planTails(ranges, [], 10)).toEqual([]);
  });
});

describe('the size of a page', () => {
  it('shrinks when events are heavy and grows back when they are light', () => {
    const page = new PageSize({ maxEvents: 200, maxBytes: 1_000_000 });
    expect(page.events).toBe(200);
    page.saw([{ data: 'x'.repeat(99_990), metadata: 'm'.repeat(10) }]);
    expect(page.events).toBe(10);
    page.saw([{ data: 'x'.repeat(5_000_000), metadata: '' }]);
    expect(page.events).toBe(1);
    page.saw([]);
    page.saw([{ data: 'x', metadata: '' }]);
    expect(page.events).toBe(200);
  });
});

describe('slots', () => {
  it('let no more tasks run than there are, in the order they came, also when tasks fail', async () => {
    const slots = new Slots(2);
    const order: string[] = [];
    let running = 0;
    let most = 0;
    const task = (name: string) => async (): Promise<void> => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      order.push(name);
      running--;
      if (name === 'b') throw new Error(name);
    };
    const results = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((name) => slots.run(task(name))));
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(most).toBe(2);
  });
});
