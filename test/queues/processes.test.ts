import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Eventspan } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { seededRandom } from '../../src/support/random.js';
import { newSqliteFile, type SqliteFile } from '../sqlite/sqlite-file.js';
import { until } from '../support/until.js';
import { SendEmail, SENT } from './support.js';

const TASKS = 300;

describe('[sqlite] two processes of workers that are killed again and again', () => {
  let target: SqliteFile;
  const living = new Set<ChildProcess>();
  beforeEach(async () => {
    target = await newSqliteFile();
  });
  afterEach(async () => {
    for (const child of living) child.kill('SIGKILL');
    await target.remove();
  });

  async function begin(): Promise<void> {
    const child = spawn(process.execPath, [join(__dirname, 'working-process.cjs'), target.file], { stdio: ['ignore', 'pipe', 'inherit'] });
    living.add(child);
    child.once('exit', () => living.delete(child));
    await once(child.stdout as NodeJS.ReadableStream, 'data');
  }

  it('do each task, and its effects take place once', async () => {
    const random = seededRandom(7);
    const store = sqlite(target.file, { synchronous: 'normal', busyTimeoutMs: 30_000 });
    const app = await Eventspan.open({ store, roles: ['commands'], tasks: [SendEmail] });
    await Promise.all(Array.from({ length: TASKS }, (_, n) => app.enqueue(new SendEmail(`t${n}`, 'x'))));
    await Promise.all([begin(), begin()]);
    const isDone = async (): Promise<boolean> => (await app.tasks.depth('emails')).waiting === 0;
    for (let kills = 0; kills < 5 && !(await isDone()); kills++) {
      const victims = [...living];
      const victim = victims[Math.floor(random() * victims.length)] as ChildProcess;
      const ended = once(victim, 'exit');
      victim.kill('SIGKILL');
      await ended;
      await begin();
    }
    await until(isDone, 'all tasks are done', 40_000);
    const sent: unknown[] = [];
    for await (const { to } of app.store.readModels.scan(SENT)) sent.push(to);
    expect([sent.length, new Set(sent).size]).toEqual([TASKS, TASKS]);
    expect(await app.tasks.depth('emails')).toMatchObject({ dead: 0 });
    await app.stop();
  });
});
