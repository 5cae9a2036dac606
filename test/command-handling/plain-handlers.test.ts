import { CommandHandler } from '../../src/command-handling/command-handler.decorator.js';
import { commandHandler, type CommandContext } from '../../src/command-handling/command-handler.js';
import type { CommandRepository } from '../../src/command-handling/command-repository.js';
import { Command } from '../../src/messages/command.decorator.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { account, Deposit, Deposited, Transfer } from './account.js';
import { Bench, HOMES, withMethods } from './homes.js';
import { Loan, LoanNoted, NoteLoan, SubmitLoan } from './loan.js';

@Command('loan.copy')
class CopyLoan {
  constructor(
    readonly from: string,
    readonly to: string,
  ) {}
}

class Overdrawn extends Error {}

const transfer = commandHandler(Transfer, async ({ from, to, amount }, { repository }) => {
  const giver = await repository.load(account, from);
  const taker = await repository.load(account, to);
  if (giver.aggregate.balance < amount) throw new Overdrawn(`${giver.aggregate.balance} < ${amount}`);
  repository.save(giver, [new Deposited(-amount)]);
  repository.save(taker, [new Deposited(amount)]);
  return giver.aggregate.balance;
});

const quick = { conflictBackoff: { initialMs: 1, factor: 2, maxMs: 4 } };

describe.each(HOMES)('a plain command handler on %s', (_, provider) => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open(provider());
  });
  afterEach(() => bench.store.close());
  const amounts = async (id: string) => (await bench.events(`account-${id}`)).map(({ data }) => (JSON.parse(data) as Deposited).amount);
  const copying = (work: (loan: Loan, context: CommandContext) => unknown) =>
    bench.bus({
      handlers: [
        commandHandler(CopyLoan, async ({ from }, context) => {
          const { aggregate } = await context.repository.load(Loan, from);
          return work(aggregate, context);
        }),
      ],
    });

  it('writes to several streams in one atomic append', async () => {
    const bus = bench.bus({ handlers: [transfer] });
    await bus.execute(new Deposit('a', 100));
    let result: unknown;
    const rpcs = await bench.rpcsOf(async () => (result = await bus.execute(new Transfer('a', 'b', 30))));
    expect(rpcs).toEqual({ Read: 2, Commit: 1 });
    expect(result).toMatchObject({ streamId: 'account-a', aggregateId: undefined, fromVersion: 1, version: 2, value: 70, attempts: 1 });
    expect((result as { streams: unknown }).streams).toMatchObject([
      { streamId: 'account-a', firstVersion: 2 },
      { streamId: 'account-b', firstVersion: 1 },
    ]);
    expect([await amounts('a'), await amounts('b')]).toEqual([[100, -30], [30]]);
  });

  it('that throws writes nothing', async () => {
    const bus = bench.bus({ handlers: [transfer] });
    await bus.execute(new Deposit('a', 10));
    await expect(bus.execute(new Transfer('a', 'b', 30))).rejects.toThrow(Overdrawn);
    expect([await amounts('a'), await amounts('b')]).toEqual([[10], []]);
  });

  it('takes effect once by its commandId, also when the repeat is refused', async () => {
    const bus = bench.bus({ handlers: [transfer] });
    await bus.execute(new Deposit('a', 30));
    const first = await bus.execute(new Transfer('a', 'b', 30), { commandId: 't-1' });
    const again = await bus.execute(new Transfer('a', 'b', 30), { commandId: 't-1' });
    expect(again).toEqual({ ...first, repeated: true, value: undefined });
    expect(await amounts('a')).toEqual([30, -30]);
  });

  it('runs again after a conflict, on what is there then; 20 at once all succeed', async () => {
    const bus = bench.bus({ ...quick, handlers: [transfer] });
    await bus.execute(new Deposit('a', 100));
    const results = await Promise.all(Array.from({ length: 20 }, () => bus.execute(new Transfer('a', 'b', 5))));
    expect(results.map(({ value }) => value).sort((x, y) => Number(x) - Number(y))).toEqual(
      Array.from({ length: 20 }, (_value, at) => at * 5),
    );
    await expect(bus.execute(new Transfer('a', 'b', 5))).rejects.toThrow(Overdrawn);
    expect(await amounts('b')).toHaveLength(20);
  });

  it('gives up after conflictRetries, naming the stream', async () => {
    const other = bench.bus();
    const store = withMethods(bench.store, {
      append: async (request, options) => {
        await other.execute(new Deposit('b', 1));
        return bench.store.append(request, options);
      },
    });
    await other.execute(new Deposit('a', 100));
    const bus = bench.bus({ ...quick, store, handlers: [transfer], conflictRetries: 1 });
    await expect(bus.execute(new Transfer('a', 'b', 5))).rejects.toMatchObject({
      code: 'COMMAND_CONFLICTED',
      details: { streamId: 'account-b', attempts: 2 },
    });
    expect(await amounts('a')).toEqual([100]);
  });

  it('is an instance with its own dependencies, found by its decorator', async () => {
    @CommandHandler(Transfer)
    class TransferHandler {
      constructor(private readonly fee: number) {}
      execute({ from, to, amount }: Transfer, { repository }: CommandContext): string {
        repository.appendEvents(`account-${from}`, [new Deposited(-amount - this.fee)]);
        repository.appendEvents(`account-${from}`, [new Deposited(0)]);
        repository.appendEvents(`account-${to}`, [new Deposited(amount)], { expectedVersion: 'none' });
        return 'sent';
      }
    }
    const bus = bench.bus({ handlers: [new TransferHandler(1)] });
    expect(await bus.execute(new Transfer('a', 'b', 5))).toMatchObject({ value: 'sent', version: 2 });
    expect([await amounts('a'), await amounts('b')]).toEqual([[-6, 0], [5]]);
  });

  it('works with class aggregates: what they record is saved, snapshot included', async () => {
    const bus = bench.bus({
      handlers: [
        commandHandler(CopyLoan, async ({ from, to }, { repository }) => {
          const source = await repository.load(Loan, from);
          const target = await repository.load(Loan, to);
          expect((await repository.load(Loan, to)).aggregate).toBe(target.aggregate);
          target.aggregate.submit(new SubmitLoan(to, source.aggregate.applicant));
          target.aggregate.note(new NoteLoan(to, ...source.aggregate.notes));
          repository.save(target);
          return { version: target.version, streamId: target.streamId, notes: target.aggregate.notes.length };
        }),
      ],
    });
    await bus.execute(new SubmitLoan('1', 'a-9'));
    await bus.execute(new NoteLoan('1', ...'abcdefghij'));
    const { value, version } = await bus.execute(new CopyLoan('1', '2'));
    expect([value, version]).toEqual([{ version: 0, streamId: 'loan-2', notes: 10 }, 11]);
    const { snapshot } = await bench.store.load('loan-2', { acceptSnapshot: () => true });
    expect(snapshot).toMatchObject({ version: 11 });
    expect(await bus.execute(new NoteLoan('2', 'k'))).toMatchObject({ version: 12, value: 11 });
  });

  it('is refused when an aggregate recorded and was not saved', async () => {
    const bus = copying((loan) => loan.note(new NoteLoan('1', 'a')));
    await expect(bus.execute(new CopyLoan('1', '2'))).rejects.toMatchObject({
      code: 'COMMAND_EVENTS_UNSAVED',
      details: { command: 'loan.copy', streamId: 'loan-1', count: 1 },
    });
    expect(await bench.events('loan-1')).toEqual([]);
  });

  it('cannot write a stream in two ways, twice expected, or from another run', async () => {
    const invalid = (reason: string) => ({
      code: 'COMMAND_WRITE_INVALID',
      details: expect.objectContaining({ reason: expect.stringContaining(reason) as unknown }) as unknown,
    });
    const both = copying((_loan, { repository }) => repository.appendEvents('loan-1', [new LoanNoted('a')]));
    await expect(both.execute(new CopyLoan('1', '2'))).rejects.toMatchObject(invalid('belong into save'));
    const twice = copying((_loan, { repository }) => {
      repository.appendEvents('x', [new LoanNoted('a')], { expectedVersion: 1 });
      repository.appendEvents('x', [new LoanNoted('b')], { expectedVersion: 2 });
    });
    await expect(twice.execute(new CopyLoan('1', '2'))).rejects.toMatchObject(invalid('at 1 and at 2'));
    const kept: CommandRepository[] = [];
    const keeping = copying((_loan, { repository }) => kept.push(repository));
    await keeping.execute(new CopyLoan('1', '2'));
    expect(() => kept[0]!.appendEvents('x', [])).toThrow(expect.objectContaining(invalid('the handler is done')));
    await expect(kept[0]!.load(Loan, '1')).rejects.toMatchObject(invalid('the handler is done'));
    const foreign = { streamId: 'loan-1', aggregateId: '1', version: 0, aggregate: new Loan() };
    const saving = copying((_loan, { repository }) => repository.save(foreign));
    await expect(saving.execute(new CopyLoan('1', '2'))).rejects.toMatchObject(invalid('not loaded by the repository of this run'));
  });

  it('sees the command, its id, its metadata, the attempt and the expected version', async () => {
    const bus = copying((_loan, { commandId, metadata, attempt, expectedVersion }) => ({ commandId, metadata, attempt, expectedVersion }));
    const { value } = await bus.execute(new CopyLoan('1', '2'), { commandId: 'c-1', expectedVersion: 4, metadata: { actor: 'eve' } });
    expect(value).toEqual({
      commandId: 'c-1',
      metadata: { commandId: 'c-1', correlationId: 'c-1', causationId: 'c-1', actor: 'eve' },
      attempt: 1,
      expectedVersion: 4,
    });
  });

  it('that outlives the deadline is told by its signal, and nothing of it is written', async () => {
    const clock = new FakeClock();
    let late: Promise<unknown> | undefined;
    const handler = commandHandler(CopyLoan, (_command, { repository, signal }) => {
      late = new Promise((resolve) => signal.addEventListener('abort', resolve)).then(() =>
        repository.appendEvents('x', [new LoanNoted('late')]),
      );
      late.catch(() => undefined);
      return late;
    });
    const executing = bench.bus({ clock, handlers: [handler] }).execute(new CopyLoan('1', '2'), { deadlineMs: 50 });
    const refused = expect(executing).rejects.toMatchObject({ code: 'COMMAND_ABORTED' });
    await clock.untilSleeping();
    await clock.advance(50);
    await refused;
    await late?.catch(() => undefined);
    expect(await bench.events('x')).toEqual([]);
  });
});

describe('building a bus', () => {
  it.each([
    [
      'an aggregate and a plain handler',
      [commandHandler(SubmitLoan, () => undefined)],
      ['the aggregate loan', 'commandHandler(SubmitLoan)'],
    ],
    ['two plain handlers', [transfer, commandHandler(Transfer, () => 1)], ['commandHandler(Transfer)', 'commandHandler(Transfer)']],
  ])('refuses a command that %s take, naming both', async (_title, handlers, [first, second]) => {
    const bench = await Bench.open(HOMES[0]![1]());
    const expected = { code: 'COMMAND_HANDLER_TAKEN', details: { first, second } };
    expect(() => bench.bus({ handlers })).toThrow(
      expect.objectContaining({ ...expected, details: expect.objectContaining({ first, second }) as unknown }),
    );
  });

  it('refuses what is no handler', async () => {
    const bench = await Bench.open(HOMES[0]![1]());
    class Bare {
      execute(): void {}
    }
    @CommandHandler(Transfer)
    class Given {
      execute(): void {}
    }
    expect(() => bench.bus({ handlers: [{}] })).toThrow(expect.objectContaining({ code: 'COMMAND_HANDLER_INVALID' }));
    expect(() => bench.bus({ handlers: [Given] })).toThrow(expect.objectContaining({ code: 'COMMAND_HANDLER_INVALID' }));
    expect(() => bench.bus({ handlers: [new Bare()] })).toThrow(expect.objectContaining({ code: 'CLASS_NOT_DECORATED' }));
    expect(() => commandHandler(Bare, () => 1)).toThrow(expect.objectContaining({ code: 'CLASS_NOT_DECORATED' }));
  });

  it.each([
    ['conflictRetries', { conflictRetries: -1 }],
    ['cache.maxAggregates', { cache: { maxAggregates: 0 } }],
  ])('refuses %s out of its bounds', async (path, options) => {
    const bench = await Bench.open(HOMES[0]![1]());
    expect(() => bench.bus(options)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', details: expect.objectContaining({ path }) as unknown }),
    );
  });
});
