import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { Command, commandHandler, EventspanError, inProcess, memory } from 'eventspan';
import { FakeClock } from 'eventspan/testing';
import { until } from '../support/until.js';
import { BillDue, MailBill, openBilling, runBilling, type Handlers } from './support/engines-run.js';
import { Recorder } from './support/recorder.js';

@Command('ledger.note')
class Note {}

let recorder: Recorder;
beforeEach(() => {
  recorder = new Recorder();
});
afterEach(() => recorder[Symbol.asyncDispose]());

const named = (name: string): ReadableSpan[] => recorder.spans.filter((span) => span.name === name);
const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;
const traceOf = (span: ReadableSpan): string => span.spanContext().traceId;
const idOf = (span: ReadableSpan): string => span.spanContext().spanId;

const TRACES = ['1', '2', '3'].map((digit) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`);
const traceIdIn = (traceparent: string): string => traceparent.slice(3, 35);

/** A message is answered with a task, the task with a timer, its message with a command. */
const CHAIN: Handlers = {
  bank: ({ bill }, context) => void context.enqueue(new MailBill(bill)),
  mails: ({ bill }, context) => void context.schedule(new BillDue(bill), { in: 1 }),
  ledger: (_, { send }) => void send(new Note()),
};

describe('one trace', () => {
  it('leads from a message over a task, a timer and a consumer to a command', async () => {
    const noted: object[] = [];
    const { app, pay } = await openBilling(recorder, CHAIN, {
      commandHandlers: [commandHandler(Note, (command) => void noted.push(command))],
    });
    await app.start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await pay('b', { traceparent, tracestate: 'vendor=1' });
    await until(() => noted.length === 1 && named('eventspan.handle commands.billing').length === 1, 'the command was executed');
    await app.stop();
    const payments = recorder.span('eventspan.handle consumer.payments');
    const mail = recorder.span('eventspan.handle queue.mails');
    const timer = recorder.span('eventspan.handle eventspan.timers');
    const ledger = recorder.span('eventspan.handle consumer.ledger');
    const dispatch = recorder.span('eventspan.handle commands.billing');
    expect(parentOf(payments)).toBe('b7ad6b7169203331');
    expect(parentOf(mail)).toBe(idOf(payments));
    expect(parentOf(timer)).toBe(idOf(mail));
    expect(parentOf(ledger)).toBe(idOf(mail));
    expect(parentOf(dispatch)).toBe(idOf(ledger));
    expect(new Set([payments, mail, timer, ledger, dispatch].map(traceOf))).toEqual(new Set([traceparent.slice(3, 35)]));
    expect(mail.attributes).toMatchObject({ 'eventspan.events': 1, 'eventspan.event.type': 'bill.mail' });
  });

  it('leads from a request over what it enqueues and schedules', async () => {
    const { app } = await openBilling(recorder);
    await recorder.request('POST /bills', async () => {
      await app.enqueue(new MailBill('b'));
      await app.timers.schedule({ message: new BillDue('b'), in: 1 });
    });
    await app.start();
    await until(
      () => named('eventspan.handle consumer.ledger').length === 1 && named('eventspan.handle queue.mails').length === 1,
      'all is done',
    );
    const request = recorder.span('POST /bills');
    for (const name of ['queue.mails', 'eventspan.timers', 'consumer.ledger']) {
      expect(parentOf(recorder.span(`eventspan.handle ${name}`))).toBe(idOf(request));
    }
  });

  it('is kept by each of the messages that are handled as one batch', async () => {
    const { mails: _, ...handlers } = CHAIN;
    const { app, pay } = await openBilling(recorder, handlers);
    await app.start();
    await Promise.all(TRACES.map((traceparent, at) => pay(`b-${at}`, { traceparent })));
    await until(() => named('eventspan.handle queue.mails').length === 3, 'all tasks are done');
    expect(named('eventspan.handle queue.mails').map(traceOf).toSorted()).toEqual(TRACES.map(traceIdIn));
    const batch = named('eventspan.handle consumer.payments').filter(({ links }) => links.length > 0);
    expect(batch.map(({ attributes }) => attributes['eventspan.events'])).toEqual([3]);
  });

  it('is kept by each of the events that are handled as one batch', async () => {
    const handlers: Handlers = { ledger: ({ bill }, { enqueue }) => void enqueue(new MailBill(bill)) };
    const { app } = await openBilling(recorder, handlers);
    const events = TRACES.map((traceparent, at) => {
      const metadata = JSON.stringify({ correlationId: 'c', source: 's', time: '2026-01-01T00:00:00.000Z', schemaVersion: 1, traceparent });
      return { eventId: `e-${at}`, type: 'bill.due', data: '{"bill":"b"}', metadata };
    });
    await app.store.append({ writes: [{ streamId: 'bills', expectedVersion: 'none', events }] });
    await app.start();
    await until(() => named('eventspan.handle queue.mails').length === 3, 'all tasks are done');
    expect(named('eventspan.handle queue.mails').map(traceOf).toSorted()).toEqual(TRACES.map(traceIdIn));
    expect(named('eventspan.handle consumer.ledger')).toHaveLength(4);
  });

  it('shows what failed', async () => {
    await runBilling(recorder);
    const failed = (name: string): unknown[] => named(name).flatMap(({ attributes }) => attributes['error.type'] ?? []);
    expect(failed('eventspan.handle queue.mails')).toEqual(expect.arrayContaining(['Error', 'Error']));
    expect(failed('eventspan.handle consumer.payments')).toContain('Error');
    expect(named('eventspan.handle eventspan.timers')).toHaveLength(1);
  });
});

describe('metrics of queues, topics, timers and circuits', () => {
  it('say what the engines have found', async () => {
    await runBilling(recorder);
    expect(await recorder.sum('eventspan.queue.tasks', { 'eventspan.queue': 'mails' })).toBe(1);
    expect(await recorder.sum('eventspan.queue.lag.seconds', { 'eventspan.queue': 'mails' })).toBeGreaterThanOrEqual(0);
    expect(await recorder.sum('eventspan.dead_letters')).toBe(2);
    expect(await recorder.sum('eventspan.consumer.circuit', { 'eventspan.consumer': 'consumer.payments' })).toBe(0);
    expect(await recorder.sum('eventspan.consumer.circuit', { 'eventspan.consumer': 'consumer.ledger' })).toBe(1);
    expect(await recorder.sum('eventspan.timers.fired')).toBe(1);
    expect(await recorder.sum('eventspan.timers.delay.seconds')).toBe(1);
    expect(await recorder.sum('eventspan.timers.due')).toBe(0);
    expect(await recorder.sum('eventspan.timers.lag.seconds')).toBe(0);
  });

  it('show timers that are due and do not fire, and since when', async () => {
    let isAway = false;
    const provider = memory({ shards: 1 });
    const open = provider.open.bind(provider);
    provider.open = async (environment) => {
      const store = await open(environment);
      const append = store.append.bind(store);
      store.append = (...args) => (isAway ? Promise.reject(new EventspanError('STORE_UNAVAILABLE', { reason: 'away' })) : append(...args));
      return store;
    };
    const { app } = await openBilling(recorder, {}, { store: provider, roles: ['timers'] });
    await app.start();
    isAway = true;
    for (const bill of ['a', 'b']) await app.timers.schedule({ message: new BillDue(bill), in: 1 });
    await until(async () => (await recorder.sum('eventspan.timers.due')) === 2, 'both are due');
    expect(await recorder.sum('eventspan.timers.lag.seconds')).toBeGreaterThan(0);
    isAway = false;
    await until(async () => (await recorder.sum('eventspan.timers.fired')) === 2, 'both have fired');
    expect(await recorder.sum('eventspan.timers.due')).toBe(0);
    expect(await recorder.sum('eventspan.timers.lag.seconds')).toBe(0);
  });
});

describe('app.health()', () => {
  it('knows when the loops of timers, queues and consumers of topics stand still', async () => {
    let gate = Promise.resolve();
    let release = (): void => undefined;
    const provider = memory({ shards: 1 });
    const open = provider.open.bind(provider);
    provider.open = async (environment) => {
      const store = await open(environment);
      const readRanges = store.readModels.readRanges.bind(store.readModels);
      const scan = store.readModels.scan.bind(store.readModels);
      store.readModels.readRanges = async (...args) => {
        await gate;
        return readRanges(...args);
      };
      store.readModels.scan = async function* (...args) {
        await gate;
        yield* scan(...args);
      };
      return store;
    };
    const clock = new FakeClock();
    const { app } = await openBilling(recorder, {}, { store: provider, clock, roles: ['timers', 'consumers'] });
    await app.start();
    await clock.advance(60_000);
    expect((await app.health()).live.reasons).toEqual([]);
    gate = new Promise((resolve) => (release = resolve));
    await clock.advance(500_000);
    const { live } = await app.health();
    expect(live.reasons.map(({ text }) => text.split(' has not')[0])).toEqual([
      'The loop of timers',
      'The loop of queue.mails',
      'The loop of consumer.payments',
    ]);
    release();
    await clock.advance(60_000);
    expect((await app.health()).live.reasons).toEqual([]);
  });

  it('is not ready while the topic of a consumer is away', async () => {
    const bank = inProcess();
    const open = bank.open.bind(bank);
    bank.open = async (environment) => {
      const transport = await open(environment);
      const subscribe = transport.subscribe.bind(transport);
      transport.subscribe = async (settings) => {
        const subscription = await subscribe(settings);
        return { close: () => subscription.close(), status: () => ({ state: 'waiting', reason: 'no route' }) };
      };
      return transport;
    };
    const { app } = await openBilling(recorder, {}, { topics: { bank } });
    await app.start();
    const { ready } = await app.health();
    expect(ready.reasons).toEqual([{ code: 'TRANSPORT_UNREACHABLE', text: 'consumer.payments waits for the transport: no route' }]);
  });
});
