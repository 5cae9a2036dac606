import {
  consume,
  defineConsumer,
  defineTopicConsumer,
  defineWorkQueue,
  Event,
  Eventspan,
  inProcess,
  memory,
  onMessage,
  onTask,
  Task,
  type ConsumerContext,
  type TopicMessageContext,
  type TaskContext,
  type EventspanOptions,
  type TransportProvider,
} from 'eventspan';
import { systemEnvironment } from '../../../src/application/environment.js';
import { until } from '../../support/until.js';
import type { Recorder } from './recorder.js';

@Event('bill.paid')
export class BillPaid {
  constructor(readonly bill: string) {}
}

@Event('bill.due')
export class BillDue {
  constructor(readonly bill: string) {}
}

@Task('bill.mail', { queue: 'mails' })
export class MailBill {
  constructor(readonly bill: string) {}
}

/** What the handlers of the run do; by default nothing. */
export interface Handlers {
  readonly mails?: (task: MailBill, context: TaskContext) => void;
  readonly bank?: (event: BillPaid, context: TopicMessageContext) => void;
  readonly ledger?: (event: BillDue, context: ConsumerContext) => void;
}

/** An application with a work queue, timers, a consumer of a topic and one of the log. */
export interface Billing {
  readonly app: Eventspan;
  /** Publishes on the topic of the bank. */
  readonly pay: (bill: string, attributes?: Readonly<Record<string, string>>) => Promise<void>;
}

const nothing = (): void => undefined;

export async function openBilling(
  recorder: Recorder,
  { mails = nothing, bank: paid = nothing, ledger = nothing }: Handlers = {},
  options: Partial<EventspanOptions> = {},
): Promise<Billing> {
  const bank: TransportProvider = inProcess();
  const app = await Eventspan.open({
    store: memory({ shards: 1 }),
    transport: inProcess(),
    topics: { bank },
    events: [BillPaid, BillDue],
    workQueues: [defineWorkQueue({ name: 'mails', visibilityMs: 1_000, retry: { maxMs: 60_000 }, on: [onTask(MailBill, mails)] })],
    consumers: [
      defineTopicConsumer({ name: 'payments', topic: 'bank', on: [onMessage(BillPaid, paid)] }),
      defineConsumer({ name: 'ledger', circuitBreaker: { failures: 1 }, on: [consume(BillDue, ledger)] }),
    ],
    name: 'billing',
    telemetry: recorder.telemetry,
    ...options,
  });
  recorder.closes(app);
  const publisher = await bank.open(systemEnvironment());
  let messages = 0;
  const pay = async (bill: string, attributes: Readonly<Record<string, string>> = {}): Promise<void> => {
    const own = { 'ce-id': `m-${++messages}`, 'ce-source': '/bank', 'ce-type': 'bill.paid', 'ce-specversion': '1.0', 'ce-subject': bill };
    await publisher.publish([{ orderingKey: bill, data: JSON.stringify({ bill }), attributes: { ...own, ...attributes } }]);
  };
  return { app, pay };
}

/** An error that says whether it is of use to try again. */
function failure(retryable: boolean): Error {
  return Object.assign(new Error('no'), { retryable });
}

const FAILING: Handlers = {
  mails: ({ bill }) => {
    if (bill !== 'good') throw failure(bill === 'late');
  },
  bank: ({ bill }) => {
    if (bill !== 'good') throw failure(false);
  },
  ledger: () => {
    throw failure(true);
  },
};

/** Of queue, topic and timers each: what is done, what is dead, what waits; an open circuit. Answers when all of it has come to its end. */
export async function runBilling(recorder: Recorder): Promise<Eventspan> {
  const { app, pay } = await openBilling(recorder, FAILING);
  await app.start();
  for (const bill of ['good', 'bad', 'late']) await app.enqueue(new MailBill(bill));
  for (const bill of ['good', 'bad']) await pay(bill);
  await app.timers.schedule({ message: new BillDue('b'), in: 1 });
  const tell = async (name: string, at: object): Promise<number> => (await recorder.sum(name, { 'eventspan.app': 'billing', ...at })) ?? 0;
  await until(async () => (await tell('eventspan.consumer.circuit', { 'eventspan.consumer': 'consumer.ledger' })) === 1, 'it opens');
  await until(async () => (await tell('eventspan.dead_letters', { 'eventspan.consumer': 'consumer.payments' })) === 1, 'one died');
  await until(async () => (await tell('eventspan.dead_letters', { 'eventspan.consumer': 'queue.mails' })) === 1, 'a sweep saw it');
  return app;
}
