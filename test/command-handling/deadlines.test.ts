import { FakeClock } from '../../src/testing/fake-clock.js';
import { Bench, HOMES, withMethods } from './homes.js';
import { NoteLoan, RunOnLoan, SubmitLoan, TouchLoan } from './loan.js';

describe.each(HOMES)('giving a command up on %s', (_, provider) => {
  let bench: Bench;
  let clock: FakeClock;
  beforeEach(async () => {
    clock = new FakeClock();
    bench = await Bench.open(provider(), clock);
  });
  afterEach(() => bench.store.close());

  /** A handler that holds the stream's turn until it is let go. */
  function hold() {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    return { command: new RunOnLoan('1', () => held), release };
  }

  it('ends the waiting for its turn at the deadline, and the turn that comes later is passed on', async () => {
    const bus = bench.bus({ clock });
    const { command, release } = hold();
    const holding = bus.execute(command, { deadlineMs: 60_000 });
    const waiting = bus.execute(new TouchLoan('1'), { deadlineMs: 100 });
    const refused = expect(waiting).rejects.toMatchObject({
      code: 'COMMAND_ABORTED',
      details: { command: 'loan.touch', reason: 'its deadline of 100 ms is over' },
    });
    await clock.untilSleeping();
    await clock.advance(100);
    await refused;
    release();
    await holding;
    expect(await bus.execute(new NoteLoan('1', 'next'))).toMatchObject({ version: 2 });
    expect(clock.sleeping).toBe(0);
  });

  it('ends the waiting for its turn when the caller aborts', async () => {
    const bus = bench.bus({ clock });
    const { command, release } = hold();
    const holding = bus.execute(command);
    const caller = new AbortController();
    const waiting = bus.execute(new TouchLoan('1'), { signal: caller.signal });
    caller.abort(new Error('user left'));
    await expect(waiting).rejects.toMatchObject({ code: 'COMMAND_ABORTED', cause: { message: 'user left' } });
    release();
    await holding;
    expect(await bench.events('loan-1')).toHaveLength(1);
  });

  it('writes nothing when it comes while the handler decides', async () => {
    const bus = bench.bus({ clock });
    const caller = new AbortController();
    const command = new RunOnLoan('1', () => caller.abort());
    await expect(bus.execute(command, { signal: caller.signal })).rejects.toMatchObject({ code: 'COMMAND_ABORTED' });
    expect(await bench.events('loan-1')).toEqual([]);
    const slow = new RunOnLoan('1', () => clock.advance(500));
    await expect(bus.execute(slow, { deadlineMs: 500 })).rejects.toMatchObject({ code: 'COMMAND_ABORTED' });
    expect(await bench.events('loan-1')).toEqual([]);
  });

  it('ends the reading: the store is given the signal and what is left of the deadline', async () => {
    const caller = new AbortController();
    const seen: unknown[] = [];
    const store = withMethods(bench.store, {
      load: async (_streamId, options) => {
        seen.push(options?.deadlineMs, options?.caller);
        caller.abort();
        options?.signal?.throwIfAborted();
        throw new Error('the signal was not handed over');
      },
    });
    const execution = bench.bus({ clock, store }).execute(new TouchLoan('1'), { signal: caller.signal, deadlineMs: 700 });
    await expect(execution).rejects.toMatchObject({ code: 'COMMAND_ABORTED' });
    expect(seen).toEqual([700, 'command']);
  });

  it('does not read at all when the caller has aborted before', async () => {
    const execution = () => bench.bus({ clock }).execute(new TouchLoan('1'), { signal: AbortSignal.abort() });
    const rpcs = await bench.rpcsOf(() => expect(execution()).rejects.toMatchObject({ code: 'COMMAND_ABORTED' }));
    expect(rpcs).toEqual({ Read: 0, Commit: 0 });
  });

  it('ends the tries after conflicts', async () => {
    await bench.bus({ clock }).execute(new SubmitLoan('1'));
    const other = bench.bus({ clock });
    const store = withMethods(bench.store, {
      append: async (request, options) => {
        await other.execute(new NoteLoan('1', 'theirs'));
        return bench.store.append(request, options);
      },
    });
    const bus = bench.bus({ clock, store, conflictBackoff: { initialMs: 400, factor: 1, maxMs: 400 }, random: () => 0.99 });
    const refused = expect(bus.execute(new NoteLoan('1', 'a'), { deadlineMs: 1000 })).rejects.toMatchObject({ code: 'COMMAND_ABORTED' });
    for (let conflict = 1; conflict <= 3; conflict++) {
      await clock.untilSleeping();
      await clock.advance(400);
    }
    await refused;
    expect(bus.statistics).toMatchObject({ conflicts: 3, retries: 2 });
  });

  it('does not touch an append that has been sent: the result is returned', async () => {
    const caller = new AbortController();
    const store = withMethods(bench.store, {
      append: async (request, options) => {
        caller.abort();
        expect(options?.signal).toBeUndefined();
        return bench.store.append(request, options);
      },
    });
    const result = await bench.bus({ clock, store }).execute(new TouchLoan('1'), { signal: caller.signal });
    expect(result).toMatchObject({ version: 1 });
  });
});
