import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemEnvironment } from '../../src/index.js';
import { sqlite } from '../../src/sqlite/index.js';

const ROOT = path.join(__dirname, '../..');
const COMMAND = ['--require', path.join(ROOT, 'test/support/run-source.cjs'), path.join(ROOT, 'src/cli/main.ts')];
const folder = mkdtempSync(path.join(tmpdir(), 'eventspan-cli-operating-'));
const store = `sqlite:${path.join(folder, 'log.db')}`;
const app = path.join(folder, 'app.cjs');

beforeAll(async () => {
  writeFileSync(app, APP);
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
    execFile(process.execPath, [...COMMAND, ...args], { cwd: ROOT }, (error, out, err) => {
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
