import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  recordHistories,
  replayHistories,
  type EventStore,
  type MaskingOptions,
  type RecordOptions,
  type RecordReport,
} from '../../src/index.js';
import { Address, Loan, LoanApproved, LoanNoted, LoanPaid, LoanSubmitted } from './support/loans.js';
import { temporaryFolder } from './support/folder.js';
import { append, HISTORY, newStore, toAppend } from './support/stored.js';

const folder = temporaryFolder();
let store: EventStore;

beforeEach(async () => {
  store = await newStore();
});

function record(options: Partial<RecordOptions> = {}): Promise<RecordReport> {
  return recordHistories({ store, out: path.join(folder(), 'histories'), aggregates: ['loan'], ...options });
}

function masked(masking: MaskingOptions, options: Partial<RecordOptions> = {}): Promise<RecordReport> {
  return record({ masking: { key: 'a secret', ...masking }, ...options });
}

async function linesOf(report: RecordReport, at = 0): Promise<readonly string[]> {
  const text = await readFile(report.files[at] as string, 'utf8');
  return text.trimEnd().split('\n');
}

async function everything(): Promise<readonly string[]> {
  const entries = await readdir(folder(), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('a recorded stream', () => {
  beforeEach(() => append(store, 'loan-173688', HISTORY));

  it('is one file of its aggregate, which replays', async () => {
    const report = await masked({ fields: ['applicant', 'address.street'] });
    expect(report).toMatchObject({ streams: 1, events: 4 });
    expect(report.files[0]).toMatch(/histories\/loan\/loan-\d{6}\.ndjson$/);
    const replayed = await replayHistories({ events: `${folder()}/histories/**/*.ndjson`, aggregates: [Loan], update: true });
    expect(replayed).toMatchObject({ streams: 1, events: 4, written: 1, failed: 0 });
    expect(await everything()).toHaveLength(2);
  });

  it('has nothing of the fields that are masked, of the actor or of ids; what stays is listed', async () => {
    const report = await masked({ fields: ['applicant', 'loan.submitted:address'] });
    const text = (await linesOf(report)).join('\n') + report.files[0];
    for (const original of ['Ann', 'Example', 'Main Street', 'Utrecht', 'clerk-4711', '173688', '"c-1"'])
      expect(text).not.toContain(original);
    for await (const { eventId } of store.readStream('loan-173688')) expect(text).not.toContain(eventId);
    expect(text).toContain('20000');
    expect(report.unmasked).toEqual({
      'loan.approved': ['at'],
      'loan.noted': ['note'],
      'loan.paid': ['amount'],
      'loan.submitted': ['amount'],
    });
  });

  it('has the same masks with the same key, and others with another, or none', async () => {
    const bytes = async (key?: string): Promise<string> => {
      const report = await record({ masking: { fields: ['applicant'], ...(key !== undefined && { key }) } });
      return (await linesOf(report)).join('\n');
    };
    const first = await bytes('a secret');
    expect(await bytes('a secret')).toBe(first);
    expect(await bytes('another')).not.toBe(first);
    expect(await bytes()).not.toBe(await bytes());
  });

  it('keeps what is to be kept, knowingly', async () => {
    const keep = ['@streamId', '@id', '@metadata.actor', 'note'];
    const report = await masked({ fields: ['applicant'], keep });
    const text = (await linesOf(report)).join('\n');
    expect(report.files[0]).toMatch(/loan\/loan-173688\.ndjson$/);
    for (const kept of ['"loan-173688"', 'clerk-4711', 'called']) expect(text).toContain(kept);
    for await (const { eventId } of store.readStream('loan-173688')) expect(text).toContain(eventId);
    expect(report.unmasked['loan.noted']).toBeUndefined();
  });

  it('is masked by a function that is asked for each value', async () => {
    const asked: string[] = [];
    const report = await masked({
      fields: ['address.city'],
      mask: (value, { type, path: at, mask }) => {
        asked.push(`${type}:${at}`);
        return at === 'applicant' ? mask(value) : at === 'amount' ? 1 : value;
      },
    });
    const text = (await linesOf(report)).join('\n');
    for (const original of ['Ann Example', '"amount":20000', '"amount":120', 'Utrecht']) expect(text).not.toContain(original);
    expect(asked).toEqual([
      'loan.submitted:applicant',
      'loan.submitted:amount',
      'loan.submitted:address.street',
      'loan.noted:note',
      'loan.approved:at',
      'loan.paid:amount',
    ]);
    expect(report.unmasked).toEqual({ 'loan.approved': ['at'], 'loan.noted': ['note'], 'loan.submitted': ['address.street'] });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no idea');
      },
      'no idea',
    ],
    ['gives another kind', () => 7, 'it gave number for string'],
  ])('is not written when a mask function %s', async (_, mask, reason) => {
    await expect(masked({ mask })).rejects.toMatchObject({ code: 'RECORD_MASK_FAILED', details: { path: 'applicant', reason } });
    expect(await everything()).toEqual([]);
  });

  it.each([
    ['to mask', { fields: ['aplicant', 'applicant'] }, ['aplicant']],
    ['to mask in another event', { fields: ['loan.noted:applicant'] }, ['loan.noted:applicant']],
    ['to keep', { keep: ['address.zip', '@metadata.actor'] }, ['address.zip']],
  ])('is not written when a field %s is never found', async (_, masking, fields) => {
    const attempt = masked(masking);
    await expect(attempt).rejects.toMatchObject({ code: 'RECORD_FIELD_UNKNOWN', details: { fields } });
    await expect(attempt).rejects.toThrow('loan.noted: note');
    expect(await everything()).toEqual([]);
  });

  it('is not written when a masked value stands elsewhere, unless that is kept knowingly', async () => {
    await append(store, 'loan-173688', [new LoanNoted('spoke with Ann Example')]);
    const attempt = masked({ fields: ['applicant'] });
    await expect(attempt).rejects.toMatchObject({ code: 'RECORD_LEAKS', details: { places: ['loan.noted:note'] } });
    expect(await everything()).toEqual([]);
    expect(await masked({ fields: ['applicant'], keep: ['note'] })).toMatchObject({ streams: 1 });
    expect(await masked({ fields: ['applicant', 'note'] })).toMatchObject({ streams: 1 });
  });

  it('keeps its references to streams: an id in a payload gets the mask of the stream', async () => {
    await append(store, 'loan-4711', [
      new LoanSubmitted('Bob', 1, new Address('s', 'c')),
      new LoanNoted('loan-173688'),
      new LoanNoted('173688'),
    ]);
    const report = await masked({});
    const names = report.files.map((file) => path.basename(file, '.ndjson'));
    const lines = await linesOf(
      report,
      report.files.findIndex((_, at) => names[at]?.length === 'loan-4711'.length),
    );
    const target = names.find((name) => name.length === 'loan-173688'.length) as string;
    expect(lines.map((line) => (JSON.parse(line) as { data: { note?: string } }).data.note).slice(1)).toEqual([target, target.slice(5)]);
  });

  it('has no trace context, and metadata of others is masked unless it is kept', async () => {
    const metadata = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', branch: 'Rotterdam', team: 'Delta Works' };
    await store.append({ writes: [{ streamId: 'loan-9', expectedVersion: 'none', events: [toAppend(HISTORY[0] as object, metadata)] }] });
    const text = (await linesOf(await masked({ keep: ['@metadata.team'] }, { streams: ['loan-9'] }))).join('\n');
    for (const original of ['0af7651916cd', 'traceparent', 'Rotterdam']) expect(text).not.toContain(original);
    expect(text).toContain('Delta Works');
    expect(text).toContain('branch');
  });
});

describe('the sample', () => {
  const seen = async (report: RecordReport): Promise<{ readonly types: ReadonlySet<string>; readonly lengths: readonly number[] }> => {
    const types = new Set<string>();
    const lengths: number[] = [];
    for (const at of report.files.keys()) {
      const lines = await linesOf(report, at);
      lengths.push(lines.length);
      for (const line of lines) types.add((JSON.parse(line) as { type: string }).type);
    }
    return { types, lengths };
  };

  beforeEach(async () => {
    const submitted = HISTORY[0] as object;
    for (let n = 0; n < 300; n++) await append(store, `loan-${1000 + n}`, [submitted, ...(n % 2 === 0 ? [new LoanPaid(n)] : [])]);
    await append(store, 'loan-5000', [submitted, ...Array.from({ length: 99 }, () => new LoanPaid(1))]);
    await append(store, 'loan-6000', [submitted, new LoanApproved(new Date(0))]);
    await append(store, 'offer-1', [submitted]);
  });

  it('is the same for the same seed, and another for another', async () => {
    const files = async (seed: number): Promise<readonly string[]> => {
      const { files: names } = await masked({ keep: ['@streamId'] }, { sample: 20, seed });
      return names.toSorted();
    };
    const first = await files(7);
    expect(first).toHaveLength(20);
    expect(new Set(first).size).toBe(20);
    expect(await files(7)).toEqual(first);
    expect(await files(8)).not.toEqual(first);
  });

  it('changes little when streams are added', async () => {
    const draw = async (): Promise<ReadonlySet<string>> => new Set((await masked({ keep: ['@streamId'] }, { sample: 20, seed: 7 })).files);
    const before = await draw();
    for (let n = 0; n < 30; n++) await append(store, `loan-${2000 + n}`, [HISTORY[0] as object]);
    const after = await draw();
    expect([...before].filter((file) => after.has(file)).length).toBeGreaterThanOrEqual(14);
  });

  it('has the longest, the shortest and the rarest in it, however small it is', async () => {
    const { types, lengths } = await seen(await masked({}, { sample: 3, seed: 3 }));
    expect([...types].sort()).toEqual(['loan.approved', 'loan.paid', 'loan.submitted']);
    expect(lengths.toSorted((a, b) => a - b)).toEqual([1, 2, 100]);
  });

  it('is of the named aggregates alone, or of all', async () => {
    expect(await masked({}, { sample: 1000 })).toMatchObject({ streams: 302 });
    const report = await recordHistories({ store, out: path.join(folder(), 'all'), sample: 1000 });
    expect(report.streams).toBe(303);
    expect(report.files.filter((file) => file.includes('/offer/'))).toHaveLength(1);
    await expect(masked({}, { aggregates: ['lone'] })).rejects.toMatchObject({ code: 'RECORD_NOTHING' });
  });

  it('can be streams by name, with others or without', async () => {
    expect(await masked({ keep: ['@streamId'] }, { streams: ['loan-6000'] })).toMatchObject({
      streams: 1,
      files: [expect.stringContaining('loan-6000.ndjson')],
    });
    const { streams } = await masked({}, { streams: ['loan-1000', 'loan-1002'], sample: 3 });
    expect([3, 4, 5]).toContain(streams);
    await expect(masked({}, { streams: ['loan-7'] })).rejects.toThrow('with the id loan-7');
    expect(await everything()).not.toContain('loan-7.ndjson');
    await expect(masked({}, { sample: -1 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});
