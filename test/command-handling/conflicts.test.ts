import type { EventStore } from '../../src/event-store/event-store.js';
import { seededRandom } from '../../src/support/random.js';
import { Bench, HOMES, withMethods } from './homes.js';
import { type Loan, NoteLoan, NoteOnce, RunOnLoan, SubmitLoan, TouchLoan } from './loan.js';

const quick = { conflictBackoff: { initialMs: 1, factor: 2, maxMs: 8 }, random: seededRandom(7) };

/** Lets `meddle` run just before each of the first `times` appends is sent. */
function beforeAppends(store: EventStore, times: number, meddle: () => Promise<unknown>): EventStore {
  let left = times;
  return withMethods(store, {
    append: async (request, options) => {
      if (left-- > 0) await meddle();
      return store.append(request, options);
    },
  });
}

describe.each(HOMES)('writers that meet on %s', (_, provider) => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open(provider());
  });
  afterEach(() => bench.store.close());

  it('do not conflict inside one process: 50 commands on one stream take turns', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'));
    const results = await Promise.all(Array.from({ length: 50 }, (_value, at) => bus.execute(new NoteLoan('1', `n${at}`))));
    expect(results.map(({ version }) => version)).toEqual(Array.from({ length: 50 }, (_value, at) => at + 2));
    expect(bus.statistics).toMatchObject({ executed: 51, conflicts: 0, retries: 0 });
  });

  it('of two processes all succeed, by deciding again', async () => {
    const buses = [bench.bus({ ...quick, conflictRetries: 50 }), bench.bus({ ...quick, conflictRetries: 50 })];
    await buses[0]!.execute(new SubmitLoan('1'));
    const results = await Promise.all(
      buses.flatMap((bus, process) => Array.from({ length: 25 }, (_value, at) => bus.execute(new NoteLoan('1', `p${process} n${at}`)))),
    );
    expect(results.map(({ version }) => version).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_value, at) => at + 2));
    const notes = (await bench.events('loan-1')).slice(1).map(({ data }) => data);
    expect(new Set(notes).size).toBe(50);
    const attempts = results.reduce((sum, result) => sum + result.attempts, 0);
    expect(attempts).toBe(50 + buses.reduce((sum, bus) => sum + bus.statistics.retries, 0));
  });

  it('read only the tail after a conflict, and decide on a state without their first decision', async () => {
    const other = bench.bus();
    await other.execute(new SubmitLoan('1'));
    await other.execute(new NoteLoan('1', 'old'));
    const reads: unknown[] = [];
    const store = withMethods(
      beforeAppends(bench.store, 1, () => other.execute(new NoteLoan('1', 'theirs'))),
      {
        load: (streamId, options) => {
          reads.push(options?.afterVersion);
          return bench.store.load(streamId, options);
        },
      },
    );
    const result = await bench.bus({ ...quick, store }).execute(new RunOnLoan('1', (loan: Loan) => [...loan.notes]));
    expect(result).toMatchObject({ attempts: 2, fromVersion: 3, version: 4, value: ['old', 'theirs', 'run'] });
    expect(reads).toEqual([undefined, 2]);
  });

  it('cost 1 Read and 1 Commit for each conflict', async () => {
    await bench.bus().execute(new SubmitLoan('1'));
    const meddle = () => bench.store.append({ writes: [{ streamId: 'loan-1', expectedVersion: 'any', events: [note()] }] });
    const bus = bench.bus({ ...quick, store: beforeAppends(bench.store, 3, meddle) });
    const rpcs = await bench.rpcsOf(async () => expect(await bus.execute(new NoteLoan('1', 'a'))).toMatchObject({ attempts: 4 }));
    expect(rpcs).toEqual({ Read: 4, Commit: 4 });
    expect(bus.statistics).toMatchObject({ conflicts: 3, retries: 3 });
  });

  it('give up after conflictRetries, saying how often they tried', async () => {
    await bench.bus().execute(new SubmitLoan('1'));
    const meddle = () => bench.store.append({ writes: [{ streamId: 'loan-1', expectedVersion: 'any', events: [note()] }] });
    const bus = bench.bus({ ...quick, conflictRetries: 2, store: beforeAppends(bench.store, 9, meddle) });
    await expect(bus.execute(new NoteLoan('1', 'a'))).rejects.toMatchObject({
      code: 'COMMAND_CONFLICTED',
      details: { streamId: 'loan-1', attempts: 3 },
      cause: { code: 'VERSION_CONFLICT' },
    });
    expect((await bench.events('loan-1')).filter(({ data }) => data === '{"note":"a"}')).toEqual([]);
  });

  it('of whom one expects a version: it is told of the conflict and not tried again', async () => {
    const other = bench.bus();
    await other.execute(new SubmitLoan('1'));
    const bus = bench.bus({ store: beforeAppends(bench.store, 1, () => other.execute(new NoteLoan('1', 'theirs'))) });
    await expect(bus.execute(new NoteLoan('1', 'a'), { expectedVersion: 1 })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(bus.statistics).toMatchObject({ conflicts: 1, retries: 0 });
  });

  it('of whom both submit the same new loan: one of them gets STREAM_EXISTS', async () => {
    const ends = await Promise.allSettled([bench.bus().execute(new SubmitLoan('1')), bench.bus().execute(new SubmitLoan('1'))]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ends.find((end) => end.status === 'rejected')?.reason).toMatchObject({ code: 'STREAM_EXISTS' });
  });
});

describe.each(HOMES)('a cached aggregate that another process has changed on %s', (_, provider) => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open(provider());
  });
  afterEach(() => bench.store.close());
  const cached = () => bench.bus({ ...quick, cache: { maxAggregates: 10 } });

  it('is read anew when the append conflicts', async () => {
    const bus = cached();
    await bus.execute(new SubmitLoan('1'));
    await bench.bus().execute(new NoteLoan('1', 'theirs'));
    const rpcs = await bench.rpcsOf(async () => {
      const result = await bus.execute(new RunOnLoan('1', (loan: Loan) => [...loan.notes]));
      expect(result).toMatchObject({ attempts: 2, version: 3, value: ['theirs', 'run'] });
    });
    expect(rpcs).toEqual({ Read: 1, Commit: 2 });
    expect(await bench.rpcsOf(() => bus.execute(new NoteLoan('1', 'b')))).toEqual({ Read: 0, Commit: 1 });
  });

  it('does not refuse a command that the true state allows', async () => {
    const bus = cached();
    await bench.bus().execute(new SubmitLoan('1'));
    const allowed = { isAllowed: false };
    const command = new RunOnLoan('1', (loan: Loan) => {
      if (loan.notes.length === 1) throw new Error('needs a note');
      return (allowed.isAllowed = true);
    });
    await bus.execute(new NoteLoan('1'));
    await bench.bus().execute(new NoteLoan('1', 'theirs'));
    expect(await bus.execute(command)).toMatchObject({ version: 3, value: true, attempts: 1 });
    expect(allowed).toEqual({ isAllowed: true });
  });

  it('is trusted to refuse after 1 Read has shown that it is current, and is clean afterwards', async () => {
    const bus = cached();
    await bus.execute(new SubmitLoan('1'));
    await bus.execute(new NoteOnce('1', 'a'));
    const refused = () => expect(bus.execute(new NoteOnce('1', 'b'))).rejects.toThrow('the loan has a note: a');
    expect(await bench.rpcsOf(refused)).toEqual({ Read: 1, Commit: 0 });
    const next = async () => {
      const { value } = await bus.execute(new RunOnLoan('1', (loan: Loan) => [...loan.notes]));
      expect(value).toEqual(['a', 'run']);
    };
    expect(await bench.rpcsOf(next)).toEqual({ Read: 0, Commit: 1 });
  });

  it('is not trusted to decide that there is nothing to do', async () => {
    const bus = cached();
    await bus.execute(new SubmitLoan('1'));
    await bench.bus().execute(new NoteLoan('1', 'theirs'));
    const nothing = async () => expect(await bus.execute(new NoteLoan('1'))).toMatchObject({ version: 2, value: 1 });
    expect(await bench.rpcsOf(nothing)).toEqual({ Read: 1, Commit: 0 });
  });

  it('is judged against the expected version as it truly is', async () => {
    const bus = cached();
    await bus.execute(new SubmitLoan('1'));
    await bench.bus().execute(new NoteLoan('1', 'theirs'));
    expect(await bus.execute(new TouchLoan('1'), { expectedVersion: 2 })).toMatchObject({ version: 3, attempts: 1 });
    await bench.bus().execute(new NoteLoan('1', 'theirs'));
    await expect(bus.execute(new TouchLoan('1'), { expectedVersion: 3 })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
  });
});

let count = 0;
function note() {
  const metadata = JSON.stringify({ correlationId: 'c', time: '2026-01-01T00:00:00.000Z', schemaVersion: 2 });
  return { eventId: `00000000-0000-7000-8000-${String(count++).padStart(12, '0')}`, type: 'loan.noted', data: '{"note":"n"}', metadata };
}
