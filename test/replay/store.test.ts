import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  replayStore,
  type EventStore,
  type ReplayFinding,
  type ReplayProgress,
  type ReplayStoreOptions,
  type StoreReplayReport,
} from '../../src/index.js';
import { STREAM_CLOSED_TYPE } from '../../src/event-store/stream-closed.js';
import { FakeClock } from '../../src/testing/index.js';
import { Loan, LoanNoted, LoanPaid, loanOf } from './support/loans.js';
import { temporaryFolder } from './support/folder.js';
import { append, HISTORY, newStore } from './support/stored.js';

const folder = temporaryFolder();
let store: EventStore;
let accepted: string;

beforeEach(async () => {
  store = await newStore();
  accepted = path.join(folder(), 'accepted.ndjson');
  for (const id of ['1', '2', '10']) await append(store, `loan-${id}`, HISTORY);
});

function replay(options: Partial<ReplayStoreOptions> = {}): Promise<StoreReplayReport> {
  return replayStore({ store, aggregates: [Loan], ...options });
}

async function acceptedIds(): Promise<readonly string[]> {
  const text = await readFile(accepted, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as [string])[0]);
}

describe('[memory] the replay of a store', () => {
  it('counts streams and events, and finds nothing where all is well', async () => {
    const report = await replay();
    expect(report).toMatchObject({ streams: 3, events: 12, new: 3, failed: 0, changed: 0, findings: [] });
    expect(report).not.toHaveProperty('accepted');
  });

  it('reports a stream that no longer loads with version, code, message and stack, and replays the others', async () => {
    await append(store, 'loan-3', [HISTORY[0] as object]);
    const found: ReplayFinding[] = [];
    const report = await replay({ aggregates: [loanOf({ refusesNotes: true })], onFinding: (finding) => found.push(finding) });
    expect(report).toMatchObject({ streams: 4, failed: 3, new: 1 });
    expect(report.findings).toEqual(found);
    expect(found.map(({ streamId }) => streamId)).toEqual(['loan-1', 'loan-10', 'loan-2']);
    expect(found[0]).toMatchObject({ kind: 'failed', version: 1, code: 'REPLAY_EVENT_FAILED', stack: expect.stringContaining('onNoted') });
    expect(found[0]?.message).toContain('notes are not supported');
  });

  it('reports an event that is no longer known by its own code', async () => {
    await store.append({
      writes: [{ streamId: 'loan-1', expectedVersion: 4, events: [{ ...unknown, eventId: '00000000-0000-7000-8000-00000000ffff' }] }],
    });
    expect((await replay()).findings).toMatchObject([{ streamId: 'loan-1', version: 4, code: 'EVENT_TYPE_UNKNOWN' }]);
  });

  it('passes over streams of other aggregates, and says how many', async () => {
    await append(store, 'offer-1', HISTORY);
    expect(await replay()).toMatchObject({ streams: 3, unowned: 1 });
    expect(await replay({ only: ['loan'] })).toMatchObject({ streams: 3, unowned: 0 });
    await expect(replay({ only: ['offer'] })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('says how far and how fast it is, page by page', async () => {
    const clock = new FakeClock();
    const slow = new Proxy(store, {
      get: (target, name) =>
        name === 'listStreams'
          ? async (...args: Parameters<EventStore['listStreams']>) => {
              await clock.advance(2_000);
              return target.listStreams(...args);
            }
          : Reflect.get(target, name, target),
    });
    const seen: ReplayProgress[] = [];
    const report = await replay({ store: slow, clock, onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([{ streams: 3, events: 12, failed: 0, changed: 0, seconds: 2, eventsPerSecond: 6 }]);
    expect(report).toMatchObject({ seconds: 2, eventsPerSecond: 6 });
  });

  it('goes through more streams than a page has', async () => {
    for (let n = 0; n < 1_100; n++) await append(store, `loan-x${n}`, [HISTORY[0] as object]);
    expect(await replay({ accepted, accept: true, concurrency: 50 })).toMatchObject({ streams: 1_103, events: 1_112, accepted: 1_103 });
    expect(await replay({ accepted, concurrency: 1 })).toMatchObject({ same: 1_103, changed: 0 });
    expect(await acceptedIds()).toEqual((await acceptedIds()).toSorted());
  });

  it('has bounded concurrency', async () => {
    let open = 0;
    let most = 0;
    const watched = new Proxy(store, {
      get: (target, name) => {
        if (name !== 'readStream') return Reflect.get(target, name, target) as unknown;
        return async function* (...args: Parameters<EventStore['readStream']>) {
          most = Math.max(most, ++open);
          await Promise.resolve();
          yield* target.readStream(...args);
          open--;
        };
      },
    });
    for (let n = 20; n < 40; n++) await append(store, `loan-${n}`, HISTORY);
    await replay({ store: watched, concurrency: 3 });
    expect([most, open]).toEqual([3, 0]);
    await expect(replay({ concurrency: 0 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('[memory] accepted states', () => {
  beforeEach(async () => {
    expect(await replay({ accepted, accept: true })).toMatchObject({ new: 3, accepted: 3 });
  });

  it('stand in a small sorted file, and are the same in the next run', async () => {
    expect(await acceptedIds()).toEqual(['loan-1', 'loan-10', 'loan-2']);
    const bytes = await readFile(accepted, 'utf8');
    expect(bytes).toMatch(/^\["loan-1",4,"[\w-]{16}"\]\n/);
    expect(await replay({ accepted })).toMatchObject({ same: 3, new: 0, changed: 0 });
    await replay({ accepted, accept: true });
    expect(await readFile(accepted, 'utf8')).toBe(bytes);
  });

  it('that changed are reported, until they are accepted', async () => {
    const aggregates = [loanOf({ paidCounts: 2 })];
    const report = await replay({ accepted, aggregates });
    expect(report).toMatchObject({ changed: 3, same: 0, failed: 0 });
    expect(report.findings[0]).toEqual({
      streamId: 'loan-1',
      kind: 'changed',
      version: 4,
      message: 'Its state at version 4 is not the accepted one.',
    });
    expect(await replay({ accepted, aggregates, accept: true })).toMatchObject({ changed: 3, accepted: 3 });
    expect(await replay({ accepted, aggregates })).toMatchObject({ same: 3, changed: 0 });
  });

  it('of streams that grew are compared at the accepted version; new streams are counted', async () => {
    await append(store, 'loan-2', [new LoanPaid(1)]);
    await append(store, 'loan-7', HISTORY);
    expect(await replay({ accepted })).toMatchObject({ same: 2, grown: 1, new: 1, changed: 0 });
    expect(await replay({ accepted, aggregates: [loanOf({ paidCounts: 2 })] })).toMatchObject({ changed: 3, grown: 0, new: 1 });
    await replay({ accepted, accept: true });
    expect(await replay({ accepted })).toMatchObject({ same: 4, grown: 0, new: 0 });
  });

  it('of streams that fail stay through an acceptance', async () => {
    await append(store, 'loan-2', [new LoanNoted('x')]);
    const report = await replay({ accepted, accept: true, aggregates: [loanOf({ refusesNotes: true })] });
    expect(report).toMatchObject({ failed: 3, accepted: 3 });
    expect(await replay({ accepted })).toMatchObject({ same: 2, grown: 1 });
  });

  it('of streams that shrank or are gone are reported; an acceptance forgets those that are gone', async () => {
    const other = await newStore();
    await append(other, 'loan-2', HISTORY.slice(0, 2));
    const report = await replay({ store: other, accepted, accept: true });
    expect(report.findings.map(({ streamId, kind }) => [streamId, kind])).toEqual([
      ['loan-1', 'gone'],
      ['loan-10', 'gone'],
      ['loan-2', 'shrunk'],
    ]);
    expect(await acceptedIds()).toEqual(['loan-2']);
  });

  it('of other aggregates are left alone when one is singled out', async () => {
    const lines = (await readFile(accepted, 'utf8')) + '["offer-1",3,"AAAAAAAAAAAAAAAA"]\n';
    await writeFile(accepted, `["aid-1",3,"AAAAAAAAAAAAAAAA"]\n${lines}`);
    expect(await replay({ accepted, accept: true, only: ['loan'] })).toMatchObject({ same: 3, changed: 0, accepted: 5 });
    expect(await acceptedIds()).toEqual(['aid-1', 'loan-1', 'loan-10', 'loan-2', 'offer-1']);
    expect(await replay({ accepted })).toMatchObject({ same: 3, changed: 2 });
  });

  it('are as they were after a run that was stopped or failed', async () => {
    const bytes = await readFile(accepted, 'utf8');
    await append(store, 'loan-2', [new LoanPaid(1)]);
    await expect(replay({ accepted, accept: true, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow();
    expect(await readFile(accepted, 'utf8')).toBe(bytes);
  });

  it.each([
    ['a line that is none', '["loan-1",4,"x"]\nnonsense\n', 2],
    ['a line of another shape', '{"streamId":"loan-1"}\n', 1],
    ['lines out of order', '["loan-2",4,"x"]\n["loan-1",4,"x"]\n', 2],
  ])('with %s are refused with the line', async (_, text, line) => {
    await writeFile(accepted, text);
    await expect(replay({ accepted, accept: true })).rejects.toMatchObject({ code: 'ACCEPTED_INVALID', details: { line } });
    expect(await readFile(accepted, 'utf8')).toBe(text);
  });

  it('cannot be accepted without a file', async () => {
    await expect(replay({ accept: true })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('of a stream whose events were deleted are forgotten', async () => {
    const closing = { eventId: '00000000-0000-7000-8000-00000000fffe', type: STREAM_CLOSED_TYPE, data: '{"kind":"deleted","reason":"r"}' };
    await store.append({ writes: [{ streamId: 'loan-1', expectedVersion: 4, events: [{ ...unknown, ...closing }] }] });
    expect(await replay({ accepted })).toMatchObject({ grown: 1, removed: 0 });
    await store.deleteEvents('loan-1');
    expect(await replay({ accepted, accept: true })).toMatchObject({ removed: 1, same: 2, changed: 0, accepted: 2 });
  });
});

const unknown = {
  type: 'loan.forgotten',
  data: '{}',
  metadata: '{"correlationId":"c","time":"2026-01-02T00:00:00.000Z","schemaVersion":1}',
};
