import { Eventspan, type StoreProvider } from 'eventspan';
import { spanner } from 'eventspan/spanner';
import { sqlite } from 'eventspan/sqlite';
import { newSqliteFile, type SqliteFile } from '../sqlite/sqlite-file.js';
import { spannerOptions } from '../spanner/spanner-under-test.js';
import { describeWithEmulator } from '../support/emulators.js';
import { GrpcProxy, UNAVAILABLE } from '../support/grpc-proxy.js';
import { until } from '../support/until.js';
import { firedMessages, ReminderDue } from './support.js';

function open(store: StoreProvider, owner: string): Promise<Eventspan> {
  return Eventspan.open({ store, owner, roles: ['timers'], events: [ReminderDue], timers: { pollMs: 100 } });
}

/** Two processes fire; timers are scheduled, doubled, taken back and due at once. */
async function story(store: StoreProvider): Promise<void> {
  const [one, two] = await Promise.all([open(store, 'one'), open(store, 'two')]);
  await Promise.all([one.start(), two.start()]);
  const wanted = Array.from({ length: 60 }, (_, n) => `n${n}`);
  await Promise.all(
    wanted.map((what, n) => one.timers.schedule({ message: new ReminderDue(what), in: n < 30 ? 300 : n * 10, id: `once-${n}` })),
  );
  await Promise.all(wanted.map((what, n) => two.timers.schedule({ message: new ReminderDue(what), in: 1_000, id: `once-${n}` })));
  const gone = await one.timers.schedule({ message: new ReminderDue('gone'), in: 1_500 });
  expect(await two.timers.cancel(gone)).toBe(true);
  await two.timers.schedule({ message: new ReminderDue('again'), cron: '* * * * * *', id: 'again' });
  const messages = async (): Promise<string[]> => (await firedMessages(one)).map(({ data }) => (JSON.parse(data) as ReminderDue).what);
  await until(async () => (await messages()).filter((what) => what === 'again').length >= 2, 'it has fired again and again', 20_000);
  await until(async () => (await messages()).filter((what) => what !== 'again').length >= 60, 'all have fired', 20_000);
  expect(await one.timers.cancel('again')).toBe(true);
  const fired = await firedMessages(one);
  expect(new Set(fired.map(({ streamId }) => streamId)).size).toBe(fired.length);
  const once = fired.map(({ data }) => (JSON.parse(data) as ReminderDue).what).filter((what) => what !== 'again');
  expect(once.toSorted()).toEqual(wanted.toSorted());
  for (const { metadata, position } of fired) {
    const { dueAt } = JSON.parse(metadata) as { dueAt: string };
    expect(position.slice(0, 23) >= dueAt.slice(0, 23)).toBe(true);
  }
  await Promise.all([one.stop(), two.stop()]);
}

describe('[sqlite] timers', () => {
  let target: SqliteFile;
  beforeAll(async () => {
    target = await newSqliteFile();
  });
  afterAll(() => target.remove());

  it('fire once each, not before their time, in two processes', () => story(sqlite(target.file)));
});

describeWithEmulator('spanner', 'timers', () => {
  it('fire once each, not before their time, in two processes', async () => {
    await story(spanner(await spannerOptions()));
  });

  it('fire once each when replies of commits are lost and requests never arrive', async () => {
    const options = await spannerOptions();
    const direct = await open(spanner(options), 'direct');
    const proxy = await GrpcProxy.start(options.emulatorHost as string);
    const app = await open(spanner({ ...options, emulatorHost: proxy.host, migrate: 'check' }), 'proxied');
    const wanted = Array.from({ length: 40 }, (_, n) => `n${n}`);
    for (const [n, what] of wanted.entries()) await direct.timers.schedule({ message: new ReminderDue(what), in: 100 + n * 40 });
    await app.start();
    for (let n = 0; n < 200 && (await firedMessages(direct)).length < 40; n++) {
      proxy.arm('Commit', n % 2 === 0 ? { at: 'after', answer: UNAVAILABLE } : { at: 'before', answer: UNAVAILABLE });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    proxy.disarm();
    await until(async () => (await firedMessages(direct)).length >= 40, 'all have fired', 20_000);
    expect((await firedMessages(direct)).map(({ data }) => (JSON.parse(data) as ReminderDue).what).toSorted()).toEqual(wanted.toSorted());
    expect(await direct.timers.next()).toBeUndefined();
    // What was scheduled over a lost reply is scheduled once.
    proxy.arm('Commit', { at: 'after', answer: UNAVAILABLE });
    await app.timers.schedule({ message: new ReminderDue('lost'), in: 86_400_000 });
    const left: string[] = [];
    for await (const { data } of direct.timers.list()) left.push(data);
    expect(left).toEqual(['{"what":"lost"}']);
    await app.stop();
    await direct.stop();
    await proxy.close();
  });
});
