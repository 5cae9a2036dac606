import { defineWorkQueue, Eventspan, inProcess, memory, onTask, type StoreProvider, type TransportProvider } from 'eventspan';
import { pubsub } from 'eventspan/pubsub';
import { spanner } from 'eventspan/spanner';
import { sqlite } from 'eventspan/sqlite';
import { newSqliteFile, type SqliteFile } from '../sqlite/sqlite-file.js';
import { spannerOptions } from '../spanner/spanner-under-test.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { until } from '../support/until.js';
import { SendEmail, SENT } from './support.js';

interface Places {
  readonly store: StoreProvider;
  readonly transport: TransportProvider;
  readonly topics?: Readonly<Record<string, TransportProvider>>;
  readonly topic?: string;
}

/** Two applications compete; some tasks fail a few times, one is dead, one comes later. */
async function story({ store, transport, topics = {}, topic }: Places): Promise<void> {
  const tries = new Map<string, number>();
  const emails = defineWorkQueue({
    name: 'emails',
    retry: { initialMs: 5, maxMs: 20 },
    maxAttempts: 4,
    visibilityMs: 2_000,
    tables: [SENT],
    ...(topic !== undefined && { topic }),
    on: [
      onTask(SendEmail, ({ to, text }, { view, attempt, taskId }) => {
        tries.set(to, (tries.get(to) ?? 0) + 1);
        view.insert(SENT, { id: taskId, to, attempt });
        if (text === 'dead' || (text === 'fails' && attempt < 3)) throw new Error(text);
      }),
    ],
  });
  const open = (owner: string): Promise<Eventspan> => Eventspan.open({ store, transport, topics, owner, workQueues: [emails] });
  const first = await open('one');
  const other = await open('two');
  await Promise.all([first.start(), other.start()]);
  const texts = Array.from({ length: 60 }, (_, n) => (n === 0 ? 'dead' : n % 10 === 0 ? 'fails' : 'fine'));
  await Promise.all(texts.map((text, n) => (n % 2 === 0 ? first : other).enqueue(new SendEmail(`t${n}`, text), { priority: n % 3 })));
  await first.enqueue(new SendEmail('later', 'fine'), { delayMs: 300 });
  for (const app of [first, other]) await app.enqueue(new SendEmail('one', 'fine'), { dedupeKey: 'one' });
  const rows = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { to } of first.store.readModels.scan(SENT)) found.push(String(to));
    return found.toSorted();
  };
  await until(async () => (await rows()).length === 61 && (await first.tasks.depth('emails')).dead === 1, 'all are done', 45_000);
  expect(await rows()).toEqual([...texts.map((_, n) => `t${n}`).slice(1), 'later', 'one'].toSorted());
  expect(await first.tasks.depth('emails')).toEqual({ waiting: 0, retrying: 0, dead: 1 });
  expect(tries.get('t10')).toBeGreaterThanOrEqual(3);
  await Promise.all([first.stop(), other.stop()]);
}

describe('work queues', () => {
  let target: SqliteFile;
  beforeAll(async () => {
    target = await newSqliteFile();
  });
  afterAll(() => target.remove());

  it('[memory] do each task once', () => story({ store: memory(), transport: inProcess() }));
  it('[sqlite] do each task once', () => story({ store: sqlite(target.file), transport: inProcess() }));
  it('[memory] do each task once when a topic carries them', async () => {
    const work = inProcess({ whenFull: 'refuse' });
    await story({ store: memory(), transport: inProcess(), topics: { work }, topic: 'work' });
  });
});

describeWithEmulator('spanner', 'work queues', () => {
  it('do each task once', async () => {
    await story({ store: spanner(await spannerOptions()), transport: inProcess() });
  });

  it('do each task once over Pub/Sub', async () => {
    const host = await emulatorHost('pubsub');
    const topicOf = (): TransportProvider => pubsub({ project: 'test', topic: uniqueName('work'), emulatorHost: host });
    await story({ store: spanner(await spannerOptions()), transport: topicOf(), topics: { work: topicOf() }, topic: 'work' });
  });
});
