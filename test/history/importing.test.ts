import {
  formatPosition,
  importEvents,
  OutcomeUnknownError,
  EventspanError,
  readLog,
  verifyExport,
  type Clock,
  type EventStore,
  type StoredEvent,
} from 'eventspan';
import { withMethods } from '../command-handling/homes.js';
import { exportText, inPieces } from './support/export-text.js';
import { appendThings } from './support/round-trips.js';
import { all, Workshop } from './support/stores.js';

const workshop = new Workshop();
const impatient: Clock = { now: () => 0, sleep: () => Promise.resolve() };
let source: EventStore;
let target: EventStore;

beforeEach(async () => {
  source = await workshop.memory();
  target = await workshop.sqlite();
});
afterEach(() => workshop.clean());

describe('[sqlite] importing into a store that fails', () => {
  beforeEach(() => appendThings(source, 'loan-1', 5));

  it('repeats a write that could not be made, and one of which it is not known', async () => {
    const errors = [
      new EventspanError('STORE_UNAVAILABLE', { reason: 'restart' }),
      new OutcomeUnknownError('the import', [], new Error('lost')),
    ];
    const failing = withMethods(target, {
      importEvents: async (events, options) => {
        const error = errors.pop();
        if (error === undefined) return target.importEvents(events, options);
        if (error.code === 'OUTCOME_UNKNOWN') await target.importEvents(events, options);
        throw error;
      },
    });
    const text = await exportText(source);
    expect(await importEvents({ store: failing, clock: impatient }, inPieces(text))).toMatchObject({ events: 5, present: 5 });
    expect(await verifyExport({ store: target }, inPieces(text))).toMatchObject({ events: 5 });
  });

  it('gives up a store that stays away, and goes on in the next call', async () => {
    let calls = 0;
    const failing = withMethods(target, {
      importEvents: (events, options) => {
        if (++calls > 1) return Promise.reject(new EventspanError('STORE_UNAVAILABLE', { reason: 'down' }));
        return target.importEvents(events, options);
      },
    });
    const text = await exportText(source);
    const options = { store: failing, clock: impatient, batchSize: 2 };
    await expect(importEvents(options, inPieces(text))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(calls).toBe(8);
    expect(await importEvents({ store: target }, inPieces(text))).toMatchObject({ present: 2, imported: 3 });
  });

  it('writes in smaller pieces where a commit has no room for a batch', async () => {
    const sizes: number[] = [];
    const narrow = withMethods(target, {
      importEvents: (events, options) => {
        if (events.length > 2)
          return Promise.reject(new EventspanError('COMMIT_TOO_LARGE', { mutations: 9, bytes: 9, maxMutations: 1, maxBytes: 1 }));
        sizes.push(events.length);
        return target.importEvents(events, options);
      },
    });
    expect(await importEvents({ store: narrow }, inPieces(await exportText(source)))).toMatchObject({ imported: 5 });
    expect(sizes).toEqual([2, 1, 2]);
  });

  it('stops with its signal', async () => {
    const controller = new AbortController();
    const text = await exportText(source);
    const import_ = importEvents(
      { store: target, batchSize: 1, signal: controller.signal, onProgress: () => controller.abort() },
      inPieces(text),
    );
    await expect(import_).rejects.toThrow();
    expect(await all(readLog(target))).toHaveLength(1);
  });
});

describe('[sqlite] importing commits of one time', () => {
  /** Two commits that Spanner gave the same time, each with its own index 0. */
  const tied = (streamId: string, version: number): StoredEvent => {
    const commitTime = '2026-01-01T00:00:00.000000000Z';
    const position = formatPosition({ commitTime, commitIndex: version - 1, streamId, version });
    return { eventId: `${streamId}/${version}`, type: 'thing.happened', data: '{}', metadata: '{}', streamId, version, shard: 0, position };
  };

  it('keeps times and contents; only indexes in the commit may be raised, which verifying does not mind', async () => {
    const wide = await workshop.memory(64);
    await wide.importEvents([tied('loan-1', 1), tied('loan-2', 1), tied('loan-1', 2), tied('loan-2', 2)]);
    const narrow = await workshop.memory(1);
    const text = await exportText(wide);
    const { digest } = await importEvents({ store: narrow }, inPieces(text));
    expect(await verifyExport({ store: narrow }, inPieces(text))).toMatchObject({ events: 4, digest });
    const again = await exportText(narrow);
    expect(again).toContain('/000001/1/loan-2');
    expect(await verifyExport({ store: wide }, inPieces(again))).toMatchObject({ digest });
  });

  it('says which event a store has that the export does not', async () => {
    const text = await exportText(source);
    await target.importEvents([tied('loan-1', 1)]);
    await expect(verifyExport({ store: target }, inPieces(text))).rejects.toMatchObject({
      code: 'EXPORT_STORE_DIFFERS',
      details: { streamId: 'loan-1', version: 1, reason: 'the store has it, and the export does not' },
    });
  });
});
