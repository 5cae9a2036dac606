import type { Constructor } from '../../messages/constructor.js';
import type { AggregateModel } from '../../model/aggregate-model.js';
import type { AggregateRoot } from '../../model/aggregate-root.js';
import { modelOf } from '../../model/domain-model.js';
import type { ProcessDefinition } from '../../processes/process-definition.js';
import { isProcessClass } from '../../processes/process-manager.decorator.js';
import { processOf, type ProcessSource } from '../../processes/process-of.js';
import { ProcessSpec } from '../process-spec/process-spec.js';
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
 * Tests an aggregate or a process manager without a store. Every expectation returns a promise: await it, or return it from the test. A failed one
 * throws `SPEC_FAILED` or `PROCESS_SPEC_FAILED` with a difference in plain text; no test framework is needed.
 *
 * Events, commands and states go through the registries as if they were stored, expected ones too, so that one that cannot be stored fails
 * here; where an aggregate takes snapshots, its past goes through one. What a command may meet (`stream: 'new'`) holds as in an application.
 *
 * ```ts
 * await spec(Loan).given(new LoanSubmitted('a-17', 20000)).when(new ApproveLoan('173688')).then(new LoanApproved());
 * await spec(Loan).when(new ApproveLoan('173688')).thenThrows('STREAM_MISSING');
 * await spec(Checkout).given(new OrderPlaced('42')).when(executed(new ReserveStock('42'))).thenSends(new TakePayment('42'));
 * ```
 */
export function spec<T extends AggregateRoot>(aggregate: Constructor<T>): AggregateSpec<T>;
export function spec(process: ProcessSource): ProcessSpec;
export function spec<S>(aggregate: AggregateModel<S>): AggregateSpec<S>;
export function spec(source: Constructor<AggregateRoot> | AggregateModel | ProcessSource): AggregateSpec<unknown> | ProcessSpec {
  if (isProcess(source)) return new ProcessSpec(processOf(source));
  return new AggregateSpec(modelOf(source as Constructor<AggregateRoot> | AggregateModel));
}

function isProcess(source: object): source is ProcessSource {
  return isProcessClass(source) || (source as Partial<ProcessDefinition>).kind === 'process-manager';
}
