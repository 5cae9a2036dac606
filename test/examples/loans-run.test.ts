import { inProcess, memory, type EventStore, type StoreProvider, type TransportProvider } from 'eventspan';
import { pubsub } from 'eventspan/pubsub';
import { spanner } from 'eventspan/spanner';
import { feed } from '../../examples/loans/feed.js';
import { fromGenerator, type Input } from '../../examples/loans/input.js';
import { openLoans } from '../../examples/loans/loans-app.js';
import { LogFold } from '../../examples/loans/log-fold.js';
import { Progress } from '../../examples/loans/progress.js';
import { LOAN_BOOK } from '../../examples/loans/read-models/loan-book.js';
import { Refusal } from '../../examples/loans/refusal.js';
import { describeRun } from '../../examples/loans/report.js';
import { runLoans, type RunReport } from '../../examples/loans/run.js';
import { inTimeOrder } from '../../examples/loans/time-order.js';
import { verify } from '../../examples/loans/verify.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { generateApplications } from '../../examples/loans/generator/generate.js';

const COUNT = 150;
const SEED = 5;
const RECORDS = [...generateApplications({ count: COUNT, seed: SEED })].flatMap(({ records }) => records).length;

class Quiet extends Progress {
  readonly lines: string[] = [];
  override say(line: string): void {
    this.lines.push(line);
  }
}

interface Home {
  readonly store: StoreProvider;
  readonly transport: TransportProvider;
}

const inMemory = (): Home => ({ store: memory(), transport: inProcess() });

async function run(home: Home, input: Input, signal?: AbortSignal): Promise<RunReport & { readonly lines: readonly string[] }> {
  const progress = new Quiet();
  const report = await runLoans({ ...home, input, progress, ...(signal && { signal }) });
  return { ...report, lines: progress.lines };
}

/** Generated applications, of which the reading is broken off after a part. */
function brokenOff(count: number, how: () => void): Input {
  function* traces(): ReturnType<typeof generateApplications> {
    let begun = 0;
    for (const trace of generateApplications({ count, seed: SEED })) {
      if (begun++ === Math.floor(count / 2)) how();
      yield trace;
    }
  }
  return { traces: traces(), fractionDone: () => 0 };
}

async function goesOn(home: Home, count: number): Promise<void> {
  const controller = new AbortController();
  const broken = run(
    home,
    brokenOff(count, () => controller.abort(new Error('enough'))),
    controller.signal,
  );
  await expect(broken).rejects.toThrow('enough');
  const report = await run(home, fromGenerator(count, SEED));
  expect(report.verification).toMatchObject({ differences: [], applications: count, events: report.fed.records });
  expect(report.fed.commands).toBeLessThan(report.fed.records);
  expect(report.lines[0]).toMatch(/^Going on: [\d,]+ records are in the store already\.$/);
}

describeWithEmulator(['spanner', 'pubsub'], 'the loan process', () => {
  it('goes on where it was broken off, and its read models equal an independent count of the log', async () => {
    const name = uniqueName('loans');
    const store = spanner({ project: 'test', instance: 'test', database: name, emulatorHost: await emulatorHost('spanner') });
    const transport = pubsub({ project: 'test', topic: name, emulatorHost: await emulatorHost('pubsub') });
    await goesOn({ store, transport }, 40);
  });
});

describe('[memory+in-process] the loan process', () => {
  it('takes every generated record as one event, and its read models equal an independent count of the log', async () => {
    const report = await run(inMemory(), fromGenerator(COUNT, SEED));
    expect(report.verification).toMatchObject({ differences: [], events: RECORDS, applications: COUNT });
    expect(report.verification.counts).toMatchObject({ A_SUBMITTED: COUNT, A_PARTLYSUBMITTED: COUNT });
    expect(report.fed).toEqual({ applications: COUNT, records: RECORDS, commands: RECORDS });
    expect(report.rpcs['command']).toMatchObject({ Commit: RECORDS });
    expect(describeRun(report)).toContain('Verified');
  });

  it('goes on where it was broken off', () => goesOn(inMemory(), COUNT));

  it('takes no record twice, even where it does not know what is done', async () => {
    await using app = await openLoans(memory(), inProcess());
    const steps = (): ReturnType<typeof inTimeOrder> => inTimeOrder(generateApplications({ count: 30, seed: SEED }));
    const first = await feed(app, steps());
    const again = await feed(app, steps());
    expect(again).toEqual(first);
    expect((await LogFold.of(app.store)).events).toBe(first.records);
    expect(app.status().commands).toMatchObject({ repeated: first.records });
  });

  it('ends with the first command that is refused', async () => {
    await using app = await openLoans(memory(), inProcess());
    const [trace] = generateApplications({ count: 1, seed: SEED });
    const wrong = { ...trace!, records: [trace!.records[0]!, { ...trace!.records[0]!, activity: 'A_APPROVED' }] };
    await expect(feed(app, inTimeOrder([wrong]))).rejects.toThrow(Refusal);
  });
});

describe('[memory+in-process] the verification', () => {
  it('finds a row that is wrong, a row that is missing, and a record that is missing', async () => {
    const home = inMemory();
    await run(home, fromGenerator(20, SEED));
    await using app = await openLoans(home.store, home.transport);
    await app.start();
    const rows = await app.readModel('loan-book').all(LOAN_BOOK);
    const [wrong, missing] = rows.map(({ application }) => String(application)) as [string, string];
    await tamper(app.store, wrong, missing);
    const { events, differences } = await verify(app, 1);
    expect(differences).toEqual([
      `the log holds ${events} events and the input 1 records`,
      expect.stringMatching(new RegExp(`^${LOAN_BOOK} ${wrong} is .*"amount":-1.* and should be`)),
      `${LOAN_BOOK} ${missing} is missing`,
    ]);
  });
});

/** Changes rows behind the projector's back. */
async function tamper(store: EventStore, wrong: string, missing: string): Promise<void> {
  const table = { name: `${LOAN_BOOK}_v1`, columns: { application: 'string', amount: 'integer' }, key: ['application'] } as const;
  const [cursor] = await store.cursors.take('tamper', 'test', [{ shard: 0, token: 0 }]);
  const batch = await store.readModels.openBatch({ rows: 'stream' });
  await batch.commit(
    [
      { kind: 'update', table, row: { application: wrong, amount: -1 } },
      { kind: 'delete', table, row: { application: missing } },
    ],
    cursor,
  );
}
