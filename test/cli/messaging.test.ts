import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineWorkQueue, Eventspan, inProcess, onTask } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { SendEmail } from '../queues/support.js';
import { until } from '../support/until.js';
import { ReminderDue } from '../timers/support.js';

const ROOT = path.join(__dirname, '../..');
const COMMAND = ['--require', path.join(ROOT, 'test/support/run-source.cjs'), path.join(ROOT, 'src/cli/main.ts')];
const folder = mkdtempSync(path.join(tmpdir(), 'eventspan-cli-messaging-'));
const file = path.join(folder, 'log.db');
let taskId = '';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function eventspan(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...COMMAND, ...args, '--store', `sqlite:${file}`], { cwd: ROOT }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

beforeAll(async () => {
  const emails = defineWorkQueue({
    name: 'emails',
    maxAttempts: 1,
    on: [
      onTask(SendEmail, () => {
        throw new Error('no such address');
      }),
    ],
  });
  const app = await Eventspan.open({ store: sqlite(file), transport: inProcess(), events: [ReminderDue], workQueues: [emails] });
  await app.timers.schedule({ message: new ReminderDue('x'), at: new Date('2099-01-01T00:00:00Z'), id: 'far' });
  await app.timers.schedule({ message: new ReminderDue('y'), cron: '0 2 1 1 *', timeZone: 'Europe/Berlin', id: 'yearly' });
  ({ taskId } = await app.enqueue(new SendEmail('nobody', 'hello')));
  await app.start();
  await until(async () => (await app.tasks.depth('emails')).dead === 1, 'it is dead');
  await app.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('eventspan timers', () => {
  it('lists what waits, and takes it back', async () => {
    const listed = await eventspan('timers', 'list');
    expect(listed.out).toContain('2099-01-01T00:00:00.000Z');
    expect(listed.out).toContain('0 2 1 1 * (Europe/Berlin)');
    const before = JSON.parse((await eventspan('timers', 'list', '--due-before', '2098-01-01T00:00:00Z', '--json')).out) as {
      timers: unknown[];
    };
    expect(before.timers).toMatchObject([{ id: 'yearly', type: 'reminder.due' }]);
    expect(await eventspan('timers', 'cancel', 'far', '--json')).toMatchObject({ code: 0, out: '{"cancelled":true}\n' });
    expect(await eventspan('timers', 'cancel', 'far')).toMatchObject({ code: 1, out: 'There is no timer far.\n' });
    expect((await eventspan('timers', 'list', '--due-before', 'soon')).code).toBe(2);
  });
});

describe('eventspan tasks', () => {
  it('shows what is dead and why, has it tried again with other data, and gives it up', async () => {
    expect((await eventspan('tasks', 'depth', 'emails')).out).toBe('0 wait (0 of them failed before), 1 are dead.\n');
    expect((await eventspan('tasks', 'list', 'emails', '--state', 'dead')).out).toContain('no such address');
    expect((await eventspan('tasks', 'show', 'emails', taskId)).out).toContain('Error: no such address');
    expect((await eventspan('tasks', 'show', 'emails', 'none')).code).toBe(1);
    const why = ['--because', 'a typo', '--by', 'ann'];
    expect((await eventspan('tasks', 'retry', 'emails', taskId, '--data', '{', ...why)).code).toBe(2);
    expect((await eventspan('tasks', 'retry', 'emails', taskId, '--data', '{"to":"ann","text":"x"}', ...why)).code).toBe(0);
    const shown = JSON.parse((await eventspan('tasks', 'show', 'emails', taskId, '--json')).out) as object;
    expect(shown).toMatchObject({
      state: 'waiting',
      data: '{"to":"ann","text":"x"}',
      audit: [{ action: 'edited', by: 'ann', reason: 'a typo', before: { to: 'nobody', text: 'hello' } }],
    });
    expect((await eventspan('tasks', 'retry', 'emails', taskId, ...why)).err).toContain('TASK_NOT_DEAD');
    expect((await eventspan('tasks', 'discard', 'emails', taskId, ...why)).out).toContain('a typo');
    expect((await eventspan('tasks', 'depth', 'emails', '--json')).out).toBe('{"queue":"emails","waiting":0,"retrying":0,"dead":0}\n');
  });
});
