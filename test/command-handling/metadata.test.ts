import type { AppendResult } from '../../src/event-store/append.js';
import { commandHandler } from '../../src/command-handling/command-handler.js';
import { currentContext, runInContext } from '../../src/command-handling/message-context.js';
import type { CommandMiddleware } from '../../src/command-handling/middleware.js';
import type { CommandResult } from '../../src/command-handling/command-result.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { sequentialIds } from '../../src/testing/sequential-ids.js';
import { Deposit, Transfer } from './account.js';
import { Bench, HOMES } from './homes.js';
import { NoteLoan, RunOnLoan, SubmitLoan, TouchLoan } from './loan.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(HOMES[0]![1]());
});

describe('the metadata of an event', () => {
  it('begins a correlation with the command where there is none, and leaves out what is not known', async () => {
    const clock = new FakeClock(Date.UTC(2026, 10, 24, 5, 22, 37, 123));
    const ids = sequentialIds();
    const { commandId } = await bench.bus({ clock, ids }).execute(new TouchLoan('1'));
    expect(await bench.metadata('loan-1')).toEqual([
      { correlationId: commandId, causationId: commandId, commandId, time: '2026-11-24T05:22:37.123Z', schemaVersion: 2 },
    ]);
    expect(commandId).toBe(sequentialIds()());
  });

  it('carries the context: correlation, cause, actor, trace', async () => {
    const context = { correlationId: 'r-1', causationId: 'm-1', actor: 'eve', traceparent: '00-a-b-01', tracestate: 'x=1' };
    await runInContext(context, async () => {
      await Promise.resolve();
      return bench.bus({ source: 'loans' }).execute(new SubmitLoan('1'), { commandId: 'c-1' });
    });
    expect(await bench.metadata('loan-1')).toMatchObject([{ ...context, commandId: 'c-1', source: 'loans', schemaVersion: 1 }]);
    expect(currentContext()).toEqual({});
  });

  it('takes the caller’s metadata before the context’s, other names too, and never the framework’s fields', async () => {
    const forged = { commandId: 'x', time: 'x', schemaVersion: 9, source: 'x' };
    const metadata = { actor: 'bob', tenant: 't-1', skipped: undefined, ...forged } as { actor: string; tenant: string };
    await runInContext({ actor: 'eve', correlationId: 'r-1' }, () =>
      bench.bus().execute(new TouchLoan('1'), { commandId: 'c-1', metadata }),
    );
    const [stored] = await bench.metadata('loan-1');
    expect(stored).toMatchObject({ actor: 'bob', tenant: 't-1', correlationId: 'r-1', commandId: 'c-1', schemaVersion: 2 });
    expect(stored!.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Object.keys(stored!)).not.toEqual(expect.arrayContaining(['skipped']));
    expect(stored!.source).toBeUndefined();
  });

  it('makes a command the cause of the commands that its handler executes', async () => {
    const bus = bench.bus();
    const outer = new RunOnLoan('1', () => bus.execute(new TouchLoan('2'), { commandId: 'inner' }));
    await runInContext({ correlationId: 'r-1', actor: 'eve' }, () => bus.execute(outer, { commandId: 'outer' }));
    expect(await bench.metadata('loan-2')).toMatchObject([
      { correlationId: 'r-1', causationId: 'outer', commandId: 'inner', actor: 'eve' },
    ]);
    expect(await bench.metadata('loan-1')).toMatchObject([
      { correlationId: 'r-1', causationId: 'outer', commandId: 'outer', actor: 'eve' },
    ]);
  });

  it('is enriched by a hook that sees command and event and cannot change what is set', async () => {
    const bus = bench.bus({
      enrich: (metadata, { command, event }) => ({
        tenant: (command as TouchLoan).loanId,
        kind: event.constructor.name,
        seen: metadata.commandId,
        commandId: 'forged',
        schemaVersion: 9,
      }),
    });
    await bus.execute(new SubmitLoan('1'), { commandId: 'c-1' });
    await bus.execute(new NoteLoan('1', 'a'), { commandId: 'c-2' });
    expect(await bench.metadata('loan-1')).toMatchObject([
      { tenant: '1', kind: 'LoanSubmitted', seen: 'c-1', commandId: 'c-1', schemaVersion: 1 },
      { tenant: '1', kind: 'LoanNoted', seen: 'c-2', commandId: 'c-2', schemaVersion: 2 },
    ]);
    expect(await bus.execute(new NoteLoan('1'))).toMatchObject({ version: 2, value: 1 });
  });

  it('that is no JSON refuses the command', async () => {
    const execution = bench.bus().execute(new TouchLoan('1'), { metadata: { size: 1n } });
    await expect(execution).rejects.toMatchObject({ code: 'PAYLOAD_NOT_EXACT' });
    expect(await bench.events('loan-1')).toEqual([]);
  });
});

describe('a context', () => {
  it('is laid over the one around it', () => {
    runInContext({ correlationId: 'r-1', actor: 'eve' }, () => {
      runInContext({ actor: 'bob' }, () => expect(currentContext()).toEqual({ correlationId: 'r-1', actor: 'bob' }));
      expect(currentContext()).toEqual({ correlationId: 'r-1', actor: 'eve' });
    });
  });

  it('is the command’s inside handlers of both kinds, and none in onAppended', async () => {
    const seen: unknown[] = [];
    const bus = bench.bus({
      handlers: [commandHandler(Transfer, () => currentContext())],
      onAppended: () => void seen.push(currentContext()),
    });
    const inside = { correlationId: 'c-1', causationId: 'c-1' };
    expect((await bus.execute(new Transfer('a', 'b', 1), { commandId: 'c-1' })).value).toEqual(inside);
    expect((await bus.execute(new RunOnLoan('1', () => currentContext()), { commandId: 'c-2' })).value).toEqual({
      correlationId: 'c-2',
      causationId: 'c-2',
    });
    expect(seen).toEqual([{}]);
  });
});

describe('middleware', () => {
  it('runs around the command, the first outermost, and sees what it is', async () => {
    const steps: unknown[] = [];
    const layer =
      (name: string): CommandMiddleware =>
      async (context, next) => {
        steps.push([`${name} in`, context.commandName, context.commandId, context.metadata.actor]);
        const result = await next();
        steps.push([`${name} out`, result.version]);
        return result;
      };
    const bus = bench.bus({ middleware: [layer('outer'), layer('inner')] });
    await bus.execute(new TouchLoan('1'), { commandId: 'c-1', metadata: { actor: 'eve' } });
    expect(steps).toEqual([
      ['outer in', 'loan.touch', 'c-1', 'eve'],
      ['inner in', 'loan.touch', 'c-1', 'eve'],
      ['inner out', 1],
      ['outer out', 1],
    ]);
  });

  it('may answer by itself, refuse, or run the command again', async () => {
    const answer = { version: 42 } as CommandResult;
    const answering = bench.bus({ middleware: [async () => answer] });
    expect(await answering.execute(new TouchLoan('1'))).toBe(answer);
    const refusing = bench.bus({
      middleware: [
        () => {
          throw new Error('not allowed');
        },
      ],
    });
    await expect(refusing.execute(new TouchLoan('1'))).rejects.toThrow('not allowed');
    expect(await bench.events('loan-1')).toEqual([]);
    let failures = 1;
    const twice: CommandMiddleware = async (_context, next) => {
      try {
        return await next();
      } catch {
        return await next();
      }
    };
    const retrying = bench.bus({ middleware: [twice] });
    const flaky = new RunOnLoan('1', () => {
      if (failures-- > 0) throw new Error('flaky');
    });
    expect(await retrying.execute(flaky)).toMatchObject({ version: 1 });
  });
});

describe('onAppended', () => {
  it('is told of each append, and of none that wrote nothing', async () => {
    const told: AppendResult[] = [];
    const bus = bench.bus({ onAppended: (result) => void told.push(result) });
    const result = await bus.execute(new SubmitLoan('1'), { commandId: 'c-1' });
    await bus.execute(new SubmitLoan('1'), { commandId: 'c-1' });
    await bus.execute(new NoteLoan('1'), { commandId: 'c-2' });
    await bus.execute(new NoteLoan('1'));
    expect(told.map(({ streams }) => streams)).toEqual([result.streams]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('nudge failed');
      },
    ],
    ['rejects', (): Promise<void> => Promise.reject(new Error('nudge failed'))],
  ])('does not fail the command when it %s; that is logged', async (_title, onAppended) => {
    const logged: object[] = [];
    const warned = new Promise<void>((resolve) => {
      const warn = (fields: object): void => {
        logged.push(fields);
        resolve();
      };
      const logger = { debug() {}, info() {}, warn, error() {} };
      void bench.bus({ logger, onAppended }).execute(new Deposit('a', 1));
    });
    await warned;
    const id = expect.any(String) as string;
    expect(logged).toEqual([{ correlationId: id, commandId: id, reason: 'nudge failed' }]);
    expect(await bench.events('account-a')).toHaveLength(1);
  });
});
