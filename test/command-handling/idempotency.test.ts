import { OutcomeUnknownError } from '../../src/errors/store-errors.js';
import { EventspanError } from '../../src/errors/eventspan-error.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { Bench, HOMES, withMethods } from './homes.js';
import { LoanRefusal, NoteLoan, NoteOnce, SubmitLoan, TouchLoan } from './loan.js';

describe.each(HOMES)('a command repeated by its id on %s', (_, provider) => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open(provider());
  });
  afterEach(() => bench.store.close());

  it('returns the first result and writes nothing, in another process too', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'), { commandId: 'c-1' });
    const first = await bus.execute(new NoteLoan('1', 'a', 'b'), { commandId: 'c-2' });
    expect(first).toMatchObject({ repeated: false, value: 2, commandId: 'c-2' });
    await bus.execute(new NoteLoan('1', 'later'));
    for (const repeating of [bus, bench.bus()]) {
      const again = await repeating.execute(new NoteLoan('1', 'a', 'b'), { commandId: 'c-2' });
      expect(again).toEqual({ ...first, repeated: true, value: undefined });
    }
    expect(await bench.events('loan-1')).toHaveLength(4);
    expect(bus.statistics).toMatchObject({ executed: 4, repeated: 1 });
  });

  it('costs no request more than the first time when it decides the same', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'), { commandId: 'c-1' });
    expect(await bench.rpcsOf(() => bus.execute(new SubmitLoan('1'), { commandId: 'c-1' }))).toEqual({ Read: 0, Commit: 1 });
    await bus.execute(new TouchLoan('1'), { commandId: 'c-2' });
    expect(await bench.rpcsOf(() => bus.execute(new TouchLoan('1'), { commandId: 'c-2' }))).toEqual({ Read: 1, Commit: 1 });
  });

  it('returns the first result when the repeat is refused because of it: 1 Read more', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'));
    const first = await bus.execute(new NoteOnce('1', 'a'), { commandId: 'c-1' });
    const again = async () => {
      const result = await bus.execute(new NoteOnce('1', 'a'), { commandId: 'c-1' });
      expect(result).toEqual({ ...first, repeated: true, value: undefined });
    };
    expect(await bench.rpcsOf(again)).toEqual({ Read: 2, Commit: 0 });
    await expect(bus.execute(new NoteOnce('1', 'a'), { commandId: 'c-2' })).rejects.toThrow(LoanRefusal);
  });

  it('returns the first result when the stream has moved on from the expected version', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'));
    const options = { commandId: 'c-1', expectedVersion: 1 };
    const first = await bus.execute(new NoteLoan('1', 'a'), options);
    expect(await bus.execute(new NoteLoan('1', 'a'), options)).toMatchObject({ repeated: true, eventIds: first.eventIds, version: 2 });
  });

  it('stays without events when it had none the first time', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'));
    const first = async () => {
      const result = await bus.execute(new NoteLoan('1'), { commandId: 'c-1' });
      expect(result).toMatchObject({ repeated: false, eventIds: [], version: 1 });
    };
    expect(await bench.rpcsOf(first)).toEqual({ Read: 1, Commit: 1 });
    const again = await bus.execute(new NoteLoan('1', 'now there are notes'), { commandId: 'c-1' });
    expect(again).toMatchObject({ repeated: true, eventIds: [], streams: [] });
    expect(await bench.events('loan-1')).toHaveLength(1);
  });

  it('leaves a cached aggregate as it is stored', async () => {
    const bus = bench.bus({ cache: { maxAggregates: 10 } });
    await bus.execute(new SubmitLoan('1'));
    await bus.execute(new NoteLoan('1', 'a'), { commandId: 'c-1' });
    await bus.execute(new NoteLoan('1', 'a'), { commandId: 'c-1' });
    expect(await bus.execute(new NoteLoan('1', 'b'))).toMatchObject({ fromVersion: 2, version: 3, value: 2 });
  });

  it('takes effect once when its repeats race', async () => {
    const buses = [bench.bus(), bench.bus(), bench.bus()];
    const run = (command: object, commandId: string) => Promise.all([...buses, ...buses].map((bus) => bus.execute(command, { commandId })));
    const submitted = await run(new SubmitLoan('1'), 'c-1');
    expect(submitted.filter(({ repeated }) => !repeated)).toHaveLength(1);
    const noted = await run(new NoteLoan('1', 'a'), 'c-2');
    expect(noted.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(noted.flatMap(({ eventIds }) => eventIds)).size).toBe(1);
    expect(await bench.events('loan-1')).toHaveLength(2);
  });
});

describe.each(HOMES)('an append on %s whose outcome the store does not tell', (_, provider) => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open(provider());
    await bench.bus().execute(new SubmitLoan('1'));
  });
  afterEach(() => bench.store.close());
  const quick = { conflictBackoff: { initialMs: 1, factor: 1, maxMs: 1 } };

  /** The first append is carried out, or not, and its outcome kept back; each of `more` fails the next one. */
  function unclear(isStored: boolean, ...more: Error[]): EventStore {
    const failures = [unknown(), ...more];
    return withMethods(bench.store, {
      append: async (request, options) => {
        const failure = failures.shift();
        if (failure === undefined) return bench.store.append(request, options);
        if (isStored) await bench.store.append(request, options);
        throw failure;
      },
    });
  }
  const unknown = () => new OutcomeUnknownError('append', [], new Error('reply lost'));
  const away = () => new EventspanError('STORE_UNAVAILABLE', { reason: 'away' });

  it.each([
    ['that was stored', true],
    ['that was not stored', false],
  ])('is repeated with the same ids, one %s', async (_title, isStored) => {
    const store = unclear(isStored, away(), unknown());
    const result = await bench.bus({ ...quick, store }).execute(new NoteLoan('1', 'a'), { commandId: 'c-1' });
    expect(result).toMatchObject({ repeated: false, version: 2, attempts: 1, value: 1 });
    expect((await bench.events('loan-1')).map(({ eventId }) => eventId).slice(1)).toEqual(result.eventIds);
  });

  it('is decided again when another writer turns out to have been first', async () => {
    const failing = unclear(false);
    let isFirst = true;
    const store = withMethods(bench.store, {
      append: async (request, options) => {
        if (isFirst) await bench.bus().execute(new NoteLoan('1', 'theirs'));
        isFirst = false;
        return failing.append(request, options);
      },
    });
    expect(await bench.bus({ ...quick, store }).execute(new NoteLoan('1', 'a'))).toMatchObject({ version: 3, attempts: 2 });
  });

  it('stays unknown at the deadline: it is never called "not done"', async () => {
    const store = withMethods(bench.store, { append: () => Promise.reject(unknown()) });
    const bus = bench.bus({ ...quick, store });
    await expect(bus.execute(new NoteLoan('1', 'a'), { deadlineMs: 40 })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('stays unknown when the caller gives up meanwhile', async () => {
    const caller = new AbortController();
    const store = withMethods(bench.store, {
      append: async (request, options) => {
        await bench.store.append(request, options);
        caller.abort();
        throw unknown();
      },
    });
    const bus = bench.bus({ ...quick, store });
    await expect(bus.execute(new NoteLoan('1', 'a'), { signal: caller.signal })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await bench.events('loan-1')).toHaveLength(2);
  });
});
