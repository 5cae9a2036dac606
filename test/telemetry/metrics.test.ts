import { defineProjector, Eventspan, EventspanError, inProcess, memory, on, readModelTable } from 'eventspan';
import { commitTimeOf } from '../../src/event-store/stored-event.js';
import { createTelemetry } from '../../src/telemetry/telemetry.js';
import { Count, Counted, Counter } from '../application/counter-domain.js';
import { CANARY, LogLines, openNotes, runNotes, unsteady, WriteNote } from './support/instrumented-run.js';
import { Recorder } from './support/recorder.js';

let recorder: Recorder;
beforeEach(() => {
  recorder = new Recorder();
});
afterEach(() => recorder[Symbol.asyncDispose]());

describe('metrics', () => {
  it('count what happened', async () => {
    const app = await openNotes(recorder);
    await runNotes(app);
    const at = { 'eventspan.app': 'notes-app', 'eventspan.consumer': 'projector:notes:v1' };
    expect(await recorder.sum('eventspan.command.seconds', { 'eventspan.outcome': 'executed' })).toBe(5);
    expect(await recorder.sum('eventspan.command.seconds', { 'eventspan.outcome': 'repeated' })).toBe(1);
    expect(await recorder.sum('eventspan.command.seconds', { 'eventspan.outcome': 'failed', 'error.type': 'Error' })).toBe(1);
    expect(await recorder.sum('eventspan.command.seconds', { 'eventspan.outcome': 'failed', 'error.type': 'VERSION_CONFLICT' })).toBe(1);
    expect(await recorder.sum('eventspan.append.seconds', { 'eventspan.outcome': 'appended' })).toBe(8);
    expect(await recorder.sum('eventspan.append.seconds', { 'eventspan.outcome': 'conflict' })).toBe(1);
    expect(await recorder.sum('eventspan.relay.events')).toBe(8);
    expect(await recorder.sum('eventspan.consumer.events', at)).toBe(8);
    expect(await recorder.sum('eventspan.consumer.parkings', at)).toBe(2);
    expect(await recorder.sum('eventspan.consumer.parked', at)).toBe(2);
    expect(await recorder.sum('eventspan.consumer.side_effect_failures', at)).toBe(4);
    expect(
      await recorder.sum('eventspan.handler.seconds', { 'eventspan.outcome': 'failed', 'error.type': 'PAYLOAD_UNREADABLE' }),
    ).toBeGreaterThanOrEqual(2);
    expect(await recorder.sum('eventspan.leases.changes', { ...at, 'eventspan.change': 'taken' })).toBe(2);
    expect(await recorder.sum('eventspan.consumer.lag.events', at)).toBe(0);
    expect(await recorder.sum('eventspan.rpcs', { 'eventspan.caller': 'command', 'eventspan.method': 'Commit' })).toBe(
      app.status().rpcs['command']?.['Commit'],
    );
  });

  it('show how far the relay and its age are behind while the transport is away, and what stands still', async () => {
    let isAway = true;
    const transport = unsteady(() => isAway);
    const options = { store: memory({ shards: 1 }), aggregates: [Counter], telemetry: recorder.telemetry, transport };
    const app = await Eventspan.open(options);
    recorder.closes(app);
    for (const by of [1, 2, 3]) await app.execute(new Count('a', by));
    await app.start();
    while (app.status().relay?.shards[0]?.state !== 'retrying') await new Promise((resolve) => setImmediate(resolve));
    expect(await recorder.sum('eventspan.relay.lag.events')).toBe(3);
    expect(await recorder.sum('eventspan.relay.lag.seconds')).toBeGreaterThan(0);
    expect(await recorder.sum('eventspan.relay.shards', { 'eventspan.state': 'retrying' })).toBe(1);
    expect(await recorder.sum('eventspan.publish.seconds', { 'eventspan.outcome': 'failed', 'error.type': 'Error' })).toBeGreaterThan(0);
    isAway = false;
    while (app.status().relay?.published !== 3) await new Promise((resolve) => setImmediate(resolve));
    expect(await recorder.sum('eventspan.relay.lag.events')).toBe(0);
    expect(await recorder.sum('eventspan.relay.lag.seconds')).toBe(0);
    expect(await recorder.sum('eventspan.publish.delay.seconds')).toBe(1);
  });

  it('show a shard that stands still, what waits behind it, and since when', async () => {
    const stops = defineProjector({
      name: 'stops',
      tables: [readModelTable('stops', { key: ['id'], columns: { id: 'string' } })],
      retry: { attempts: 1 },
      onError: 'stop',
      on: [
        on(Counted, () => {
          throw new Error('not this one');
        }),
      ],
    });
    const app = await Eventspan.open({
      store: memory({ shards: 1 }),
      transport: inProcess(),
      aggregates: [Counter],
      projectors: [stops],
      telemetry: recorder.telemetry,
    });
    recorder.closes(app);
    await app.start();
    await app.execute(new Count('a', 1));
    const shard = () => app.status().projections[0]!.shards[0]!;
    while (shard().state !== 'stopped') await new Promise((resolve) => setImmediate(resolve));
    const [event] = (await app.store.load('counter-a')).events;
    expect(shard()).toMatchObject({ waiting: 1, waitingSince: commitTimeOf(event!) });
    const at = { 'eventspan.consumer': 'projector:stops:v1' };
    expect(await recorder.sum('eventspan.consumer.shards', { ...at, 'eventspan.state': 'stopped' })).toBe(1);
    expect(await recorder.sum('eventspan.consumer.lag.events', at)).toBe(1);
    expect(await recorder.sum('eventspan.consumer.lag.seconds', at)).toBeGreaterThan(0);
  });

  it('show a message that the transport refuses', async () => {
    const refusal = new EventspanError('MESSAGE_REFUSED', { reason: 'too large', acceptedCount: 0 });
    const app = await Eventspan.open({
      store: memory({ shards: 1 }),
      transport: unsteady(() => true, refusal),
      aggregates: [Counter],
      telemetry: recorder.telemetry,
    });
    recorder.closes(app);
    for (const by of [1, 2]) await app.execute(new Count('a', by));
    await app.start();
    const shard = () => app.status().relay!.shards[0]!;
    while (shard().state !== 'stopped') await new Promise((resolve) => setImmediate(resolve));
    const [event] = (await app.store.load('counter-a')).events;
    expect(shard()).toMatchObject({ waiting: 1, waitingSince: commitTimeOf(event!) });
    expect(await recorder.sum('eventspan.relay.shards', { 'eventspan.state': 'stopped' })).toBe(1);
    expect(await recorder.sum('eventspan.relay.lag.seconds')).toBeGreaterThan(0);
  });

  it('of two applications in one process are told apart', async () => {
    const apps = await Promise.all(['one', 'two'].map((name) => openNotes(recorder, { name, roles: ['commands'] })));
    await apps[0]!.execute(new WriteNote('a', 'x'));
    expect(await recorder.sum('eventspan.rpcs', { 'eventspan.app': 'one' })).toBe(2);
    expect(await recorder.sum('eventspan.rpcs', { 'eventspan.app': 'two' })).toBeUndefined();
    expect(await recorder.sum('eventspan.commands.in_flight', { 'eventspan.app': 'two' })).toBe(0);
  });

  it('fall to 0 where a gauge has no source any more, since a reader would keep its last value', async () => {
    const { metrics } = createTelemetry('app', recorder.telemetry);
    const end = metrics.observe((observe) => {
      observe('eventspan.queue.tasks', 4, { 'eventspan.queue': 'mails' });
      observe('eventspan.timers.fired', 9);
    });
    expect(await recorder.sum('eventspan.queue.tasks')).toBe(4);
    end();
    expect(await recorder.sum('eventspan.queue.tasks', { 'eventspan.queue': 'mails' })).toBe(0);
    expect(await recorder.sum('eventspan.timers.fired')).toBe(9);
  });

  it('of a source that throws are lost alone', async () => {
    const { metrics } = createTelemetry('app', recorder.telemetry);
    metrics.observe(() => {
      throw new Error('not now');
    });
    metrics.observe((observe) => observe('eventspan.timers.due', 4));
    expect(await recorder.sum('eventspan.timers.due')).toBe(4);
  });
});

describe('payloads', () => {
  it('are in no log line, span and metric, whatever goes wrong with them', async () => {
    const logger = new LogLines();
    const app = await openNotes(recorder, { logger });
    await runNotes(app);
    const metrics = JSON.stringify(await recorder.collect());
    await app.stop();
    const spans = recorder.spans.map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links }));
    expect(logger.lines.filter((line) => line.includes('parked'))).toHaveLength(2);
    expect(JSON.stringify(spans)).toContain('error.type');
    expect(metrics).toContain('PAYLOAD_UNREADABLE');
    for (const told of [...logger.lines, JSON.stringify(spans), metrics]) expect(told).not.toContain(CANARY);
  });

  it('do not keep log lines from telling of the event that failed', async () => {
    const logger = new LogLines();
    const app = await openNotes(recorder, { logger });
    await runNotes(app);
    await app.stop();
    const about = logger.lines.filter((line) => line.includes('"streamId":"note-poison"'));
    expect(about.map((line) => line.slice(0, line.indexOf('{')).trim())).toEqual([
      'warn an event failed and is tried again',
      'error an event failed too often; its stream is parked, and the others go on',
    ]);
    for (const line of about) {
      for (const field of ['"consumer":"projector:notes:v1"', '"eventId":', '"correlationId":', '"commandId":', '"type":"note.written"']) {
        expect(line).toContain(field);
      }
    }
  });
});
