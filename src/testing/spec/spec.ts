import type { Constructor } from '../../messages/constructor.js';
import type { AggregateModel } from '../../model/aggregate-model.js';
import type { AggregateRoot } from '../../model/aggregate-root.js';
import { modelOf } from '../../model/domain-model.js';
import { SpecOutcome } from './spec-outcome.js';
import { SpecRun } from './spec-run.js';

/** A stream's past and the command that meets it. Immutable: every step gives a new one, so that a common past can be shared. */
export class AggregateSpec<S> {
  constructor(
    private readonly model: AggregateModel<S>,
    private readonly past: readonly object[] = [],
  ) {}

  /** Adds events to the past of the stream, in order. Without it, or with none, the stream is new. */
  given(...events: readonly object[]): AggregateSpec<S> {
    return new AggregateSpec(this.model, [...this.past, ...events]);
  }

  /** The command under test. It runs once, when the first expectation asks for its outcome. */
  when(command: object): SpecOutcome<S> {
    return new SpecOutcome(this.model.name, new SpecRun(this.model, this.past, command));
  }
}

/**
 * Tests an aggregate without a store. Every expectation returns a promise: await it, or return it from the test. A failed one
 * throws `SPEC_FAILED` with a difference in plain text; no test framework is needed.
 *
 * Events go through the event registry as if they were stored, expected ones too, so that an event that cannot be stored fails
 * here; where the aggregate takes snapshots, its past goes through one. What a command may meet (`stream: 'new'`) holds as in an application.
 *
 * ```ts
 * await spec(Loan).given(new LoanSubmitted('a-17', 20000)).when(new ApproveLoan('173688')).then(new LoanApproved());
 * await spec(Loan).when(new ApproveLoan('173688')).thenThrows('STREAM_MISSING');
 * ```
 */
export function spec<T extends AggregateRoot>(aggregate: Constructor<T>): AggregateSpec<T>;
export function spec<S>(aggregate: AggregateModel<S>): AggregateSpec<S>;
export function spec(aggregate: Constructor<AggregateRoot> | AggregateModel): AggregateSpec<unknown> {
  return new AggregateSpec(modelOf(aggregate));
}
