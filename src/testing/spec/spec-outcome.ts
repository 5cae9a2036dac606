import { isDeepStrictEqual } from 'node:util';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { Decision } from '../../model/aggregate-model.js';
import { describeError, matchesError, type ExpectedError } from './expected-error.js';
import { eventDifferences, fieldDifferences, render } from './differences.js';
import type { SpecRun } from './spec-run.js';

/** Expectations on how a command ended. Each may be asked, also several of one outcome; the command runs once. */
export class SpecOutcome<S> {
  constructor(
    private readonly aggregate: string,
    private readonly run: SpecRun<S>,
  ) {}

  /**
   * The command recorded exactly these events, in order, of the same classes and with the same payloads.
   * The name makes the outcome look like a promise: awaiting it without an expectation fails with `SPEC_FAILED`.
   */
  // oxlint-disable-next-line unicorn/no-thenable -- given, when, then are the words of the field
  async then(...expected: readonly object[]): Promise<void> {
    if (typeof expected[0] === 'function') return this.#refuseAwait(expected);
    const { events } = await this.#decision();
    const difference = eventDifferences(this.run.stored(expected), events);
    if (difference !== undefined) this.#fail(`it recorded other events.\n${difference}\n`);
  }

  /** The command was accepted and recorded nothing. */
  async thenNothing(): Promise<void> {
    const { events } = await this.#decision();
    if (events.length > 0) this.#fail(`it was to record nothing and recorded ${events.map(render).join(', ')}.`);
  }

  /**
   * The command was refused: by an error of this class, with this code, with this text in its message, matching this expression,
   * having these properties, or accepted by this function. Errors of the framework such as `STREAM_EXISTS` count too.
   */
  async thenThrows(expected: ExpectedError): Promise<void> {
    const result = await this.run.result();
    if (!('error' in result)) {
      return this.#fail(`it was to throw ${render(expected)} and recorded ${result.decision.events.map(render).join(', ') || 'nothing'}.`);
    }
    if (matchesError(result.error, expected)) return;
    this.#fail(`it was to throw ${render(expected)} and threw ${describeError(result.error)}.`, result.error);
  }

  /** The command was accepted, and the state after it has these fields, or is accepted by this function (`false` fails). */
  async thenState(expected: Partial<S> | Readonly<Record<string, unknown>> | ((state: S) => boolean | void)): Promise<void> {
    const { state } = await this.#decision();
    if (typeof expected === 'function') {
      if (expected(state) === false) this.#fail(`the state ${render(state)} was not accepted.`);
      return;
    }
    const differences = fieldDifferences(expected, state as object, Object.keys(expected));
    if (differences.length > 0) this.#fail(`the state is another.\n${differences.join('\n')}\n`);
  }

  /** The command was accepted, and its handler returned this value. */
  async thenReturns(expected: unknown): Promise<void> {
    const { value } = await this.#decision();
    if (!isDeepStrictEqual(value, expected)) this.#fail(`it was to return ${render(expected)} and returned ${render(value)}.`);
  }

  async #decision(): Promise<Decision<S>> {
    const result = await this.run.result();
    if ('decision' in result) return result.decision;
    return this.#fail(`it threw ${describeError(result.error)}.`, result.error);
  }

  /** What `await` calls: `then(resolve, reject)`. */
  #refuseAwait(callbacks: readonly object[]): void {
    const reject = callbacks[1] as (error: unknown) => void;
    const reason = 'when(...) was awaited with no expectation after it.';
    reject(new EventspanError('SPEC_FAILED', { aggregate: this.aggregate, reason }));
  }

  #fail(reason: string, cause?: unknown): never {
    throw new EventspanError('SPEC_FAILED', { aggregate: this.aggregate, reason }, cause === undefined ? {} : { cause });
  }
}
