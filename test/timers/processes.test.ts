import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Eventspan } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { seededRandom } from '../../src/support/random.js';
import { newSqliteFile, type SqliteFile } from '../sqlite/sqlite-file.js';
import { until } from '../support/until.js';
import { firedMessages, ReminderDue } from './support.js';

const TIMERS = 400;

describe('[sqlite] three processes that are killed again and again', () => {
  let target: SqliteFile;
  const living = new Set<ChildProcess>();
  beforeEach(async () => {
    target = await newSqliteFile();
  });
  afterEach(async () => {
    for (const child of living) child.kill('SIGKILL');
    await target.remove();
  });

  async function begin(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [join(__dirname, 'firing-process.cjs'), target.file], { stdio: ['ignore', 'pipe', 'inherit'] });
    living.add(child);
    child.once('exit', () => living.delete(child));
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    return child;
  }

  it('fire each timer once', async () => {
    const random = seededRandom(11);
    const store = sqlite(target.file, { synchronous: 'normal', busyTimeoutMs: 30_000 });
    const app = await Eventspan.open({ store, roles: ['commands'], events: [ReminderDue] });
    await Promise.all(
      Array.from({ length: TIMERS }, (_, n) =>
        app.timers.schedule({ message: new ReminderDue(`n${n}`), in: Math.floor(random() * 6_000) }),
      ),
    );
    await Promise.all([begin(), begin(), begin()]);
    const over = new AbortController();
    const killing = (async () => {
      while (!over.signal.aborted) {
        const victims = [...living];
        const victim = victims[Math.floor(random() * victims.length)];
        const ended = victim && once(victim, 'exit');
        victim?.kill('SIGKILL');
        await ended;
        await begin();
      }
    })();
    await until(async () => (await firedMessages(app)).length >= TIMERS, 'all timers have fired', 40_000);
    over.abort();
    await killing;
    const fired = (await firedMessages(app)).map(({ data }) => data);
    expect([fired.length, new Set(fired).size]).toEqual([TIMERS, TIMERS]);
    expect(await app.timers.next()).toBeUndefined();
    await app.stop();
  });
});
