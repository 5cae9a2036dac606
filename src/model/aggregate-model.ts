import type { CommandDescription } from '../messages/command-description.js';
import type { Constructor } from '../messages/constructor.js';
import type { SnapshotPolicy } from './snapshot-policy.js';

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
  /** When a snapshot goes with an append; undefined: none are taken, and none is looked for. */
  readonly snapshots?: SnapshotPolicy;
  /**
   * Which snapshots {@link fromSnapshot} reads: `<snapshotRevision>-<hash of the state's shape>`. Found when it is first asked for. Throws
   * what making the initial state throws.
   */
  readonly snapshotRevision: string;
  /** The state before the first event. */
  initial(streamId: string): S;
  /** The state after `event`; for classes the same instance. Throws `EVENT_NOT_APPLIED` when no apply method takes it. */
  evolve(state: S, event: object, context: ApplyContext): S;
  /** Tells the state of a stored event that is read as none today, so that its version goes on. Absent where states count no versions. */
  passOver?(state: S, version: number): void;
  /** The state after the event `version` as text, with the revision. Throws `PAYLOAD_NOT_EXACT`, `PAYLOAD_TOO_LARGE`. */
  toSnapshot(state: S, version: number): string;
  /** Throws `PAYLOAD_UNREADABLE`, also for a text of another revision; `PAYLOAD_TOO_LARGE`. */
  fromSnapshot(streamId: string, text: string): S;
}

/** `loan-173688` */
export function streamIdOf(aggregate: string, aggregateId: string): string {
  return `${aggregate}-${aggregateId}`;
}
