import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemEnvironment } from '../../src/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';

const ROOT = path.join(__dirname, '../..');
const COMMAND = ['--require', path.join(ROOT, 'test/support/run-source.cjs'), path.join(ROOT, 'src/cli/main.ts')];
const folder = mkdtempSync(path.join(tmpdir(), 'eventspan-cli-operating-'));
const store = `sqlite:${path.join(folder, 'log.db')}`;
const app = path.join(folder, 'app.cjs');
const publishing = path.join(folder, 'publishing.cjs');

beforeAll(async () => {
  writeFileSync(app, APP);
  writeFileSync(publishing, PUBLISHING);
  const opened = await sqlite(path.join(folder, 'log.db')).open(systemEnvironment());
  const metadata = JSON.stringify({
    correlationId: 'c-1',
    commandId: 'count-1',
    actor: '\u009bada',
    time: '2026-01-01T00:00:00Z',
    schemaVersion: 1,
  });
  const event = { eventId: 'e1', type: 'counter.counted', data: '{"by":1}', metadata };
  await opened.append({ writes: [{ streamId: 'counter-1', expectedVersion: 'any', events: [event] }] });
  await opened.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Publishes one event, to a topic of Pub/Sub. */
const PUBLISHING = `
require(${JSON.stringify(path.join(ROOT, 'test/support/entries.cjs'))});
const { Counter, Counted } = require(${JSON.stringify(path.join(ROOT, 'test/application/counter-domain.ts'))});
const { Event, inProcess, memory, publication, publish } = require('eventspan');
const { pubsub } = require('eventspan/pubsub');
class CounterMoved { constructor(by) { this.by = by; } }
Event('public.counter-moved', { version: 3, fields: { by: 'integer' } })(CounterMoved);
module.exports = {
  name: 'counting',
  store: memory(),
  transport: pubsub({ project: 'my-project', topic: 'counting', emulatorHost: '127.0.0.1:1' }),
  topics: { public: inProcess() },
  aggregates: [Counter],
  publications: [
    publication({ name: 'moves', topic: 'public', emits: [CounterMoved], events: [publish(Counted, (event) => new CounterMoved(event.by))] }),
  ],
};
`;

const APP = `
require(${JSON.stringify(path.join(ROOT, 'test/support/entries.cjs'))});
const { Counter, Totals } = require(${JSON.stringify(path.join(ROOT, 'test/application/counter-domain.ts'))});
const { sqlite } = require(${JSON.stringify(path.join(ROOT, 'src/sqlite/index.ts'))});
const { inProcess } = require(${JSON.stringify(path.join(ROOT, 'src/index.ts'))});
module.exports = { store: sqlite(__dirname + '/log.db'), transport: inProcess(), aggregates: [Counter], projectors: [Totals] };
`;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function eventspan(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...COMMAND, ...args], { cwd: ROOT, env: process.env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('eventspan trace', () => {
  it('shows the tree, and one JSON line where it is asked for', async () => {
    const [text, json] = await Promise.all([
      eventspan('trace', 'c-1', '--store', store, '--consumer', 'consumer.mail'),
      eventspan('trace', 'c-1', '--app', app, '--json'),
    ]);
    expect([text.code, json.code]).toEqual([0, 0]);
    expect(text.out).toContain('command  count-1  by \\u009bada');
    expect(text.out).toContain('waiting: consumer.mail, relay');
    expect(json.out.split('\n')).toHaveLength(2);
    expect(json.out).not.toContain('\u009b');
    expect(JSON.parse(json.out)).toMatchObject({
      correlationId: 'c-1',
      events: 1,
      entries: [{ kind: 'command' }, { kind: 'event', actor: '\u009bada' }],
    });
  });

  it('ends with 2 where a time is none', async () => {
    const { code, err } = await eventspan('trace', 'c-1', '--store', store, '--since', 'yesterday');
    expect(code).toBe(2);
    expect(err).toContain('since');
  });
});

describe('eventspan doctor', () => {
  it('ends with 0 where nothing fails, and prints one JSON line where it is asked for', async () => {
    const [text, json] = await Promise.all([eventspan('doctor', '--app', app), eventspan('doctor', '--app', app, '--json')]);
    expect(text.out).toContain('OK    store.reachable: sqlite answered in');
    expect(json.out.split('\n')).toHaveLength(2);
    const { isOk, findings } = JSON.parse(json.out) as { isOk: boolean; findings: { check: string; level: string }[] };
    const failing = findings.filter(({ level }) => level === 'fail').map(({ check }) => check);
    // The one event of this log was appended behind the back of any relay, longer ago than a minute or not.
    expect(failing.every((check) => check.startsWith('consumer.'))).toBe(true);
    expect(json.code).toBe(isOk ? 0 : 1);
  });

  it('ends with 1 where something fails, and says what to do', async () => {
    const { code, out } = await eventspan('doctor', '--app', publishing);
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL {2}transport\.topic: projects\/my-project\/topics\/counting: .*\n {6}Look whether Pub\/Sub can be reached/);
  });
});

describe('eventspan ensure --grants', () => {
  it('lists the roles that an application needs on Google Cloud, and does nothing', async () => {
    const { code, out } = await eventspan('ensure', '--grants', '--app', publishing);
    expect(code).toBe(0);
    expect(out).toContain('The account of the application: roles/pubsub.publisher on projects/my-project/topics/counting: publishes');
    expect(out).toContain('roles/pubsub.subscriber on projects/my-project/subscriptions/counting.publish.moves');
    const json = await eventspan('ensure', '--grants', '--transport', 'pubsub:my-project/counting', '--json');
    expect((JSON.parse(json.out) as { grants: object[] }).grants).toHaveLength(2);
    expect((await eventspan('ensure', '--grants', '--app', app)).out).toContain('Nothing of it is on Google Cloud.');
  });
});

describe('eventspan contracts', () => {
  it('exports what the publications emit, and verifies what others read of it', async () => {
    const out = path.join(folder, 'counting.json');
    expect((await eventspan('contracts', 'export', '--app', publishing, '--out', out)).out).toContain('1 events of counting');
    const contracts = JSON.parse((await eventspan('contracts', 'export', '--app', publishing)).out) as object;
    expect(contracts).toMatchObject({
      format: 1,
      service: 'counting',
      events: { 'public.counter-moved': { version: 3, schema: { properties: { by: { type: 'integer' } }, required: ['by'] } } },
    });
    const expects = path.join(folder, 'reader.json');
    const reads = (type: string): void => {
      const schema = { type: 'object', properties: { by: { type } }, required: ['by'] };
      writeFileSync(expects, JSON.stringify({ format: 1, consumer: 'reader', events: { 'public.counter-moved': { version: 3, schema } } }));
    };
    reads('number');
    expect(await eventspan('contracts', 'verify', '--producer', out, '--expects', expects)).toMatchObject({
      code: 0,
      out: 'They agree.\n',
    });
    reads('string');
    const { code, out: line } = await eventspan('contracts', 'verify', '--producer', out, '--expects', expects, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(line)).toMatchObject({ isOk: false, found: [{ kind: 'field-retyped', field: 'by' }] });
  });

  it('refuses to push an event that is not published', async () => {
    const { code, err } = await eventspan('contracts', 'push', 'nothing', '--app', publishing, '--transport', 'pubsub:p/topic');
    expect(code).toBe(2);
    expect(err).toContain('public.counter-moved');
  });
});

describeWithEmulator('pubsub', 'eventspan contracts push', () => {
  it('makes the schema and the topic, once', async () => {
    process.env['PUBSUB_EMULATOR_HOST'] = await emulatorHost('pubsub');
    try {
      const args = [
        'contracts',
        'push',
        'public.counter-moved',
        '--app',
        publishing,
        '--transport',
        `pubsub:my-project/${uniqueName('topic')}`,
      ];
      const schema = uniqueName('schema');
      const first = await eventspan(...args, '--schema', schema, '--json');
      expect(JSON.parse(first.out)).toMatchObject({
        schema,
        definition: { type: 'record', fields: [{ name: 'by', type: 'long' }] },
        done: [{}, {}].map(() => expect.any(String)),
      });
      expect((await eventspan(...args, '--schema', schema)).out).toContain('Everything is as it should be.');
    } finally {
      delete process.env['PUBSUB_EMULATOR_HOST'];
    }
  });
});
