import type { CommandDescription } from '../messages/command-description.js';
import type { Constructor } from '../messages/constructor.js';

/** Which streams a command may meet: `new` has no events, `existing` has some, `any` either. */
export type StreamRequirement = 'new' | 'existing' | 'any';

/** What deciding gave. */
export interface Decision<S> {
  /** New events in order; may be empty. */
  readonly events: readonly object[];
  /** The state with those events applied. */
  readonly state: S;
  /** What the handler returned; undefined for most. */
  readonly value: unknown;
}

/** How one command is handled by an aggregate. */
export interface CommandHandling<S> {
  readonly command: CommandDescription;
  readonly stream: StreamRequirement;
  /** Runs the handler on the state. A throw is the domain's refusal; the state must then be thrown away. */
  decide(state: S, command: object): Promise<Decision<S>>;
}

/** Facts about an event that an apply method or `evolve` may look at. */
export interface ApplyContext {
  readonly streamId: string;
  readonly version: number;
}

/**
 * An aggregate as the framework runs it, made from a decorated class or by `defineAggregate`; both give the same.
 * Deterministic but for what handlers themselves do.
 */
export interface AggregateModel<S = unknown> {
  /** Stream ids are `<name>-<aggregate id>`. */
  readonly name: string;
  /** Every event class that its apply methods take. */
  readonly events: readonly Constructor[];
  /** By command class. */
  readonly commands: ReadonlyMap<Constructor, CommandHandling<S>>;
  /** Events between snapshots; undefined: none are taken. */
  readonly snapshotEvery?: number;
  /** The state before the first event. */
  initial(streamId: string): S;
  /** The state after `event`; for classes the same instance. Throws `EVENT_NOT_APPLIED` when no apply method takes it. */
  evolve(state: S, event: object, context: ApplyContext): S;
  /** The state as text, with the revision of its shape. */
  toSnapshot(state: S): string;
  /** Whether {@link fromSnapshot} can read this text (format, revision). Must not throw. */
  acceptsSnapshot(text: string): boolean;
  fromSnapshot(streamId: string, text: string): S;
}

/** `loan-173688` */
export function streamIdOf(aggregate: string, aggregateId: string): string {
  return `${aggregate}-${aggregateId}`;
}
