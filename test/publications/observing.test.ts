import {
  Eventspan,
  decodeMessage,
  ensureTransports,
  inProcess,
  memory,
  systemEnvironment,
  traceConsumersOf,
  type Delivery,
  type EventspanOptions,
} from 'eventspan';
import { publication, publish } from '../../src/publications/publication.js';
import { Count, Counted, Counter } from '../application/counter-domain.js';
import { Recorder } from '../telemetry/support/recorder.js';
import { PublicOrderPaid } from './support/orders.js';

const counts = publication({
  name: 'counts',
  topic: 'numbers',
  events: [publish(Counted, ({ by }, { streamId }) => (by < 0 ? undefined : new PublicOrderPaid(streamId)))],
});

const options = (): EventspanOptions => ({
  name: 'counting',
  store: memory({ shards: 1 }),
  transport: inProcess(),
  topics: { numbers: inProcess({ whenFull: 'refuse' }) },
  aggregates: [Counter],
  publications: [counts],
});

describe('a publication that is observed', () => {
  let recorder: Recorder;
  beforeEach(() => {
    recorder = new Recorder();
  });
  afterEach(() => recorder[Symbol.asyncDispose]());

  it('goes on with the trace of the request, which its message carries to another system', async () => {
    const given = options();
    const topic = await given.topics?.['numbers']?.open(systemEnvironment());
    const arrived = new Promise<Delivery>(
      (onMessage) => void topic?.subscribe({ consumer: 'r', maxMessages: 1, maxBytes: 1_000, onMessage }),
    );
    const app = await Eventspan.open({ ...given, telemetry: recorder.telemetry });
    recorder.closes(app);
    await app.start();
    await recorder.request('POST /count', () => app.execute(new Count('a', 1)));
    const { metadata } = decodeMessage(await arrived);
    expect(await recorder.sum('eventspan.consumer.events', { 'eventspan.consumer': 'publish.counts' })).toBeDefined();
    expect(app.status().engines['publish.counts']).toMatchObject({ publication: 'counts', topic: 'numbers', consumer: 'publish.counts' });
    expect((await app.health()).ready).toBeTruthy();
    await app.stop();
    await topic?.close();

    const request = recorder.span('POST /count').spanContext();
    const command = recorder.span('eventspan.command counter.count').spanContext();
    const published = recorder.span('eventspan.publish numbers');
    expect(published.spanContext().traceId).toBe(request.traceId);
    expect(published.parentSpanContext?.spanId).toBe(command.spanId);
    expect(metadata.traceparent).toBe(`00-${command.traceId}-${command.spanId}-01`);
  });
});

it('operators find a publication by its name, and its subscription is made with the others', async () => {
  expect(traceConsumersOf(options())).toEqual([{ name: 'publish.counts' }, { name: 'commands.counting' }]);
  const done = await ensureTransports(options());
  expect(done.toSorted((a, b) => a.localeCompare(b))).toEqual([
    'created the queue of commands.counting',
    'created the queue of publish.counts',
  ]);
});
