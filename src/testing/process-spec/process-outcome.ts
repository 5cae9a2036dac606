import { isDeepStrictEqual } from 'node:util';
import { EventspanError, isEventspanError } from '../../errors/eventspan-error.js';
import type { Constructor } from '../../messages/constructor.js';
import { describeEventClass } from '../../messages/event.decorator.js';
import type { TimerDue } from '../../messaging/outgoing.js';
import { eventDifferences, fieldDifferences, render } from '../spec/differences.js';
import { describeError, matchesError, type ExpectedError } from '../spec/expected-error.js';
import { executed } from './command-outcome.js';
import type { ProcessRun, SpecStep } from './process-run.js';

/** The run with all messages behind it, and what the last of them did; or what it threw. */
export type ProcessResult = { readonly run: ProcessRun; readonly before: string } & (
  { readonly step: SpecStep } | { readonly error: unknown }
);

type Check = (result: ProcessResult) => void | Promise<void>;

/** Compensations of one spec at most. */
const MAX_COMPENSATIONS = 1_000;

/**
 * Expectations on what a message did to a process. They may be chained; awaiting the chain runs the messages once and checks all of them, and
 * throws `PROCESS_SPEC_FAILED` with what is different. Awaiting it without any fails.
 */
export class ProcessOutcome implements PromiseLike<void> {
  constructor(
    private readonly process: string,
    private readonly start: () => Promise<ProcessResult>,
    private readonly checks: readonly Check[] = [],
  ) {}

  /** It sent exactly these commands, in order, besides compensations. */
  thenSends(...commands: readonly object[]): ProcessOutcome {
    return this.and((result) => {
      const { run, step } = this.done(result);
      const sent = step.sent.filter(({ isCompensation }) => !isCompensation).map(({ command }) => command);
      const difference = eventDifferences(
        commands.map((command) => run.commands.stored(command)),
        sent,
      );
      if (difference !== undefined) this.fail(`it sent other commands.\n${difference.replace('recorded', 'sent')}\n`);
    });
  }

  /** It had this message scheduled, so many milliseconds from then or at that time. */
  thenSchedules(message: object, due: TimerDue): ProcessOutcome {
    return this.and((result) => {
      const { run, step } = this.done(result);
      const at = 'in' in due ? run.clock.now() + due.in : due.at.getTime();
      const stored = run.stored(message);
      if (step.timers.some((timer) => isDeepStrictEqual(timer.message, stored) && timer.dueAt.getTime() === at)) return;
      const there = step.timers.map((timer) => `${render(timer.message)} in ${timer.dueAt.getTime() - run.clock.now()} ms`);
      this.fail(`it was to schedule ${render(message)} in ${at - run.clock.now()} ms and scheduled ${there.join(', ') || 'nothing'}.`);
    });
  }

  /** It took this timer back: by its name, or the class of its message. */
  thenCancels(timer: string | Constructor): ProcessOutcome {
    return this.and((result) => {
      const { step } = this.done(result);
      const name = typeof timer === 'string' ? timer : describeEventClass(timer).name;
      const cancelled = step.advanced?.cancelled ?? [];
      if (!cancelled.includes(name)) this.fail(`it was to cancel the timer ${name} and cancelled ${cancelled.join(', ') || 'none'}.`);
    });
  }

  /**
   * It is compensated by exactly these commands, in order, each of which is executed before the next one is sent. What became of the steps before
   * has to be said: `executed(...)` or `refused(...)`.
   */
  thenCompensates(...commands: readonly object[]): ProcessOutcome {
    return this.and(async (result) => {
      const { run, step } = this.done(result);
      const expected = commands.map((command) => run.commands.stored(command));
      const sent: object[] = [];
      for (let next: SpecStep | undefined = step; next !== undefined && sent.length < MAX_COMPENSATIONS;) {
        const [compensation] = next.sent.filter(({ isCompensation }) => isCompensation);
        if (compensation === undefined) break;
        sent.push(compensation.command);
        next = await run.handle(executed(compensation.command));
      }
      const { status } = run.current?.record ?? {};
      if (status === 'compensating') {
        this.fail(`it waits to hear of ${run.awaited.map(render).join(', ')}; say executed(...) or refused(...).`);
      }
      if (status !== 'compensated') this.fail(`it was to be compensated and is ${status ?? 'not begun'}.`);
      const difference = eventDifferences(expected, sent);
      if (difference !== undefined) this.fail(`it was compensated by other commands.\n${difference.replace('recorded', 'sent')}\n`);
    });
  }

  /** It is completed. */
  thenCompletes(): ProcessOutcome {
    return this.thenStatus('completed');
  }

  /** It is parked, for a reason with this text in it. */
  thenParks(reason = ''): ProcessOutcome {
    return this.thenStatus('parked').and(({ run }) => {
      const why = run.current?.record.parked?.reason ?? '';
      if (!why.includes(reason)) this.fail(`it was to be parked because of ${render(reason)} and is because of ${render(why)}.`);
    });
  }

  /** It sent, scheduled and cancelled nothing, and its status is as it was. */
  thenNothing(): ProcessOutcome {
    return this.and((result) => {
      const { run, step } = this.done(result);
      const { sent, scheduled, cancelled } = step.advanced ?? { sent: [], scheduled: [], cancelled: [] };
      const did = [...step.sent.map(({ command }) => `sent ${render(command)}`), ...scheduled.map((name) => `scheduled ${name}`)];
      did.push(...cancelled.map((name) => `cancelled ${name}`));
      const status = run.current?.record.status ?? 'not begun';
      if (status !== result.before) did.push(`is ${status}`);
      if (did.length + sent.length > 0) this.fail(`it was to do nothing and ${did.join(', ')}.`);
    });
  }

  /** Its state has these fields, or is accepted by this function (`false` fails). */
  thenState(expected: Readonly<Record<string, unknown>> | ((state: never) => boolean | void)): ProcessOutcome {
    return this.and((result) => {
      const { run } = this.done(result);
      const { state } = run;
      if (state === undefined) this.fail('it has not begun.');
      if (typeof expected === 'function') {
        if (expected(state as never) === false) this.fail(`the state ${render(state)} was not accepted.`);
        return;
      }
      const differences = fieldDifferences(expected, state, Object.keys(expected));
      if (differences.length > 0) this.fail(`the state is another.\n${differences.join('\n')}\n`);
    });
  }

  /** The message could not be handled, by this error. */
  thenThrows(expected: ExpectedError): ProcessOutcome {
    return this.and((result) => {
      if (!('error' in result)) this.fail(`it was to throw ${render(expected)} and threw nothing.`);
      else if (!matchesError(result.error, expected))
        this.fail(`it was to throw ${render(expected)} and threw ${describeError(result.error)}.`, result.error);
    });
  }

  /** Runs it. */
  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise of its expectations
  then<A = void, B = never>(
    onKept?: ((value: void) => A | PromiseLike<A>) | null,
    onBroken?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.run().then(onKept, onBroken);
  }

  private thenStatus(expected: string): ProcessOutcome {
    return this.and((result) => {
      const { run } = this.done(result);
      const { status, reason, parked } = run.current?.record ?? {};
      const why = parked?.reason ?? reason;
      if (status !== expected) {
        this.fail(`it was to be ${expected} and is ${status ?? 'not begun'}${why === undefined ? '' : `: ${why}`}.`);
      }
    });
  }

  private async run(): Promise<void> {
    if (this.checks.length === 0) this.fail('when(...) was awaited with no expectation after it.');
    const result = await this.start();
    for (const check of this.checks) await check(result);
  }

  private and(check: Check): ProcessOutcome {
    return new ProcessOutcome(this.process, this.start, [...this.checks, check]);
  }

  private done(result: ProcessResult): { readonly run: ProcessRun; readonly step: SpecStep } {
    if ('step' in result) return result;
    if (isEventspanError(result.error, 'PROCESS_SPEC_FAILED')) throw result.error;
    return this.fail(`it threw ${describeError(result.error)}.`, result.error);
  }

  private fail(reason: string, cause?: unknown): never {
    throw new EventspanError('PROCESS_SPEC_FAILED', { process: this.process, reason }, cause === undefined ? {} : { cause });
  }
}
