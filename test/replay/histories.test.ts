import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  defineAggregate,
  replayHistories,
  type EventStore,
  type HistoriesOptions,
  type HistoriesReport,
  type StreamReplay,
} from '../../src/index.js';
import { Loan, LoanApproved, LoanNoted, LoanPaid, loanOf, LoanSubmitted } from './support/loans.js';
import { append, HISTORY, newStore, writeHistory } from './support/stored.js';
import { finishedLine, startedLine } from '../../src/history/export-header.js';
import { temporaryFolder } from './support/folder.js';

const folder = temporaryFolder();
let store: EventStore;
let file: string;

beforeEach(async () => {
  store = await newStore();
  file = path.join(folder(), 'loans.ndjson');
  await append(store, 'loan-1', HISTORY);
  await append(store, 'loan-2', HISTORY.slice(0, 1));
  await writeHistory(file, store, ['loan-1', 'loan-2']);
});

function replay(options: Partial<HistoriesOptions> = {}): Promise<HistoriesReport> {
  return replayHistories({ events: file, aggregates: [Loan], update: false, ...options });
}

function failures(report: HistoriesReport): readonly StreamReplay[] {
  return report.files.flatMap(({ streams }) => streams).filter(({ outcome }) => outcome === 'failed');
}

async function messageOf(options: Partial<HistoriesOptions>): Promise<string> {
  return failures(await replay(options))[0]?.error?.message ?? 'nothing failed';
}

describe('golden states', () => {
  it('are not made unless asked for: a missing one fails and says how it is made', async () => {
    const report = await replay();
    expect(report).toMatchObject({ streams: 2, failed: 2, same: 0, written: 0, events: 5 });
    expect(failures(report).map(({ error }) => error?.code)).toEqual(['GOLDEN_MISSING', 'GOLDEN_MISSING']);
    expect(failures(report)[0]?.error?.message).toContain('EVENTSPAN_UPDATE_GOLDEN=1');
    await expect(readFile(`${file}.golden.json`)).rejects.toThrow('ENOENT');
  });

  it('are written by an update, then the same, in the same bytes', async () => {
    expect(await replay({ update: true })).toMatchObject({ written: 2, failed: 0 });
    const bytes = await readFile(`${file}.golden.json`, 'utf8');
    expect(await replay()).toMatchObject({ same: 2, written: 0, failed: 0 });
    expect(await replay({ update: true })).toMatchObject({ same: 2, written: 0 });
    expect(await readFile(`${file}.golden.json`, 'utf8')).toBe(bytes);
    const { state } = (JSON.parse(bytes) as { streams: Record<string, { state: object }> }).streams['loan-1'] ?? {};
    expect(Object.entries(state ?? {})).toEqual([
      ['approvedAt', '2026-01-02T03:04:05.678Z'],
      ['notes', ['called']],
      ['paid', 120],
      ['status', 'approved'],
    ]);
  });

  it('can be kept in a folder of their own, and by the environment', async () => {
    const golden = path.join(folder(), 'golden');
    process.env['EVENTSPAN_UPDATE_GOLDEN'] = '1';
    try {
      const { written } = await replayHistories({ events: `${folder()}/**/*.ndjson`, aggregates: [Loan], golden });
      expect(written).toBe(2);
    } finally {
      delete process.env['EVENTSPAN_UPDATE_GOLDEN'];
    }
    expect(await replay({ golden })).toMatchObject({ same: 2 });
    expect(await readFile(path.join(golden, 'loans.ndjson.golden.json'), 'utf8')).toContain('"loan-2"');
  });

  it('of a stream that is gone from the history fail, and an update forgets them', async () => {
    await replay({ update: true });
    await writeHistory(file, store, ['loan-1']);
    const report = await replay();
    expect(failures(report)).toMatchObject([{ streamId: 'loan-2', error: { code: 'GOLDEN_OUTDATED' } }]);
    expect(await replay({ update: true })).toMatchObject({ same: 1, failed: 0 });
    expect(await readFile(`${file}.golden.json`, 'utf8')).not.toContain('loan-2');
  });

  it('of another history are told from another state', async () => {
    await replay({ update: true });
    await append(store, 'loan-2', [new LoanNoted('more')]);
    await writeHistory(file, store, ['loan-1', 'loan-2']);
    expect(await messageOf({})).toContain('has been changed since its golden state');
    expect(await messageOf({})).toContain('1 events then, 2 now');
  });

  it('that cannot be read are reported with the reason, and an update makes them anew', async () => {
    await writeFile(`${file}.golden.json`, '{"format":7,"streams":{}}');
    const report = await replay();
    expect(report).toMatchObject({ failed: 1, files: [{ error: { code: 'GOLDEN_INVALID' } }] });
    await writeFile(`${file}.golden.json`, '{"format":1,"streams":{"loan-1":{"version":3,"history":"x","hashes":"a b","state":{}}}}');
    expect((await replay()).files[0]?.error?.message).toContain('loan-1');
    expect(await replay({ update: true })).toMatchObject({ written: 2 });
    expect(await replay()).toMatchObject({ same: 2 });
  });
});

describe('a changed state', () => {
  beforeEach(() => replay({ update: true }));

  it('is shown with paths, old and new values, and the event after which it begins', async () => {
    const message = await messageOf({ aggregates: [loanOf({ approvedStatus: 'granted', paidCounts: 2 })] });
    expect(message).toContain(
      [
        'loan-1: the state is not the golden one.',
        'They differ from version 3 on, after loan.approved. At version 4 (golden → now):',
        '  paid: 120 → 240',
        '  status: "approved" → "granted"',
      ].join('\n'),
    );
    expect(message).toContain('EVENTSPAN_UPDATE_GOLDEN=1');
  });

  it('that is the same again at the end is found', async () => {
    await append(store, 'loan-3', [HISTORY[0] as object, new LoanPaid(5), new LoanPaid(-5)]);
    await writeHistory(file, store, ['loan-3']);
    await replay({ update: true });
    const message = await messageOf({ aggregates: [loanOf({ paidCounts: 3 })] });
    expect(message).toContain('They differ from version 2 on, after loan.paid.');
    expect(message).toContain('the states are the same again');
  });

  it('by hand in the golden file is found too', async () => {
    const text = await readFile(`${file}.golden.json`, 'utf8');
    await writeFile(`${file}.golden.json`, text.replace('"paid": 120', '"paid": 121'));
    expect(await messageOf({})).toContain('  paid: 121 → 120');
  });

  it('is accepted by an update', async () => {
    const aggregates = [loanOf({ approvedStatus: 'granted' })];
    expect(await replay({ aggregates, update: true })).toMatchObject({ written: 1, same: 1 });
    expect(await replay({ aggregates })).toMatchObject({ same: 2, failed: 0 });
  });
});

describe('a stream that cannot be replayed', () => {
  it('names file, line, version, type and reason, and the others are compared', async () => {
    await replay({ update: true });
    const report = await replay({ aggregates: [loanOf({ refusesNotes: true })] });
    expect(report).toMatchObject({ same: 1, failed: 1 });
    const error = failures(report)[0]?.error;
    expect(error).toMatchObject({
      code: 'REPLAY_EVENT_FAILED',
      details: { version: 1, type: 'loan.noted' },
      cause: expect.any(RangeError),
    });
    expect(error?.message).toContain(`${file}:2: loan-1 cannot be replayed beyond version 1 (loan.noted): notes are not supported`);
  });

  it('keeps its golden state through an update', async () => {
    await replay({ update: true });
    await replay({ aggregates: [loanOf({ refusesNotes: true, paidCounts: 2 })], update: true });
    expect(await replay()).toMatchObject({ same: 2 });
  });

  it.each([
    ['an event that is no longer known', { eventClasses: [], aggregates: [withoutPaid()] }, 'EVENT_TYPE_UNKNOWN'],
    ['a state that no snapshot can hold', { aggregates: [withMap()] }, 'REPLAY_STATE_UNREADABLE'],
  ])('because of %s, fails with the code', async (_, options, code) => {
    const [failure] = failures(await replay(options));
    expect([failure?.error?.code, (failure?.error?.cause as { code?: string } | undefined)?.code]).toContain(code);
  });

  it('because of a hole, fails with the line', async () => {
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, lines.filter((_, at) => at !== 1).join('\n'));
    const message = await messageOf({});
    expect(message).toContain(`${file}:2: the event at version 3 of loan-1 stands where version 2 must.`);
  });

  it('because it belongs to no aggregate, says which there are', async () => {
    await append(store, 'offer-1', HISTORY);
    await writeHistory(file, store, ['offer-1']);
    expect(await messageOf({})).toContain('offer-1 belongs to none of the aggregates loan');
  });
});

describe('a file of history', () => {
  it('may be a whole export', async () => {
    const header = { format: 1, asOf: '2026-11-24T00:00:00.000000000Z' };
    const lines = await readFile(file, 'utf8');
    const last = finishedLine(header, 'loans', { events: 5, streams: 2, digest: 'd' });
    await writeFile(file, `${startedLine(header, 'loans')}\n${lines}${last}\n`);
    expect(await replay({ update: true })).toMatchObject({ written: 2, events: 5, failed: 0 });
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['no object', '7'],
    ['without a stream', '{"id":"e-1","type":"loan.noted"}'],
    ['of another position', '"streamversion":1 > "streamversion":2'],
    ['without a payload', '"data":{" > "daten":{"'],
    ['of another format', '{"specversion":"1.0","source":"s","type":"loan.noted","loan":1}'],
    ['with a version that is none', '"streamversion":1 > "streamversion":-1'],
  ])('with a line that is %s is reported with the line', async (_, change) => {
    const lines = (await readFile(file, 'utf8')).split('\n');
    const [from, to] = change.split(' > ');
    lines[0] = to === undefined ? change : (lines[0] ?? '').replace(from as string, to);
    await writeFile(file, ['', ...lines].join('\n'));
    const report = await replay();
    expect(report).toMatchObject({ failed: 1, streams: 0, files: [{ error: { code: 'HISTORY_LINE_INVALID' } }] });
    expect(report.files[0]?.error?.message).toContain(`${file}:2 is no recorded event: `);
  });
});

describe('states', () => {
  it('that no snapshot can hold are compared by what stateOf picks', async () => {
    const stateOf = { loan: (state: { readonly seen: ReadonlyMap<string, number> }) => ({ seen: [...state.seen] }) };
    const options = { aggregates: [withMap()], stateOf };
    expect(await replay({ ...options, update: true })).toMatchObject({ written: 2, failed: 0 });
    expect(await readFile(`${file}.golden.json`, 'utf8')).toContain('"loan.paid"');
    const inexact = { loan: () => ({ value: Number.NaN }) };
    expect(await messageOf({ ...options, stateOf: inexact })).toContain('at $.value');
    await expect(replay({ ...options, stateOf: { lone: () => ({}) } })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('of functional aggregates are compared without their envelope', async () => {
    const loan = defineAggregate({
      name: 'loan',
      initialState: () => ({ paid: 0 }),
      decide: () => [],
      evolve: (on) => [
        on(LoanSubmitted, (state) => state),
        on(LoanApproved, (state) => state),
        on(LoanNoted, (state) => state),
        on(LoanPaid, (state, event) => ({ paid: state.paid + event.amount })),
      ],
    });
    await replay({ aggregates: [loan], update: true });
    const golden = JSON.parse(await readFile(`${file}.golden.json`, 'utf8')) as { streams: Record<string, { state: object }> };
    expect(golden.streams['loan-1']?.state).toEqual({ paid: 120 });
  });

  it('through a snapshot and the events after it must be the same', async () => {
    await append(store, 'loan-4', [HISTORY[0] as object, ...Array.from({ length: 30 }, () => new LoanNoted('n'))]);
    await writeHistory(file, store, ['loan-4']);
    const forgetful = { aggregates: [withForgetfulSnapshots()], update: true };
    const message = await messageOf(forgetful);
    expect(message).toMatch(/loan-4: a snapshot at version \d+ with the events after it gives another state/);
    expect(message).toMatch(/ {2}notes: 30 → \d+/);
    expect(await replay({ ...forgetful, snapshots: false })).toMatchObject({ failed: 0 });
  });
});

describe('a call', () => {
  it('that finds no file is refused', async () => {
    await expect(replay({ events: [`${folder()}/*.json`] })).rejects.toMatchObject({ code: 'HISTORY_NOT_FOUND' });
  });

  it('without aggregates is refused', async () => {
    await expect(replay({ aggregates: [] })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

function withoutPaid() {
  return defineAggregate({
    name: 'loan',
    initialState: () => ({}),
    decide: () => [],
    evolve: (on) => [LoanSubmitted, LoanApproved, LoanNoted].map((type) => on<object>(type, (state) => state)),
  });
}

/** Counts events by class in a Map, which JSON cannot carry. */
function withMap() {
  const count = (state: { seen: Map<string, number> }, name: string) => ({
    seen: new Map(state.seen).set(name, (state.seen.get(name) ?? 0) + 1),
  });
  return defineAggregate({
    name: 'loan',
    initialState: () => ({ seen: new Map<string, number>() }),
    decide: () => [],
    evolve: (on) => [
      on(LoanSubmitted, (state) => count(state, 'loan.submitted')),
      on(LoanApproved, (state) => count(state, 'loan.approved')),
      on(LoanNoted, (state) => count(state, 'loan.noted')),
      on(LoanPaid, (state) => count(state, 'loan.paid')),
    ],
  });
}

/** Counts notes, and its snapshots leave the count out. */
function withForgetfulSnapshots() {
  const loan = defineAggregate({
    name: 'loan',
    snapshotEvery: 10,
    initialState: () => ({ notes: 0 }),
    decide: () => [],
    evolve: (on) => [on(LoanSubmitted, (state) => state), on(LoanNoted, (state) => ({ notes: state.notes + 1 }))],
  });
  return { ...loan, fromSnapshot: () => ({ notes: 0 }) };
}
