import { inProcess, memory, type EventStore, type StoreProvider } from 'eventspan';
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

async function run(store: StoreProvider, input: Input, signal?: AbortSignal): Promise<RunReport & { readonly lines: readonly string[] }> {
  const progress = new Quiet();
  const report = await runLoans({ store, transport: inProcess(), input, progress, ...(signal && { signal }) });
  return { ...report, lines: progress.lines };
}

/** Generated applications, of which the reading is broken off. */
function brokenOff(after: number, how: () => void): Input {
  function* traces(): ReturnType<typeof generateApplications> {
    let count = 0;
    for (const trace of generateApplications({ count: COUNT, seed: SEED })) {
      if (count++ === after) how();
      yield trace;
    }
  }
  return { traces: traces(), fractionDone: () => 0 };
}

describe('[memory+in-process] the loan process', () => {
  it('takes every generated record as one event, and its read models equal an independent count of the log', async () => {
    const report = await run(memory(), fromGenerator(COUNT, SEED));
    expect(report.verification).toMatchObject({ differences: [], events: RECORDS, applications: COUNT });
    expect(report.verification.counts).toMatchObject({ A_SUBMITTED: COUNT, A_PARTLYSUBMITTED: COUNT });
    expect(report.fed).toEqual({ applications: COUNT, records: RECORDS, commands: RECORDS });
    expect(report.rpcs['command']).toMatchObject({ Commit: RECORDS });
    expect(describeRun(report)).toContain('Verified');
  });

  it('goes on where it was broken off', async () => {
    const store = memory();
    const controller = new AbortController();
    const broken = run(
      store,
      brokenOff(70, () => controller.abort(new Error('enough'))),
      controller.signal,
    );
    await expect(broken).rejects.toThrow('enough');
    const report = await run(store, fromGenerator(COUNT, SEED));
    expect(report.verification.differences).toEqual([]);
    expect(report.fed.commands).toBeLessThan(RECORDS);
    expect(report.fed.records).toBe(RECORDS);
    expect(report.lines[0]).toMatch(/^Going on: [\d,]+ records are in the store already\.$/);
  });

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
    const store = memory();
    await run(store, fromGenerator(20, SEED));
    await using app = await openLoans(store, inProcess());
    await app.start();
    const rows = await app.readModel('loan-book').all(LOAN_BOOK);
    const [wrong, missing] = rows.map(({ application }) => String(application)) as [string, string];
    await tamper(app.store, wrong, missing);
    const { events, differences } = await verify(app, { records: 1, timeoutMs: 10_000 });
    expect(differences).toEqual([
      `the log holds ${events} events and the input 1 records`,
      expect.stringMatching(new RegExp(`^${LOAN_BOOK} ${wrong} is .*"amount":-1.* and should be`)),
      `${LOAN_BOOK} ${missing} is missing`,
    ]);
  });
});

/** Changes rows behind the projector's back. */
async function tamper(store: EventStore, wrong: string, missing: string): Promise<void> {
  const table = { name: LOAN_BOOK, columns: { application: 'string', amount: 'integer' }, key: ['application'] } as const;
  const [cursor] = await store.cursors.take('tamper', 'test', [{ shard: 0, token: 0 }]);
  const batch = await store.readModels.openBatch({ rows: 'stream' });
  await batch.commit(
    [
      { kind: 'update', table, row: { application: wrong, amount: -1 } },
      { kind: 'delete', table, row: { application: missing } },
    ],
    cursor!,
  );
}
