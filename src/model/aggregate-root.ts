import type { Constructor } from '../messages/constructor.js';
import { EventRecorder, RECORDER, type ApplyTable } from './event-recorder.js';
import { pairingsOf } from './method-pairings.js';

/** Beside the instances, not in them: an aggregate's own properties are its state and nothing else. */
const recorders = new WeakMap<AggregateRoot, EventRecorder>();
/** A class's decorators have all run before its first instance is made. */
const applyTables = new WeakMap<Constructor, ApplyTable>();

/**
 * Base of aggregates written as classes. Command handlers look at the state and `record()` events; apply methods set the state.
 *
 * The framework makes instances with `new Type()`, replays the stream through the apply methods, runs one handler and appends
 * what it recorded. An instance is for one command at a time. Own properties are the state; where
 * snapshots are taken they must be such as an event could carry, so no `#private` ones.
 *
 * ```ts
 * @Aggregate('loan')
 * class Loan extends AggregateRoot {
 *   private status: 'new' | 'submitted' = 'new';
 *
 *   @Handle(SubmitLoan, { stream: 'new' })
 *   submit(command: SubmitLoan) { this.record(new LoanSubmitted(command.applicant, command.amount)); }
 *
 *   @Apply(LoanSubmitted)
 *   protected onSubmitted() { this.status = 'submitted'; }
 * }
 * ```
 */
export abstract class AggregateRoot {
  /** `loan-173688`; empty on an instance that the framework did not make. */
  get streamId(): string {
    return this[RECORDER]().identity.streamId;
  }

  /** `173688`; empty on an instance that the framework did not make. */
  get id(): string {
    return this[RECORDER]().identity.id;
  }

  /** Version of the last event that was applied, those just recorded included; 0 before the first. */
  get version(): number {
    return this[RECORDER]().version;
  }

  /**
   * Applies the event at once and queues it for the append. Throws `EVENT_NOT_APPLIED` when no `@Apply` method takes its class,
   * and `RECORD_MISPLACED` inside an apply method, in the constructor, after the handler has ended, or after something threw.
   * An instance made with `new` by a test may record at any time.
   */
  protected record(event: object): void {
    this[RECORDER]().record(event);
  }

  /** @internal */
  [RECORDER](): EventRecorder {
    let recorder = recorders.get(this);
    if (recorder === undefined) {
      recorder = new EventRecorder(this, applyTableOf(this.constructor as Constructor));
      recorders.set(this, recorder);
    }
    return recorder;
  }
}

function applyTableOf(type: Constructor): ApplyTable {
  let table = applyTables.get(type);
  if (table === undefined) {
    table = pairingsOf(type, '@Apply');
    applyTables.set(type, table);
  }
  return table;
}
