import { SpanKind, SpanStatusCode, metrics, trace } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import { contextOf, Eventspan, inProcess, memory, runInContext, type EventspanOptions, type StoredEvent } from 'eventspan';
import { createTelemetry, silentTelemetry } from '../../src/telemetry/telemetry.js';
import { Count, Counter, Totals } from '../application/counter-domain.js';
import { Recorder } from './support/recorder.js';

const GIVEN = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=1' };
const GIVEN_TRACE = GIVEN.traceparent.slice(3, 35);
const opened: Eventspan[] = [];
let recorder: Recorder;

beforeEach(() => {
  recorder = new Recorder();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.stop()));
  await recorder[Symbol.asyncDispose]();
});

async function open(options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
  const app = await Eventspan.open({
    store: memory({ shards: 1 }),
    transport: inProcess(),
    aggregates: [Counter],
    projectors: [Totals],
    name: 'counting',
    telemetry: recorder.telemetry,
    ...options,
  });
  opened.push(app);
  return app;
}

async function eventsOf(app: Eventspan, streamId: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of app.store.readStream(streamId)) events.push(event);
  return events;
}

const traceIdOf = (span: { spanContext(): { traceId: string } }): string => span.spanContext().traceId;

describe('a trace', () => {
  it('leads from the request over command, append and publish to the read model, by the context that is stored with the event', async () => {
    const app = await open();
    await app.start();
    const result = await recorder.request('POST /count', () => app.execute(new Count('a', 1)));
    await app.caughtUp('totals', result);
    await app.stop();

    const request = recorder.span('POST /count');
    const command = recorder.span('eventspan.command counter.count');
    const append = recorder.span('eventspan.append');
    const publish = recorder.span('eventspan.publish in-process');
    const project = recorder.span('eventspan.project projector:totals:v1');
    expect(command.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
    expect(append.parentSpanContext?.spanId).toBe(command.spanContext().spanId);
    expect(publish.parentSpanContext?.spanId).toBe(command.spanContext().spanId);
    expect(project.parentSpanContext?.spanId).toBe(command.spanContext().spanId);
    expect(new Set([request, command, append, publish, project].map(traceIdOf)).size).toBe(1);
    expect([command.kind, append.kind, publish.kind, project.kind]).toEqual([
      SpanKind.INTERNAL,
      SpanKind.CLIENT,
      SpanKind.PRODUCER,
      SpanKind.CONSUMER,
    ]);
  });

  it('stores the command’s own context with its events', async () => {
    const app = await open();
    await app.execute(new Count('a', 1));
    const { traceId, spanId } = recorder.span('eventspan.command counter.count').spanContext();
    const [event] = await eventsOf(app, 'counter-a');
    expect(contextOf(event!.metadata)).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
  });

  it('goes on in what a consumer sends: its commands, and what it takes `outgoing` for', async () => {
    const app = await open();
    const { tracing } = createTelemetry('consumer', recorder.telemetry);
    await recorder.request('POST /count', () => app.execute(new Count('a', 1)));
    const [event] = await eventsOf(app, 'counter-a');

    const sent = await tracing.handling({ consumer: 'consumer.again', event: event! }, async () => {
      await app.execute(new Count('b', 2));
      return tracing.outgoing(event!.metadata);
    });

    const handle = recorder.span('eventspan.handle consumer.again');
    const [first, second] = recorder.spans.filter(({ name }) => name === 'eventspan.command counter.count');
    expect(handle.parentSpanContext).toMatchObject({ spanId: first!.spanContext().spanId, isRemote: true });
    expect(second!.parentSpanContext?.spanId).toBe(handle.spanContext().spanId);
    expect(sent.traceparent).toContain(handle.spanContext().spanId);
    expect(new Set(recorder.spans.map(traceIdOf)).size).toBe(1);
    expect(handle.attributes).toEqual({
      'eventspan.app': 'consumer',
      'eventspan.consumer': 'consumer.again',
      'eventspan.correlation.id': expect.any(String),
      'eventspan.event.id': event!.eventId,
      'eventspan.event.type': 'counter.counted',
      'eventspan.events': 1,
      'eventspan.stream.id': 'counter-a',
    });
    expect(tracing.outgoing(event!.metadata)).toEqual(contextOf(event!.metadata));
  });

  it('leads on through the log where a command is sent', async () => {
    const app = await open({ projectors: [] });
    await app.start();
    const { commandId } = await recorder.request('POST /count', () => app.send(new Count('a', 1)));
    while ((await app.outcomeOf(commandId)).state !== 'executed') await new Promise((resolve) => setImmediate(resolve));
    await app.stop();
    const request = recorder.span('POST /count');
    const handle = recorder.span('eventspan.handle commands.counting');
    const command = recorder.span('eventspan.command counter.count');
    expect(handle.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
    expect(command.parentSpanContext?.spanId).toBe(handle.spanContext().spanId);
    const appends = recorder.spans.filter(({ name }) => name === 'eventspan.append').map((span) => span.parentSpanContext?.spanId);
    expect(appends).toEqual([request, command, handle].map((span) => span.spanContext().spanId));
    expect(new Set(recorder.spans.map(traceIdOf))).toEqual(new Set([traceIdOf(request)]));
  });

  it('of a sent command is the given one, also inside of a span', async () => {
    const app = await open();
    const { commandId } = await recorder.request('POST /count', () => app.send(new Count('a', 1), { metadata: GIVEN }));
    const [event] = await eventsOf(app, `eventspan.command-${commandId}`);
    expect(contextOf(event!.metadata)).toEqual(GIVEN);
  });

  it('links a batch to the contexts of its events where they are several, and hangs from the one that they share', async () => {
    const app = await open({ projectors: [] });
    await Promise.all(['a', 'b', 'c'].map((id) => app.execute(new Count(id, 1))));
    await app.start();
    await untilPublished(app, 3);
    const publish = recorder.span('eventspan.publish in-process');
    const commands = recorder.spans.filter(({ name }) => name.startsWith('eventspan.command'));
    expect(publish.parentSpanContext).toBeUndefined();
    expect(publish.links.map(({ context }) => context.spanId).sort()).toEqual(commands.map((span) => span.spanContext().spanId).sort());
    expect(publish.attributes).toEqual({
      'eventspan.app': 'counting',
      'eventspan.destination': 'in-process',
      'eventspan.shard': 0,
      'eventspan.events': 3,
    });

    const events = [...(await eventsOf(app, 'counter-a')), ...(await eventsOf(app, 'counter-a'))];
    const { tracing } = createTelemetry('consumer', recorder.telemetry);
    await tracing.handling({ consumer: 'both', event: events }, () => Promise.resolve());
    expect(contextOf(events[0]!.metadata).traceparent).toContain(recorder.span('eventspan.handle both').parentSpanContext?.spanId);
  });

  it('is begun anew where an event has no context, or one that is not well-formed', async () => {
    const { tracing } = createTelemetry('consumer', recorder.telemetry);
    const event = { eventId: 'e', type: 't', streamId: 's' };
    for (const metadata of ['{}', '{"traceparent":"00-a-b-01"}', '{"traceparent":7}', 'no JSON "traceparent"', 'null']) {
      await recorder.request('the loop that runs it', () =>
        tracing.handling({ consumer: metadata, event: { ...event, metadata } }, () => Promise.resolve()),
      );
      expect(recorder.span(`eventspan.handle ${metadata}`).parentSpanContext).toBeUndefined();
    }
  });

  it('has no more than 128 links', async () => {
    const { tracing } = createTelemetry('consumer', recorder.telemetry);
    const events = Array.from({ length: 300 }, (_, n) => ({
      eventId: `e${n}`,
      type: 't',
      streamId: 's',
      metadata: JSON.stringify({ traceparent: `00-${String(n + 1).padStart(32, '0')}-b7ad6b7169203331-01` }),
    }));
    await tracing.handling({ consumer: 'many', event: events }, () => Promise.resolve());
    expect(recorder.span('eventspan.handle many').links).toHaveLength(128);
  });
});

async function untilPublished(app: Eventspan, events: number): Promise<void> {
  while ((app.status().relay?.published ?? 0) < events) await new Promise((resolve) => setImmediate(resolve));
}

describe('the parent of a command', () => {
  const parentOf = (): string | undefined => recorder.span('eventspan.command counter.count').parentSpanContext?.spanId;

  it('is what was given with it, also inside of a span', async () => {
    const app = await open();
    await recorder.request('POST /count', () => app.execute(new Count('a', 1), { metadata: GIVEN }));
    expect(parentOf()).toBe('b7ad6b7169203331');
    const [event] = await eventsOf(app, 'counter-a');
    expect(contextOf(event!.metadata)).toEqual({
      traceparent: `00-${GIVEN_TRACE}-${recorder.span('eventspan.command counter.count').spanContext().spanId}-01`,
      tracestate: 'vendor=1',
    });
  });

  it('else the active span, which is nearer than the context', async () => {
    const app = await open();
    await runInContext(GIVEN, () => recorder.request('POST /count', () => app.execute(new Count('a', 1))));
    expect(parentOf()).toBe(recorder.span('POST /count').spanContext().spanId);
    const [event] = await eventsOf(app, 'counter-a');
    expect(contextOf(event!.metadata).tracestate).toBeUndefined();
  });

  it('else that of `runInContext`', async () => {
    const app = await open();
    await runInContext(GIVEN, () => app.execute(new Count('a', 1)));
    expect(parentOf()).toBe('b7ad6b7169203331');
  });

  it('else nothing: it begins a trace', async () => {
    const app = await open();
    await app.execute(new Count('a', 1));
    expect(parentOf()).toBeUndefined();
  });
});

describe('a span', () => {
  it('of a command that fails has the error’s code and nothing of its message', async () => {
    const app = await open();
    await expect(app.execute(new Count('', 1))).rejects.toMatchObject({ code: 'COMMAND_TARGET_INVALID' });
    const { status, attributes, events } = recorder.span('eventspan.command counter.count');
    expect(status).toEqual({ code: SpanStatusCode.ERROR });
    expect(events).toEqual([]);
    expect(attributes).toMatchObject({ 'eventspan.outcome': 'failed', 'error.type': 'COMMAND_TARGET_INVALID' });
  });

  it('of a batch with an event that cannot be handled has the kind of error', async () => {
    const { tracing } = createTelemetry('consumer', recorder.telemetry);
    await tracing.projecting({ consumer: 'p', events: [] }, (span) => Promise.resolve(span.failed(new RangeError('secret'))));
    expect(recorder.span('eventspan.project p')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'RangeError' },
    });
  });

  it('is not made of what a rebuild fills', async () => {
    const app = await open();
    await app.start();
    await app.caughtUp('totals', await app.execute(new Count('a', 1)));
    const before = recorder.spans.length;
    await app.projections.finished(await app.projections.rebuild('totals'));
    expect(recorder.spans.slice(before).map(({ name }) => name)).toEqual([]);
  });
});

describe('without an SDK', () => {
  it('what is given is stored as it is, and leads the trace on', async () => {
    const app = await open({ telemetry: {} });
    await runInContext(GIVEN, () => app.execute(new Count('a', 1)));
    const [event] = await eventsOf(app, 'counter-a');
    expect(contextOf(event!.metadata)).toEqual(GIVEN);
    expect(silentTelemetry.tracing.outgoing(event!.metadata)).toEqual(GIVEN);
  });

  it('given metadata brings its own trace state or none, never that of the context', async () => {
    const app = await open({ telemetry: {} });
    const { traceparent } = GIVEN;
    await runInContext({ traceparent: '00-00000000000000000000000000000001-0000000000000001-01', tracestate: 'other=1' }, () =>
      app.execute(new Count('a', 1), { metadata: { traceparent } }),
    );
    const [event] = await eventsOf(app, 'counter-a');
    expect(contextOf(event!.metadata)).toEqual({ traceparent });
  });

  it('telemetry is the silent one, until an SDK is registered', () => {
    expect(createTelemetry('app')).toBe(silentTelemetry);
    trace.setGlobalTracerProvider(recorder.tracerProvider);
    expect(createTelemetry('app').tracing.isOn).toBe(true);
    expect(createTelemetry('app').metrics.isOn).toBe(false);
    metrics.setGlobalMeterProvider(recorder.meterProvider);
    expect(createTelemetry('app').metrics.isOn).toBe(true);
  });

  it('tasks run as they are', async () => {
    const { tracing, metrics: silent } = silentTelemetry;
    const event = { eventId: 'e', type: 't', streamId: 's', metadata: '{}' };
    const promise = Promise.resolve(1);
    expect(tracing.handling({ consumer: 'c', event }, () => promise)).toBe(promise);
    expect(tracing.publishing({ destination: 'd', events: [event] }, () => promise)).toBe(promise);
    expect(tracing.projecting({ consumer: 'c', events: [event] }, () => promise)).toBe(promise);
    expect(silent.observe(() => undefined)).toEqual(expect.any(Function));
    await promise;
  });
});

describe('a span that is not sampled', () => {
  it('leads the trace on as one that is not', async () => {
    const unsampled = new Recorder({ sampler: new AlwaysOffSampler() });
    const app = await open({ telemetry: unsampled.telemetry });
    await app.execute(new Count('a', 1), { metadata: GIVEN });
    const [event] = await eventsOf(app, 'counter-a');
    expect(contextOf(event!.metadata).traceparent).toMatch(new RegExp(`^00-${GIVEN_TRACE}-[0-9a-f]{16}-00$`));
    expect(unsampled.spans).toEqual([]);
    await unsampled[Symbol.asyncDispose]();
  });
});
