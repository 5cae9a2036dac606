import fc from 'fast-check';
import type { Position } from '../../src/event-store/position.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import { messageBytes } from '../../src/messaging/publish-limits.js';
import type { TransportMessage } from '../../src/messaging/transport.js';
import { Bell } from '../../src/relay/bell.js';
import { ByteBudget } from '../../src/relay/byte-budget.js';
import { cutBatches, sliceBatch } from '../../src/messaging/cut-batches.js';
import { locateRefusal } from '../../src/messaging/locate-refusal.js';
import { nextPollMs, planReadLimit, planReadRound, sortPage } from '../../src/relay/read-round.js';
import { DEFAULT_RELAY_TUNING, resolveRelayOptions, type RelayOptions } from '../../src/relay/relay-options.js';
import { silentTelemetry } from '../../src/telemetry/telemetry.js';
import { within } from '../../src/support/within.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

const message = (id: string, data = ''): TransportMessage => ({ orderingKey: 's0', data, attributes: { 'ce-id': id } });
const event = (shard: number, eventId: string): StoredEvent => ({
  eventId,
  shard,
  type: 't',
  data: '',
  metadata: '',
  streamId: 's',
  version: 1,
  position: eventId as Position,
});

describe('cutting batches', () => {
  it('keeps order and everything, within both limits, and no batch could take the next message too', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 200 }), (data, maxMessages, maxBytes) => {
        const messages = data.map((text, at) => message(`e${at}`, text));
        const batches = cutBatches(messages, { maxMessages, maxBytes });
        expect(batches.flatMap((batch) => batch.messages)).toEqual(messages);
        batches.forEach((batch, at) => {
          expect(batch.bytes).toBe(batch.messages.reduce((sum, m) => sum + messageBytes(m), 0));
          expect(batch.messages.length).toBeLessThanOrEqual(maxMessages);
          if (batch.messages.length > 1) expect(batch.bytes).toBeLessThanOrEqual(maxBytes);
          const next = batches[at + 1]?.messages[0];
          if (next) expect(batch.messages.length === maxMessages || batch.bytes + messageBytes(next) > maxBytes).toBe(true);
        });
      }),
    );
  });

  it('measures a part of a batch anew', () => {
    const [batch] = cutBatches([message('a', '1'), message('b', '22'), message('c', '333')], { maxMessages: 9, maxBytes: 999 });
    const [part] = cutBatches([message('b', '22')], { maxMessages: 9, maxBytes: 999 });
    expect(sliceBatch(batch!, 1, 2)).toEqual(part);
  });
});

describe('planning a read', () => {
  const shards = [{ shard: 0, position: 'p' as Position }, { shard: 2 }, { shard: 5 }];

  it('covers all shards after their positions', () => {
    expect(planReadRound(shards, undefined)).toEqual([{ shard: 0, after: 'p' }, { shard: 2 }, { shard: 5 }]);
  });

  it('covers those not reached after a page that was cut, then all again', () => {
    expect(planReadRound(shards, 0)).toEqual([{ shard: 2 }, { shard: 5 }]);
    expect(planReadRound(shards, 5)).toHaveLength(3);
  });

  it('a full page was read to the end in the shards before its last event only', () => {
    const page = sortPage(planReadRound(shards, undefined), [event(0, 'a'), event(0, 'b'), event(2, 'c')], 3);
    expect(page).toEqual({
      reached: 2,
      ended: [0],
      found: new Map([
        [0, [event(0, 'a'), event(0, 'b')]],
        [2, [event(2, 'c')]],
      ]),
    });
  });

  it('a page that is not full was read to the end everywhere', () => {
    expect(sortPage(planReadRound(shards, undefined), [event(2, 'c')], 3)).toMatchObject({ reached: undefined, ended: [0, 2, 5] });
  });

  it('reads no more events than fit into the bytes, at the size of the last ones; at least one', () => {
    expect([planReadLimit(1000, 1e6, 100), planReadLimit(1000, 1e6, 1e4), planReadLimit(1000, 1e6, 1e7)]).toEqual([1000, 100, 1]);
  });

  it('waits twice as long each time, within the bounds', () => {
    const poll = { minMs: 20, maxMs: 100 };
    expect([0, 20, 40, 80, 100].map((last) => nextPollMs(last, poll))).toEqual([20, 40, 80, 100, 100]);
  });
});

describe('locating a refusal', () => {
  const batch = ['a', 'b', 'c', 'd'].map((id) => message(id));

  it.each([
    [{ eventId: 'c' }, { accepted: 0, refusedAt: 2 }],
    [
      { eventId: 'c', acceptedCount: 2 },
      { accepted: 2, refusedAt: 2 },
    ],
    [
      { eventId: 'd', acceptedCount: 1 },
      { accepted: 1, refusedAt: 3 },
    ],
    [{ acceptedCount: 1 }, { accepted: 1, refusedAt: undefined }],
    [{ acceptedCount: 3 }, { accepted: 3, refusedAt: 3 }],
    [{}, { accepted: 0, refusedAt: undefined }],
    [
      { eventId: 'elsewhere', acceptedCount: 4 },
      { accepted: 0, refusedAt: undefined },
    ],
    [
      { eventId: 'a', acceptedCount: 1.5 },
      { accepted: 0, refusedAt: 0 },
    ],
  ])('%j', (details, wanted) => {
    expect(locateRefusal(batch, details)).toEqual(wanted);
  });

  it('a batch of one is its own place', () => {
    expect(locateRefusal([message('a')], {})).toEqual({ accepted: 0, refusedAt: 0 });
  });
});

describe('the byte budget', () => {
  it('admits in order while the bytes fit, lets a larger task run alone, and frees what failed', async () => {
    const budget = new ByteBudget(10);
    const started: string[] = [];
    const ends = new Map<string, (error?: Error) => void>();
    const run = (name: string, bytes: number): Promise<void> =>
      budget.run(bytes, () => {
        started.push(name);
        return new Promise((resolve, reject) => ends.set(name, (error) => (error ? reject(error) : resolve())));
      });
    const tasks = [run('a', 6), run('b', 4), run('large', 50), run('c', 1)];
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await turn();
    expect(started).toEqual(['a', 'b']);
    ends.get('a')!(new Error('failed'));
    await expect(tasks[0]).rejects.toThrow('failed');
    await turn();
    expect(started).toEqual(['a', 'b']);
    ends.get('b')!();
    await turn();
    expect(started).toEqual(['a', 'b', 'large']);
    ends.get('large')!();
    await turn();
    expect(started).toEqual(['a', 'b', 'large', 'c']);
    ends.get('c')!();
    await Promise.all(tasks.slice(1));
  });
});

describe('waiting', () => {
  it('a ring ends the wait, and one before it is kept', async () => {
    const clock = new FakeClock();
    const bell = new Bell(clock);
    const rang = bell.wait(100);
    bell.ring();
    expect(await rang).toBe(true);
    bell.ring();
    expect(await bell.wait(100)).toBe(true);
    const quiet = bell.wait(100);
    await clock.advance(100);
    expect(await quiet).toBe(false);
    expect(clock.sleeping).toBe(0);
  });

  it('within says whether the promise was in time, passes its error on, and leaves no timer', async () => {
    const clock = new FakeClock();
    expect(await within(clock, 100, Promise.resolve(1))).toBe(true);
    await expect(within(clock, 100, Promise.reject(new Error('no')))).rejects.toThrow('no');
    const late = within(clock, 100, new Promise(() => undefined));
    await clock.advance(100);
    expect(await late).toBe(false);
    expect(clock.sleeping).toBe(0);
  });
});

describe('options', () => {
  it.each([
    [{ owner: '' }, 'relay.owner'],
    [{ leaseMs: 999 }, 'relay.leaseMs'],
    [{ batchMessages: 1001 }, 'relay.batchMessages'],
    [{ batchBytes: 9_000_001 }, 'relay.batchBytes'],
    [{ maxInFlightBytes: 0 }, 'relay.maxInFlightBytes'],
    [{ poll: { minMs: 50, maxMs: 20 } }, 'relay.poll.minMs'],
    [{ publishDeadlineMs: NaN }, 'relay.publishDeadlineMs'],
  ])('%j is refused by path, value and bound', (options, path) => {
    const wanted = expect.objectContaining({ code: 'OPTION_INVALID', details: expect.objectContaining({ path }) });
    expect(() => resolveRelayOptions({ owner: 'r', ...options } as RelayOptions)).toThrow(wanted);
  });

  it('have defaults', () => {
    expect(resolveRelayOptions({ owner: 'r' } as RelayOptions)).toEqual({
      owner: 'r',
      telemetry: silentTelemetry,
      ...DEFAULT_RELAY_TUNING,
    });
  });
});
