import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import type { ApplyContext } from './aggregate-model.js';
import { messageClassOf, messageLabel } from './message-class.js';
import type { MethodPairing } from './method-pairings.js';

/** Key of the method by which the framework reaches an aggregate's recorder; not exported from the package. */
export const RECORDER: unique symbol = Symbol.for('eventspan.recorder');

/** Apply methods by event class. */
export type ApplyTable = ReadonlyMap<Constructor, MethodPairing>;

/** Which aggregate an instance is. */
export interface AggregateIdentity {
  readonly streamId: string;
  readonly id: string;
}

/**
 * The state machine behind one aggregate instance.
 *
 * - `detached`: made with `new` by a test; records freely.
 * - `idle`: made by the framework, between commands; refuses to record, since nothing would store it.
 * - `deciding`: a command handler runs; records.
 * - `applying`: an apply method runs; refuses to record, since replay would record again.
 * - `spent`: a handler or apply method threw; the state may be half changed, so that everything is refused.
 */
type Phase = 'detached' | 'idle' | 'deciding' | 'applying' | 'spent';

const REFUSALS: Readonly<Partial<Record<Phase, string>>> = {
  idle: 'no command is being handled',
  applying: 'an apply method is running, and apply methods only set state',
  spent: 'a handler or an apply method of this instance threw before',
};

/** Applies and queues events for one aggregate instance. */
export class EventRecorder {
  identity: AggregateIdentity = { streamId: '', id: '' };
  /** Of the last applied event, recorded or loaded. */
  version = 0;
  #phase: Phase = 'detached';
  #pending: object[] = [];

  constructor(
    private readonly aggregate: object,
    private readonly applies: ApplyTable,
  ) {}

  /** Binds a new instance to its stream. Throws `RECORD_MISPLACED` when its constructor recorded. */
  attach(identity: AggregateIdentity, version: number): void {
    const first = this.#pending[0];
    if (first !== undefined) throw this.#misplaced(first, 'it was recorded in the constructor');
    this.identity = identity;
    this.version = version;
    this.#phase = 'idle';
  }

  /** Applies the event and queues it. Throws `RECORD_MISPLACED`, `EVENT_NOT_APPLIED`, `APPLY_ASYNC`. */
  record(event: object): void {
    const refusal = REFUSALS[this.#phase];
    if (refusal !== undefined) throw this.#misplaced(event, refusal);
    this.apply(event, { streamId: this.identity.streamId, version: this.version + 1 });
    this.#pending.push(event);
  }

  /** Runs the apply method of an event, one loaded or one being recorded. */
  apply(event: object, context: ApplyContext): void {
    const method = this.#applyMethodOf(event);
    const phase = this.#phase;
    this.#phase = 'applying';
    try {
      const result = (this.aggregate as Record<string | symbol, (event: object, context: ApplyContext) => unknown>)[method]?.(
        event,
        context,
      );
      if (isPromise(result)) throw new EventspanError('APPLY_ASYNC', { place: `${this.#name}.${String(method)}` });
    } catch (error) {
      this.#phase = 'spent';
      throw error;
    }
    this.#phase = phase;
    this.version = context.version;
  }

  /** Runs a command handler and hands over what it recorded. After a throw the instance is spent. */
  async decide(handler: () => unknown): Promise<{ events: readonly object[]; value: unknown }> {
    if (this.#phase !== 'idle') {
      const reason = REFUSALS[this.#phase] ?? (this.#phase === 'deciding' ? 'it handles another command' : 'it was made with new');
      throw new EventspanError('RECORD_MISPLACED', { aggregate: this.#name, event: 'anything', reason });
    }
    this.#phase = 'deciding';
    try {
      const value = await handler();
      return { events: this.#release(), value };
    } catch (error) {
      this.#phase = 'spent';
      this.#pending = [];
      throw error;
    }
  }

  #release(): readonly object[] {
    // A handler that swallowed the error of an apply method must not store events beside a half-changed state.
    if (this.#phase === 'spent') {
      throw new EventspanError('RECORD_MISPLACED', { aggregate: this.#name, event: 'anything', reason: REFUSALS.spent });
    }
    const events = this.#pending;
    this.#pending = [];
    this.#phase = 'idle';
    return events;
  }

  #applyMethodOf(event: object): string | symbol {
    const type = messageClassOf(event);
    const pairing = type && this.applies.get(type);
    if (pairing === undefined) throw new EventspanError('EVENT_NOT_APPLIED', { aggregate: this.#name, type: messageLabel(event) });
    return pairing.method;
  }

  get #name(): string {
    return this.aggregate.constructor.name;
  }

  #misplaced(event: object, reason: string): EventspanError {
    return new EventspanError('RECORD_MISPLACED', { aggregate: this.#name, event: messageLabel(event), reason });
  }
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
