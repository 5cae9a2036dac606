import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Eventspan, memory, printable, renderTrace, traceCorrelation, type EventStore, type StoreProvider, type Trace } from 'eventspan';
import { spanner } from 'eventspan/spanner';
import { sqlite } from 'eventspan/sqlite';
import { FakeClock } from 'eventspan/testing';
import { systemEnvironment } from '../../src/application/environment.js';
import { DEAD_LETTER_CONTENTS, DEAD_LETTERS, TASKS, TIMERS } from '../../src/event-store/messaging-tables.js';
import { DISCARDED_EVENTS, PARKED_STREAMS, PROJECTIONS } from '../../src/event-store/system-tables.js';
import type { RowChange } from '../../src/event-store/read-models.js';
import { shardOf } from '../../src/event-store/shard.js';
import { buildTraceTree } from '../../src/history/trace/trace-tree.js';
import { traceEventOf } from '../../src/history/trace/trace-event.js';
import { Count, Counter } from '../application/counter-domain.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';

const folder = mkdtempSync(join(tmpdir(), 'tracing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A store and a clock that goes on by so many milliseconds before each append. */
class Log {
  readonly clock: FakeClock;
  store!: EventStore;

  private constructor(clock: FakeClock) {
    this.clock = clock;
  }

  static async open(provider: StoreProvider, clock = new FakeClock()): Promise<Log> {
    const log = new Log(clock);
    const environment = systemEnvironment({ clock });
    await provider.migrate(environment);
    log.store = await provider.open(environment);
    return log;
  }

  async append(id: string, streamId: string, what: { type: string; metadata?: object; data?: unknown; afterMs?: number }): Promise<void> {
    const { type, metadata = {}, data = {}, afterMs = 0 } = what;
    await this.clock.advance(afterMs);
    const text = { correlationId: 'c-1', time: '2026-01-01T00:00:00.000Z', schemaVersion: 1, ...metadata };
    const event = { eventId: id, type, data: JSON.stringify(data), metadata: JSON.stringify(text) };
    await this.store.append({ writes: [{ streamId, expectedVersion: 'any', events: [event] }] });
  }

  async write(...changes: readonly RowChange[]): Promise<void> {
    await (await this.store.readModels.openBatch({ rows: 'shared' })).commit(changes);
  }

  async position(streamId: string, version: number): Promise<string> {
    for await (const event of this.store.readStream(streamId, { fromVersion: version, limit: 1 })) return event.position;
    throw new Error('there is none');
  }

  async pass(consumer: string, streamId: string, version: number): Promise<void> {
    const shard = shardOf(streamId, this.store.shardCount);
    const [cursor] = await this.store.cursors.take(consumer, 'me', [{ shard, token: 0 }]);
    const position = (await this.position(streamId, version)) as never;
    await this.store.cursors.advance([{ consumer, shard, token: cursor?.token ?? 0, position }]);
  }
}

/** An order over a process manager, with a refusal, a task, a timer that fired and one that did not. */
async function checkout(log: Log): Promise<void> {
  const process = { processName: 'checkout', processId: '7' };
  await log.append('e1', 'order-7', {
    type: 'order.placed',
    metadata: { commandId: 'place-7', causationId: 'place-7', actor: 'ada', source: 'shop' },
  });
  await log.append('x1', 'order-8', { type: 'order.placed', metadata: { correlationId: 'c-2', commandId: 'place-8' } });
  await log.append('p1', 'checkout-7', { type: 'eventspan.process-advanced', metadata: { causationId: 'e1', ...process }, afterMs: 5 });
  await log.append('s1', 'eventspan.command-pay-7', {
    type: 'eventspan.command-sent',
    metadata: { causationId: 'e1', ...process },
    data: { name: 'payment.take', schemaVersion: 1, data: {}, commandId: 'pay-7' },
  });
  await log.append('e2', 'payment-7', {
    type: 'payment.taken',
    metadata: { commandId: 'pay-7', causationId: 's1', ...process },
    afterMs: 7,
  });
  await log.append('o1', 'eventspan.command-pay-7', {
    type: 'eventspan.command-executed',
    metadata: { causationId: 's1', ...process },
    data: { commandId: 'pay-7', name: 'payment.take', events: 1 },
    afterMs: 1,
  });
  await log.append('p2', 'checkout-7', { type: 'eventspan.process-advanced', metadata: { causationId: 'e2', ...process }, afterMs: 2 });
  await log.append('s2', 'eventspan.command-ship-7', {
    type: 'eventspan.command-sent',
    metadata: { causationId: 'e2', ...process },
    data: { name: 'parcel.ship', schemaVersion: 1, data: {}, commandId: 'ship-7' },
  });
  await log.append('o2', 'eventspan.command-ship-7', {
    type: 'eventspan.command-refused',
    metadata: { causationId: 's2', ...process },
    data: { commandId: 'ship-7', name: 'parcel.ship', code: 'OUT_OF_STOCK', message: 'none left' },
    afterMs: 3,
  });
  await log.append('p3', 'checkout-7', { type: 'eventspan.process-advanced', metadata: { causationId: 'o2', ...process }, afterMs: 1 });
  await log.append('t1', 'eventspan.task-mail-7', {
    type: 'eventspan.task-enqueued',
    metadata: { causationId: 'e1' },
    data: { name: 'mail.send' },
    afterMs: 1,
  });
  await log.append('f1', 'eventspan.timer-9', { type: 'order.reminded', metadata: { causationId: 'e1', ...process }, afterMs: 1_000 });
  const metadata = JSON.stringify({ correlationId: 'c-1', causationId: 'o2', ...process });
  await log.write(
    {
      kind: 'insert',
      table: TIMERS,
      row: {
        shard: 3,
        due_at: new Date('2026-02-01T00:00:00Z'),
        timer_id: 'late',
        type: 'order.expired',
        data: '{}',
        metadata,
        created_at: new Date('2026-01-01T00:00:00.019Z'),
      },
    },
    {
      kind: 'insert',
      table: TIMERS,
      row: {
        shard: 3,
        due_at: new Date('2026-02-01T00:00:00Z'),
        timer_id: 'other',
        type: 'order.expired',
        metadata: '{"correlationId":"c-2"}',
        created_at: new Date(),
      },
    },
    {
      kind: 'insert',
      table: TASKS,
      row: { queue: 'mail', task_id: 'mail-7', state: 'waiting', attempts: 2, code: 'ECONNREFUSED', message: 'no answer' },
    },
  );
}

const TREE = `Correlation c-1: 11 events in 1020 ms, from 2026-01-01T00:00:00.000000000Z

+0 ms     command  place-7  by ada, in shop
+0 ms       event order.placed  order-7 version 1  by ada, in shop
                waiting: relay
+5 ms         process checkout advanced  checkout-7 version 1
                  waiting: relay
+5 ms           command payment.take  pay-7  sent by checkout/7
                    executed at +13 ms, 1 events
                    waiting: relay
+12 ms            event payment.taken  payment-7 version 1
                      waiting: relay
+15 ms              process checkout advanced  checkout-7 version 2
                        waiting: relay
+15 ms                command parcel.ship  ship-7  sent by checkout/7
                          refused at +18 ms: OUT_OF_STOCK none left
                          waiting: relay
+19 ms                  process checkout advanced  checkout-7 version 3
                            waiting: relay
+19 ms                    timer order.expired  late  due at 2026-02-01T00:00:00.000Z, sent by checkout/7
+1020 ms        timer order.reminded  eventspan.timer-9 version 1  sent by checkout/7
                    waiting: relay
+20 ms        task mail.send  eventspan.task-mail-7 version 1
                  waiting in the queue mail, 2 attempts: ECONNREFUSED no answer
                  waiting: relay`;

const homes: readonly (readonly [string, () => StoreProvider])[] = [
  ['memory', () => memory({ shards: 4 })],
  ['sqlite', () => sqlite(join(folder, 'log.db'), { shards: 4 })],
];

describe.each(homes)('[%s] the trace of a correlation', (_, provider) => {
  it('is the tree of commands, events, steps, tasks and timers, with their times', async () => {
    const log = await Log.open(provider());
    await checkout(log);
    const trace = await traceCorrelation(log.store, 'c-1');
    expect(renderTrace(trace)).toBe(TREE);
    expect(trace).toMatchObject({ correlationId: 'c-1', events: 11, read: 12, isCut: false });
    expect(trace.entries.find(({ id }) => id === 'ship-7')).toEqual({
      kind: 'command',
      id: 'ship-7',
      name: 'parcel.ship',
      depth: 6,
      parent: 5,
      at: '2026-01-01T00:00:00.015001000Z',
      afterMs: 15,
      sentBy: 'checkout/7',
      place: { eventId: 's2', type: 'eventspan.command-sent', streamId: 'eventspan.command-ship-7', version: 1, shard: expect.any(Number) },
      outcome: { kind: 'refused', at: '2026-01-01T00:00:00.018000000Z', afterMs: 18, code: 'OUT_OF_STOCK', message: 'none left' },
      deliveries: [{ consumer: 'relay', state: 'waiting' }],
    });
    await log.store.close();
  });
});

describeWithEmulator('spanner', 'the trace of a correlation', () => {
  it('has the same shape there', async () => {
    const provider = spanner({
      project: 'test',
      instance: 'eventspan',
      database: uniqueName('db'),
      emulatorHost: await emulatorHost('spanner'),
    });
    const clock = new FakeClock();
    await provider.migrate(systemEnvironment());
    const log = await Log.open(provider, clock);
    await checkout(log);
    const { entries } = await traceCorrelation(log.store, 'c-1');
    const shape = entries.map(({ depth, kind, id, name }) => [depth, kind, id, name]);
    const reference = await Log.open(memory(), new FakeClock());
    await checkout(reference);
    const expected = (await traceCorrelation(reference.store, 'c-1')).entries.map(({ depth, kind, id, name }) => [depth, kind, id, name]);
    expect(shape).toEqual(expected);
    await log.store.close();
  });
});

describe('a process step in a trace', () => {
  it('says what the process is after it, and has under it what it sent, also where the command has another cause', async () => {
    const log = await Log.open(memory());
    await log.append('e1', 'order-7', { type: 'order.placed' });
    await log.append('p1', 'checkout-7', {
      type: 'eventspan.process-advanced',
      metadata: { causationId: 'request' },
      data: {
        process: 'checkout',
        processId: '7',
        message: { eventId: 'e1' },
        sent: [{ commandId: 'undo-7', name: 'payment.refund' }, null, 7],
        record: { status: 'compensating', state: 'x'.repeat(1_000) },
      },
    });
    await log.append('s1', 'eventspan.command-undo-7', {
      type: 'eventspan.command-sent',
      metadata: { causationId: 'elsewhere' },
      data: { name: 'payment.refund', commandId: 'undo-7', data: { secret: 'x'.repeat(1_000) } },
    });
    await log.append('f1', 'eventspan.timer-1', {
      type: 'order.reminded',
      metadata: { causationId: 'e1', processName: 'checkout', processId: '7' },
    });
    const trace = await traceCorrelation(log.store, 'c-1');
    expect(trace.entries.map(({ id, depth, status, cause }) => ({ id, depth, status, cause }))).toEqual([
      { id: 'e1', depth: 0 },
      { id: 'p1', depth: 0, status: 'compensating', cause: 'request' },
      { id: 'undo-7', depth: 1 },
      { id: 'f1', depth: 1 },
    ]);
    expect(renderTrace(trace)).toContain('process checkout advanced  checkout-7 version 1  now compensating');
    expect(
      traceEventOf(
        {
          eventId: 'e',
          type: 'eventspan.command-sent',
          streamId: 's',
          version: 1,
          shard: 0,
          position: '' as never,
          data: '{"commandId":"c","data":{"a":1}}',
          metadata: '{"correlationId":"c-1"}',
        },
        'c-1',
      )?.payload,
    ).toEqual({ commandId: 'c' });
  });
});

describe('deliveries in a trace', () => {
  it('say which cursors have passed, and what is parked, behind it, discarded', async () => {
    const log = await Log.open(memory({ shards: 1 }));
    for (const version of [1, 2, 3, 4]) await log.append(`e${version}`, 'order-1', { type: 'order.noted', afterMs: version });
    await log.pass('relay', 'order-1', 3);
    await log.pass('projector:orders:v1', 'order-1', 4);
    await log.pass('consumer.mail', 'order-1', 1);
    const at = new Date('2026-01-01T00:00:09Z');
    await log.write(
      { kind: 'insert', table: PROJECTIONS, row: { projector: 'orders', version: 1, run: 0, state: 'live' } },
      { kind: 'insert', table: PROJECTIONS, row: { projector: 'orders', version: 0, run: 0, state: 'head' } },
      { kind: 'insert', table: PROJECTIONS, row: { projector: 'gone', version: 1, run: 0, state: 'dropped' } },
      {
        kind: 'insert',
        table: PARKED_STREAMS,
        row: {
          consumer: 'projector:orders:v1',
          shard: 0,
          stream_id: 'order-1',
          version: 3,
          reason: 'failed',
          code: 'E1',
          message: 'bad \u001b[2J row',
          parked_at: at,
        },
      },
      {
        kind: 'insert',
        table: DISCARDED_EVENTS,
        row: { consumer: 'projector:orders:v1', stream_id: 'order-1', version: 2, reason: 'never mind', discarded_at: at },
      },
    );
    const { entries } = await traceCorrelation(log.store, 'c-1', { consumers: [{ name: 'consumer.mail' }] });
    const states = entries.map(({ deliveries }) => Object.fromEntries(deliveries.map(({ consumer, state }) => [consumer, state])));
    expect(states).toEqual([
      { 'consumer.mail': 'passed', 'projector:orders:v1': 'passed', relay: 'passed' },
      { 'consumer.mail': 'waiting', 'projector:orders:v1': 'discarded', relay: 'passed' },
      { 'consumer.mail': 'waiting', 'projector:orders:v1': 'parked', relay: 'passed' },
      { 'consumer.mail': 'waiting', 'projector:orders:v1': 'behind-parked', relay: 'waiting' },
    ]);
    expect(entries[2]?.deliveries[1]).toEqual({
      consumer: 'projector:orders:v1',
      state: 'parked',
      reason: 'failed',
      code: 'E1',
      message: 'bad \u001b[2J row',
      at: '2026-01-01T00:00:09.000Z',
    });
  });

  it('look at the one cursor of a consumer that goes through the log in one order', async () => {
    const log = await Log.open(memory({ shards: 8 }));
    const streams = ['a-1', 'a-2', 'a-3', 'a-4'];
    for (const streamId of streams) await log.append(streamId, streamId, { type: 'noted', afterMs: 1 });
    const [cursor] = await log.store.cursors.take('projector:all:v1', 'me', [{ shard: 0, token: 0 }]);
    const position = (await log.position('a-2', 1)) as never;
    await log.store.cursors.advance([{ consumer: 'projector:all:v1', shard: 0, token: cursor?.token ?? 0, position }]);
    await log.write({ kind: 'insert', table: PROJECTIONS, row: { projector: 'all', version: 1, run: 0, state: 'live' } });
    const consumers = [{ name: 'projector:all:v1', order: 'global' as const }];
    const { entries } = await traceCorrelation(log.store, 'c-1', { consumers });
    expect(entries.map(({ deliveries }) => deliveries[0]?.state)).toEqual(['passed', 'passed', 'waiting', 'waiting']);
  });
});

describe('dead letters in a trace', () => {
  it('are those of its correlation', async () => {
    const log = await Log.open(memory());
    const letter = (id: string, correlationId: string): readonly RowChange[] => {
      const key = { consumer: 'mail', message_id: id };
      const failure = { reason: 'failed', code: 'E1', message: 'no \u001b[2J answer', failed_at: new Date('2026-01-01T00:00:09Z') };
      const attributes = JSON.stringify({ 'ce-correlationid': correlationId });
      return [
        { kind: 'insert', table: DEAD_LETTERS, row: { ...key, type: 'orders.placed', ...failure } },
        { kind: 'insert', table: DEAD_LETTER_CONTENTS, row: { ...key, attributes } },
      ];
    };
    await log.write(...letter('m-1', 'c-1'), ...letter('m-2', 'c-2'), {
      kind: 'insert',
      table: DEAD_LETTERS,
      row: { consumer: 'mail', message_id: 'm-3' },
    });
    const trace = await traceCorrelation(log.store, 'c-1');
    expect(trace.deadLetters).toEqual([
      {
        consumer: 'mail',
        messageId: 'm-1',
        type: 'orders.placed',
        reason: 'failed',
        code: 'E1',
        message: 'no \u001b[2J answer',
        at: '2026-01-01T00:00:09.000Z',
      },
    ]);
    expect(renderTrace(trace)).toContain(
      'dead letter  orders.placed  m-1  of mail since 2026-01-01T00:00:09.000Z: failed E1 no \\u001b[2J answer',
    );
  });
});

describe('the bounds of a trace', () => {
  it('are the times of commits, both included', async () => {
    const log = await Log.open(memory({ shards: 2 }));
    for (const at of [1, 2, 3, 4]) await log.append(`e${at}`, `s-${at}`, { type: 'noted', afterMs: 1_000 });
    const ids = async (bounds: object): Promise<string[]> => (await traceCorrelation(log.store, 'c-1', bounds)).entries.map(({ id }) => id);
    expect(await ids({ since: '2026-01-01T00:00:02Z' })).toEqual(['e2', 'e3', 'e4']);
    expect(await ids({ since: '2026-01-01T00:00:02.000000001Z' })).toEqual(['e3', 'e4']);
    expect(await ids({ until: '2026-01-01T00:00:03Z', since: '2026-01-01T00:00:02Z' })).toEqual(['e2', 'e3']);
    await expect(ids({ since: 'yesterday' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(ids({ maxEvents: 0 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(traceCorrelation(log.store, '')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('are a number of events, and the trace says that there are more', async () => {
    const log = await Log.open(memory({ shards: 2 }));
    for (const at of [1, 2, 3]) await log.append(`e${at}`, `s-${at}`, { type: 'noted', afterMs: 1 });
    const trace = await traceCorrelation(log.store, 'c-1', { maxEvents: 2 });
    expect(trace).toMatchObject({ events: 2, isCut: true });
    expect(renderTrace(trace)).toContain('There are more events');
  });

  it('leave nothing to show where nothing has the id', async () => {
    const log = await Log.open(memory());
    await log.append('e1', 's-1', { type: 'noted' });
    expect(renderTrace(await traceCorrelation(log.store, 'nobody'))).toBe('Nothing with the correlation id nobody in 1 events of the log.');
  });
});

describe('hostile records in a trace', () => {
  const event = (id: string, metadata: object) => ({
    eventId: id,
    type: 'noted',
    streamId: `s-${id}`,
    version: 1,
    shard: 0,
    position: `2026-01-01T00:00:00.00000000${id.slice(1, 2)}Z/000000/1/s-${id}` as never,
    metadata: { correlationId: 'c-1', ...metadata },
    payload: {},
  });

  it('lead in circles, and end at a root', () => {
    const tree = buildTraceTree([
      event('e1', { causationId: 'e3' }),
      event('e2', { causationId: 'e1' }),
      event('e3', { causationId: 'e2' }),
    ]);
    expect(tree.map(({ entry }) => [entry.id, entry.depth])).toEqual([
      ['e3', 0],
      ['e1', 1],
      ['e2', 2],
    ]);
    expect(buildTraceTree([event('e1', { causationId: 'e1' })]).map(({ entry }) => entry.depth)).toEqual([0]);
  });

  it('are one chain of ten thousand, and are shown without falling over', () => {
    const chain = Array.from({ length: 10_000 }, (_, at) => ({ ...event('e1', { causationId: `n${at - 1}` }), eventId: `n${at}` }));
    const tree = buildTraceTree(chain);
    expect(tree.at(-1)?.entry.depth).toBe(9_999);
    const trace: Trace = {
      correlationId: 'c-1',
      entries: tree.map(({ entry }) => ({ ...entry, deliveries: [] })),
      events: 10_000,
      read: 10_000,
      deadLetters: [],
      isCut: false,
    };
    expect(renderTrace(trace).split('\n')).toHaveLength(10_002);
    expect(() => JSON.stringify(trace)).not.toThrow();
  });

  it('have metadata that is none, or a correlation id written with escapes', () => {
    const stored = { eventId: 'e', type: 't', streamId: 's', version: 1, shard: 0, position: '' as never, data: '{}' };
    expect(traceEventOf({ ...stored, metadata: '"c-1"' }, 'c-1')).toBeUndefined();
    expect(traceEventOf({ ...stored, metadata: '{"correlationId":"c-1"' }, 'c-1')).toBeUndefined();
    expect(traceEventOf({ ...stored, metadata: '{"causationId":"c-1"}' }, 'c-1')).toBeUndefined();
    expect(traceEventOf({ ...stored, metadata: '{"correlationId":"\\u0063-1"}' }, 'c-1')).toMatchObject({ eventId: 'e' });
    expect(
      traceEventOf({ ...stored, type: 'eventspan.command-sent', data: '[1', metadata: '{"correlationId":"c-1"}' }, 'c-1')?.payload,
    ).toEqual({});
  });

  it('have control characters in ids and names, which a terminal shows and does not obey', async () => {
    const log = await Log.open(memory());
    const evil = '\u001b]0;owned\u0007\u009b31m\u202e';
    const metadata = { causationId: `x${evil}`, actor: evil, source: evil, processName: evil, processId: evil };
    await log.append('s1', 'eventspan.command-1', {
      type: 'eventspan.command-sent',
      metadata,
      data: { name: `pay${evil}`, commandId: `c${evil}` },
    });
    await log.append('o1', 'eventspan.command-1', {
      type: 'eventspan.command-refused',
      data: { name: 'pay', commandId: `c${evil}`, code: evil, message: evil },
    });
    const text = renderTrace(await traceCorrelation(log.store, 'c-1'));
    // eslint-disable-next-line no-control-regex
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('pay\\u001b]0;owned\\u0007\\u009b31m\\u202e');
  });

  it('stay JSON when they are made printable', () => {
    const value = { text: '\u009b2J\u2028\u202e\u001b\ud800' };
    expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
    expect(printable('plain äöü 🏦')).toBe('plain äöü 🏦');
  });
});

describe('the trace of an application', () => {
  it('shows a command with its events and the projections', async () => {
    const store = memory({ shards: 2 });
    const app = await Eventspan.open({ store, aggregates: [Counter], roles: ['commands'], name: 'counting' });
    await app.execute(new Count('1', 5), { commandId: 'count-1', metadata: { correlationId: 'c-1', actor: 'ada' } });
    const { entries } = await traceCorrelation(app.store, 'c-1');
    expect(entries.map(({ kind, id, name, depth, actor, source }) => ({ kind, id, name, depth, actor, source }))).toEqual([
      { kind: 'command', id: 'count-1', name: undefined, depth: 0, actor: 'ada', source: 'counting' },
      { kind: 'event', id: expect.any(String), name: 'counter.counted', depth: 1, actor: 'ada', source: 'counting' },
    ]);
    await app.stop();
  });
});
