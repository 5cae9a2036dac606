import { decodeToken } from '../../src/event-store/consistency-token.js';
import { Deposit } from './account.js';
import { Bench, HOMES } from './homes.js';
import { LoanRefusal, NoteLoan, NoteOnce, RunOnLoan, SubmitLoan, TouchLoan } from './loan.js';

describe.each(HOMES)('a command on %s', (_, provider) => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open(provider());
  });
  afterEach(() => bench.store.close());

  it('appends what its handler recorded and says where', async () => {
    const bus = bench.bus();
    const submitted = await bus.execute<string>(new SubmitLoan('1'));
    expect(submitted).toMatchObject({
      streamId: 'loan-1',
      aggregateId: '1',
      fromVersion: 0,
      version: 1,
      attempts: 1,
      repeated: false,
      value: 'loan of a-17',
    });
    const noted = await bus.execute(new NoteLoan('1', 'a', 'b'));
    expect(noted).toMatchObject({ fromVersion: 1, version: 3, value: 2 });
    const events = await bench.events('loan-1');
    expect(events.map(({ type, version, data }) => [type, version, data])).toEqual([
      ['loan.submitted', 1, '{"applicant":"a-17"}'],
      ['loan.noted', 2, '{"note":"a"}'],
      ['loan.noted', 3, '{"note":"b"}'],
    ]);
    expect([...submitted.eventIds, ...noted.eventIds]).toEqual(events.map(({ eventId }) => eventId));
    expect([...decodeToken(noted.token)]).toEqual([[events[2]!.shard, events[2]!.position]]);
    expect(bus.statistics).toEqual({ executed: 2, repeated: 0, failed: 0, conflicts: 0, retries: 0, cacheHits: 0 });
  });

  it('runs on a functional aggregate in the same way', async () => {
    const bus = bench.bus();
    for (const amount of [1, 2, 3]) await bus.execute(new Deposit('9', amount));
    expect((await bench.store.load('account-9', { acceptSnapshot: () => true })).snapshot).toMatchObject({ version: 3 });
    expect(await bus.execute(new Deposit('9', 4))).toMatchObject({ streamId: 'account-9', version: 4 });
  });

  it('writes nothing when its handler records nothing', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'));
    let result: unknown;
    const rpcs = await bench.rpcsOf(async () => (result = await bus.execute(new NoteLoan('1'))));
    expect(result).toMatchObject({ streamId: 'loan-1', fromVersion: 1, version: 1, eventIds: [], streams: [], value: 0 });
    expect(rpcs).toEqual({ Read: 1, Commit: 0 });
  });

  it('is refused with what its handler throws, and nothing of it is stored', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'));
    await bus.execute(new NoteOnce('1', 'a'));
    await expect(bus.execute(new NoteOnce('1', 'b'))).rejects.toThrow(new LoanRefusal('the loan has a note: a'));
    expect(await bench.events('loan-1')).toHaveLength(2);
    expect(bus.statistics.failed).toBe(1);
  });

  it('needs the stream that its handler declares', async () => {
    const bus = bench.bus();
    await expect(bus.execute(new NoteLoan('1', 'a'))).rejects.toMatchObject({ code: 'STREAM_MISSING', details: { streamId: 'loan-1' } });
    await bus.execute(new SubmitLoan('1'));
    await expect(bus.execute(new SubmitLoan('1'))).rejects.toMatchObject({ code: 'STREAM_EXISTS', details: { command: 'loan.submit' } });
    expect(await bus.execute(new TouchLoan('2'))).toMatchObject({ version: 1 });
    expect(await bus.execute(new TouchLoan('2'))).toMatchObject({ version: 2 });
    expect(bus.statistics).toMatchObject({ conflicts: 1, retries: 0 });
  });

  it('names an aggregate and has a handler', async () => {
    const bus = bench.bus();
    await expect(bus.execute(new NoteLoan('', 'a'))).rejects.toMatchObject({ code: 'COMMAND_TARGET_INVALID' });
    await expect(bus.execute(new NoteLoan(undefined as unknown as string))).rejects.toMatchObject({ code: 'COMMAND_TARGET_INVALID' });
    await expect(bus.execute(new Date())).rejects.toMatchObject({ code: 'COMMAND_UNKNOWN', details: { command: 'Date' } });
    await expect(bus.execute({ constructor: SubmitLoan })).rejects.toMatchObject({ code: 'COMMAND_UNKNOWN' });
  });

  it('holds the expected version that its caller gives, without trying again', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'), { expectedVersion: 'none' });
    expect(await bus.execute(new NoteLoan('1', 'a'), { expectedVersion: 1 })).toMatchObject({ version: 2 });
    expect(await bus.execute(new NoteLoan('1', 'b'), { expectedVersion: 'exists' })).toMatchObject({ version: 3 });
    const mismatch = { code: 'VERSION_CONFLICT', expected: 1, actual: 3 };
    await expect(bus.execute(new NoteLoan('1', 'c'), { expectedVersion: 1 })).rejects.toMatchObject(mismatch);
    await expect(bus.execute(new SubmitLoan('1'), { expectedVersion: 0 })).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actual: 3 });
    await expect(bus.execute(new SubmitLoan('2'), { expectedVersion: 4 })).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actual: 0 });
    expect(await bench.events('loan-1')).toHaveLength(3);
    expect(bus.statistics.retries).toBe(0);
  });

  it('takes a snapshot in the same commit when it crosses the boundary', async () => {
    const bus = bench.bus();
    await bus.execute(new SubmitLoan('1'));
    await bus.execute(new NoteLoan('1', ...Array.from({ length: 8 }, (_value, at) => `n${at}`)));
    const snapshot = async () => (await bench.store.load('loan-1', { acceptSnapshot: () => true })).snapshot;
    expect(await snapshot()).toBeUndefined();
    const rpcs = await bench.rpcsOf(() => bus.execute(new NoteLoan('1', 'x', 'y', 'z')));
    expect(rpcs).toEqual({ Read: 1, Commit: 1 });
    expect(await snapshot()).toMatchObject({ version: 12 });
    expect(await bus.execute(new NoteLoan('1'))).toMatchObject({ version: 12, value: 11 });
  });

  it('refuses a payload that cannot be stored, with nothing written', async () => {
    const bus = bench.bus();
    await expect(bus.execute(new SubmitLoan('1', '\ud800'))).rejects.toMatchObject({ code: 'PAYLOAD_NOT_EXACT' });
    expect(await bench.events('loan-1')).toEqual([]);
  });

  it('cannot be waited for by the handler of its own stream', async () => {
    const bus = bench.bus();
    const nested = new RunOnLoan('1', () => bus.execute(new TouchLoan('1')));
    await expect(bus.execute(nested)).rejects.toMatchObject({ code: 'COMMAND_NESTED', details: { streamId: 'loan-1' } });
    const other = await bus.execute(new RunOnLoan('1', () => bus.execute(new TouchLoan('2'))));
    expect(other).toMatchObject({ version: 1, value: { streamId: 'loan-2' } });
    expect(await bus.execute(new TouchLoan('1'))).toMatchObject({ version: 2 });
  });

  it.each([
    ['deadlineMs', { deadlineMs: 0 }],
    ['commandId', { commandId: '' }],
    ['commandId', { commandId: 'x'.repeat(201) }],
  ])('is refused for an option out of bounds: %s', async (path, options) => {
    await expect(bench.bus().execute(new TouchLoan('1'), options)).rejects.toMatchObject({ code: 'OPTION_INVALID', details: { path } });
  });
});

describe('the requests of a command', () => {
  it('are 1 Read and 1 Commit; 1 Commit when the stream must be new', async () => {
    const bench = await Bench.open(HOMES[0]![1]());
    const bus = bench.bus();
    expect(await bench.rpcsOf(() => bus.execute(new SubmitLoan('1')))).toEqual({ Read: 0, Commit: 1 });
    expect(await bench.rpcsOf(() => bus.execute(new NoteLoan('1', 'a')))).toEqual({ Read: 1, Commit: 1 });
  });

  it('are 1 Commit when the aggregate is cached, and 2 again when it has been pushed out', async () => {
    const bench = await Bench.open(HOMES[0]![1]());
    const bus = bench.bus({ cache: { maxAggregates: 2 } });
    await bus.execute(new SubmitLoan('1'));
    expect(await bench.rpcsOf(() => bus.execute(new NoteLoan('1', 'a')))).toEqual({ Read: 0, Commit: 1 });
    await bus.execute(new SubmitLoan('2'));
    await bus.execute(new NoteLoan('1', 'b'));
    await bus.execute(new SubmitLoan('3'));
    expect(await bench.rpcsOf(() => bus.execute(new NoteLoan('1', 'c')))).toEqual({ Read: 0, Commit: 1 });
    expect(await bench.rpcsOf(() => bus.execute(new NoteLoan('2', 'a')))).toEqual({ Read: 1, Commit: 1 });
    expect(bus.statistics.cacheHits).toBe(3);
  });
});
