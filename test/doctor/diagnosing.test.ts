import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diagnose, Eventspan, inProcess, memory, systemEnvironment, type EventspanOptions, type Finding } from 'eventspan';
import { pubsub } from 'eventspan/pubsub';
import { spanner } from 'eventspan/spanner';
import { sqlite } from 'eventspan/sqlite';
import { FakeClock } from 'eventspan/testing';
import { DEAD_LETTERS, TASKS, TIMERS } from '../../src/event-store/messaging-tables.js';
import { PARKED_STREAMS, PROJECTIONS } from '../../src/event-store/system-tables.js';
import { Count, Counter, Totals } from '../application/counter-domain.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';

const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const APP = { aggregates: [Counter], projectors: [Totals], transport: inProcess() };
const levelOf = (findings: readonly Finding[], check: string): string | undefined => findings.find((each) => each.check === check)?.level;
const messageOf = (findings: readonly Finding[], check: string): string | undefined =>
  findings.find((each) => each.check === check)?.message;
const failing = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ level }) => level === 'fail').map(({ check }) => check);

describe('a diagnosis', () => {
  it('finds an application well that ran and stopped', async () => {
    const options: EventspanOptions = { ...APP, store: memory({ shards: 2 }) };
    const app = await Eventspan.open(options);
    await app.start();
    await app.caughtUp('totals', await app.execute(new Count('1', 5)));
    await app.stop();
    const findings = await diagnose(options);
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    for (const check of ['versions.node', 'versions.packages', 'configuration', 'store.reachable', 'store.shards', 'clock', 'timers']) {
      expect([check, levelOf(findings, check)]).toEqual([check, 'ok']);
    }
    expect(messageOf(findings, 'consumer.relay')).toContain('nothing waits');
    expect(messageOf(findings, 'consumer.projector:totals:v1')).toContain('nothing waits');
    expect(messageOf(findings, 'transport')).toBe('in-process: nothing to look at');
  });

  it('finds shards that nobody works on, parked streams, dead letters and tasks, failed rebuilds, overdue timers', async () => {
    const clock = new FakeClock();
    const options: EventspanOptions = { ...APP, dispatch: false, store: memory({ shards: 1 }), clock };
    const app = await Eventspan.open({ ...options, roles: ['commands'] });
    await app.execute(new Count('1', 5));
    const { store } = app;
    await store.cursors.take('relay', 'dead', [{ shard: 0, token: 0 }]);
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    await batch.commit([
      { kind: 'insert', table: PARKED_STREAMS, row: { consumer: 'c', shard: 0, stream_id: 's', reason: 'failed' } },
      { kind: 'insert', table: PARKED_STREAMS, row: { consumer: 'c', shard: 0, stream_id: 't', reason: 'rebuild' } },
      { kind: 'insert', table: DEAD_LETTERS, row: { consumer: 'mail', message_id: 'm' } },
      { kind: 'insert', table: TASKS, row: { queue: 'q', task_id: '1', state: 'dead' } },
      { kind: 'insert', table: TASKS, row: { queue: 'q', task_id: '2', state: 'waiting' } },
      { kind: 'insert', table: PROJECTIONS, row: { projector: 'totals', version: 2, run: 0, state: 'failed' } },
      { kind: 'insert', table: TIMERS, row: { shard: 0, due_at: new Date(clock.now()), timer_id: 't' } },
    ]);
    await clock.advance(90_000);
    const findings = await diagnose(options);
    expect(failing(findings)).toEqual(['consumer.relay', 'timers']);
    expect(messageOf(findings, 'consumer.relay')).toContain('1 shards (0) stand still, the first event since 90 s: held by dead');
    expect(messageOf(findings, 'parked')).toBe('1 parked streams (c: 1)');
    expect(messageOf(findings, 'dead-letters')).toBe('1 dead letters (mail: 1)');
    expect(messageOf(findings, 'tasks')).toBe('1 tasks given up (q: 1)');
    expect(messageOf(findings, 'rebuilds')).toBe('1 failed rebuilds (totals: 1)');
    for (const check of ['parked', 'dead-letters', 'tasks', 'rebuilds']) expect(levelOf(findings, check)).toBe('warn');
    for (const { level, todo } of findings) expect(todo === undefined).toBe(level === 'ok');
    await app.stop();
  });

  it('finds a configuration that does not hold together, and still looks at the store', async () => {
    const findings = await diagnose({ store: memory(), transport: inProcess(), projectors: [Totals, Totals] });
    expect(failing(findings)).toEqual(['configuration']);
    expect(messageOf(findings, 'configuration')).toContain('PROJECTOR_NAME_TAKEN');
    expect(levelOf(findings, 'store.reachable')).toBe('ok');
  });

  it('finds a store that is away, and clocks that differ', async () => {
    const opened = await memory().open(systemEnvironment());
    const away = { name: 'away', open: () => Promise.reject(new Error('no route to host')), migrate: async () => [] };
    const findings = await diagnose({ ...APP, store: away });
    expect(findings.find(({ check }) => check === 'store.reachable')).toMatchObject({ level: 'fail', message: 'no route to host' });
    const late = Object.create(opened, { currentTime: { value: async () => '2020-01-01T00:00:00.000000000Z' } }) as typeof opened;
    const store = { name: 'late', open: async () => late, migrate: async () => [] };
    expect(failing(await diagnose({ ...APP, store }))).toContain('clock');
  });
});

describe('a diagnosis of SQLite', () => {
  it('makes no file, migrates nothing, and says what does', async () => {
    const file = join(folder, 'new.db');
    const findings = await diagnose({ ...APP, store: sqlite(file) });
    expect(findings.find(({ check }) => check === 'store.schema')).toMatchObject({ level: 'fail', todo: 'Run npx eventspan migrate.' });
    expect(existsSync(file)).toBe(false);
    await sqlite(file).migrate(systemEnvironment());
    expect(failing(await diagnose({ ...APP, store: sqlite(file) }))).toEqual([]);
    const other = await diagnose({ ...APP, store: sqlite(file, { shards: 4 }) });
    expect(other.find(({ check }) => check === 'store.shards')).toMatchObject({
      level: 'fail',
      todo: expect.stringContaining('16 shards'),
    });
  });
});

describeWithEmulator(['spanner', 'pubsub'], 'a diagnosis', () => {
  it('looks at schema, topic and subscriptions, changes none, and says that grants are not checked', async () => {
    const store = spanner({
      project: 'test',
      instance: 'eventspan',
      database: uniqueName('db'),
      emulatorHost: await emulatorHost('spanner'),
    });
    const topic = uniqueName('events');
    const transport = pubsub({ project: 'eventspan-test', topic, emulatorHost: await emulatorHost('pubsub') });
    const options: EventspanOptions = { aggregates: [Counter], projectors: [Totals], dispatch: false, store, transport };
    for (const _ of ['first', 'again']) {
      expect(failing(await diagnose(options))).toEqual([expect.stringMatching(/^store\./), 'transport.topic', 'transport.subscription']);
    }
    await store.migrate(systemEnvironment());
    await transport.ensure(systemEnvironment(), ['totals-v1']);
    const findings = await diagnose(options);
    expect(failing(findings)).toEqual([]);
    expect(messageOf(findings, 'store.grants')).toContain('not checked');
    expect(messageOf(findings, 'transport.grants')).toContain('not checked');
    const other = pubsub({ project: 'eventspan-test', topic, emulatorHost: await emulatorHost('pubsub'), ackDeadlineSeconds: 99 });
    const warned = await diagnose({ ...options, transport: other });
    expect(warned.find(({ check }) => check === 'transport.subscription')).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('99'),
    });
  });

  it('finds a broker that is away', async () => {
    const transport = pubsub({ project: 'eventspan-test', topic: 'orders', emulatorHost: '127.0.0.1:1' });
    expect(failing(await diagnose({ ...APP, store: memory(), transport }))).toEqual(['transport.topic']);
  });
});
