import {
  closeBooks,
  closedStreamsOf,
  closeStream,
  deleteStream,
  OutcomeUnknownError,
  readLog,
  STREAM_CLOSED_TYPE,
  streamsOf,
  type EventStore,
  type StoreProvider,
} from 'eventspan';
import { account, Deposit, Deposited } from '../../command-handling/account.js';
import { Bench, registry, withMethods } from '../../command-handling/homes.js';
import { appendThings } from './round-trips.js';
import { all } from './stores.js';

/** Closing and deleting streams, and closing the books, on stores that `make` gives, each empty. */
export function describeClosing(make: () => StoreProvider | Promise<StoreProvider>): void {
  describe('closing streams', () => {
    let bench: Bench;
    let store: EventStore;

    beforeEach(async () => {
      bench = await Bench.open(await make());
      store = bench.store;
    });
    afterEach(() => store.close());

    it('archives: nothing is appended any more, the events stay', async () => {
      await appendThings(store, 'loan-1', 2);
      const result = await closeStream(store, 'loan-1', { reason: 'paid back', metadata: { actor: 'ann' } });
      expect(result).toMatchObject({ streamId: 'loan-1', version: 3, kind: 'archived', reason: 'paid back', repeated: false });
      await expect(appendThings(store, 'loan-1', 1)).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
      const events = await bench.events('loan-1');
      expect(events.map(({ type }) => type)).toEqual(['thing.happened', 'thing.happened', STREAM_CLOSED_TYPE]);
      expect(JSON.parse(events[2]?.metadata ?? '')).toMatchObject({ actor: 'ann', schemaVersion: 1 });
    });

    it('is the first closing when repeated, also by several at once', async () => {
      await appendThings(store, 'loan-1', 1);
      const results = await Promise.all(['a', 'b', 'c'].map((reason) => closeStream(store, 'loan-1', { reason })));
      expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(new Set(results.map(({ reason }) => reason)).size).toBe(1);
      expect(await bench.events('loan-1')).toHaveLength(2);
    });

    it('closes at the version that is expected only, and goes on against other writers where none is', async () => {
      await appendThings(store, 'loan-1', 2);
      await expect(closeStream(store, 'loan-1', { reason: 'x', expectedVersion: 1 })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
      let raced = false;
      const racing = withMethods(store, {
        append: async (request, options) => {
          if (!raced) await appendThings(store, 'loan-1', 1);
          raced = true;
          return store.append(request, options);
        },
      });
      expect(await closeStream(racing, 'loan-1', { reason: 'x' })).toMatchObject({ version: 4, repeated: false });
    });

    it('knows its own closing when the answer was lost', async () => {
      await appendThings(store, 'loan-1', 1);
      let calls = 0;
      const lossy = withMethods(store, {
        append: async (request, options) => {
          await store.append(request, options);
          calls++;
          throw new OutcomeUnknownError('the append', [], new Error('lost'));
        },
      });
      expect(await closeStream(lossy, 'loan-1', { reason: 'x' })).toMatchObject({ version: 2, repeated: false });
      expect(calls).toBe(1);
    });

    it('refuses a stream without events, a reason that is none and metadata that JSON cannot carry', async () => {
      await expect(closeStream(store, 'none-1', { reason: 'x' })).rejects.toMatchObject({ code: 'STREAM_UNKNOWN' });
      await appendThings(store, 'loan-1', 1);
      await expect(closeStream(store, 'loan-1', { reason: '' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
      await expect(closeStream(store, 'loan-1', { reason: 'x', metadata: { at: Number.NaN } })).rejects.toMatchObject({
        code: 'PAYLOAD_NOT_EXACT',
      });
      expect(await bench.events('loan-1')).toHaveLength(1);
    });

    it('deletes: the closing event alone is left, versions are not given out again, and a repeat does nothing', async () => {
      await appendThings(store, 'loan-1', 3);
      await appendThings(store, 'loan-2', 1);
      expect(await deleteStream(store, 'loan-1', { reason: 'asked for' })).toMatchObject({ version: 4, kind: 'deleted', removed: 3 });
      expect((await bench.events('loan-1')).map(({ version }) => version)).toEqual([4]);
      expect((await all(readLog(store))).map(({ streamId }) => streamId)).toEqual(['loan-2', 'loan-1']);
      await expect(appendThings(store, 'loan-1', 1)).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
      expect(await deleteStream(store, 'loan-1', { reason: 'again' })).toMatchObject({ removed: 0, repeated: true, reason: 'asked for' });
    });

    it('goes on with a deletion that was broken off between closing and removing', async () => {
      await appendThings(store, 'loan-1', 3);
      const broken = withMethods(store, { deleteEvents: () => Promise.reject(new Error('the power went off')) });
      await expect(deleteStream(broken, 'loan-1', { reason: 'asked for' })).rejects.toThrow('the power went off');
      expect(await deleteStream(store, 'loan-1', { reason: 'asked for' })).toMatchObject({ removed: 3, version: 4 });
    });

    it('lists streams and closed streams over pages, by prefix', async () => {
      for (const streamId of ['a-1', 'b-1', 'b-2']) await appendThings(store, streamId, 1);
      await closeStream(store, 'b-1', { reason: 'done', successor: 'b-2' });
      await deleteStream(store, 'a-1', { reason: 'asked for' });
      expect((await all(streamsOf(store, { prefix: 'b-' }))).map(({ streamId }) => streamId)).toEqual(['b-1', 'b-2']);
      expect(await all(closedStreamsOf(store))).toMatchObject([
        { streamId: 'a-1', kind: 'deleted', version: 2 },
        { streamId: 'b-1', kind: 'archived', successor: 'b-2', version: 2 },
      ]);
    });
  });

  describe('closing the books', () => {
    let bench: Bench;
    let store: EventStore;
    const opening = ({ aggregate }: { readonly aggregate: { readonly balance: number } }): readonly object[] => [
      new Deposited(aggregate.balance),
    ];

    beforeEach(async () => {
      bench = await Bench.open(await make());
      store = bench.store;
      const bus = bench.bus();
      for (const amount of [10, 20, 5]) await bus.execute(new Deposit('17', amount));
    });
    afterEach(() => store.close());

    it('begins the successor with the old state and closes the old stream, in one commit', async () => {
      const result = await closeBooks(account, '17', {
        store,
        events: registry,
        successor: '17-2027',
        opening,
        metadata: { actor: 'ann' },
      });
      expect(result).toMatchObject({
        streamId: 'account-17',
        version: 4,
        successor: { streamId: 'account-17-2027', version: 1 },
        repeated: false,
      });
      const [opened] = await bench.events('account-17-2027');
      const [, , , closed] = await bench.events('account-17');
      expect(opened?.data).toBe('{"amount":35}');
      expect(opened?.position.slice(0, 30)).toBe(closed?.position.slice(0, 30));
      expect(JSON.parse(closed?.data ?? '')).toEqual({ kind: 'archived', reason: 'books closed', successor: 'account-17-2027' });
      expect(JSON.parse(opened?.metadata ?? '')).toMatchObject({ actor: 'ann' });
    });

    it('names the successor to commands on the old aggregate', async () => {
      const bus = bench.bus();
      await bus.execute(new Deposit('17', 1));
      await closeBooks(account, '17', { store, events: registry, successor: '17-2027', opening });
      // Once from the cache, once loaded.
      for (const commands of [bus, bench.bus()]) {
        const error: unknown = await commands.execute(new Deposit('17', 1)).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'STREAM_CLOSED', details: { successor: 'account-17-2027', kind: 'archived' } });
        expect((error as Error).message).toContain('it goes on in account-17-2027');
      }
      await expect(bus.execute(new Deposit('17-2027', 1))).resolves.toMatchObject({ version: 2 });
    });

    it('happens once when repeated, and refuses another closing', async () => {
      const options = { store, events: registry, successor: '17-2027', opening };
      const first = await closeBooks(account, '17', options);
      expect(await closeBooks(account, '17', options)).toEqual({ ...first, repeated: true });
      const other = closeBooks(account, '17', { ...options, successor: '17-2028' });
      await expect(other).rejects.toMatchObject({ code: 'STREAM_CLOSED', details: { successor: 'account-17-2027' } });
    });

    it('decides again when somebody writes meanwhile, and gives up when they do not stop', async () => {
      const bus = bench.bus();
      const states: number[] = [];
      const racing = (times: number): EventStore => {
        let left = times;
        return withMethods(store, {
          append: async (request, options) => {
            if (left-- > 0) await bus.execute(new Deposit('17', 1));
            return store.append(request, options);
          },
        });
      };
      const noting = (old: { readonly aggregate: { readonly balance: number } }): readonly object[] => {
        states.push(old.aggregate.balance);
        return opening(old);
      };
      const given = { events: registry, successor: '17-2027', opening: noting };
      await expect(closeBooks(account, '17', { ...given, store: racing(99) })).rejects.toMatchObject({ code: 'BOOKS_CONFLICTED' });
      expect(await bench.events('account-17-2027')).toEqual([]);
      states.length = 0;
      await closeBooks(account, '17', { ...given, store: racing(2) });
      expect(states).toEqual([43, 44, 45]);
      expect((await bench.events('account-17-2027'))[0]?.data).toBe('{"amount":45}');
    });

    it('writes nothing when the successor has events, when there is nothing to open with, or nothing to close', async () => {
      const options = { store, events: registry, successor: '18', opening };
      await bench.bus().execute(new Deposit('18', 1));
      await expect(closeBooks(account, '17', options)).rejects.toMatchObject({ code: 'BOOKS_SUCCESSOR_EXISTS' });
      await expect(closeBooks(account, '17', { ...options, successor: '19', opening: () => [] })).rejects.toMatchObject({
        code: 'OPTION_INVALID',
      });
      await expect(closeBooks(account, '17', { ...options, successor: '17' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
      await expect(closeBooks(account, 'none', { ...options, successor: '19' })).rejects.toMatchObject({ code: 'STREAM_UNKNOWN' });
      expect(await bench.events('account-17')).toHaveLength(3);
    });
  });
}
