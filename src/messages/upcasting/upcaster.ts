import type { Constructor } from '../constructor.js';
import type { UpcastContext } from './upcast-context.js';

/** An event class of today, or the wire name of an event that has no class any more. */
export type EventReference = Constructor | string;

/** What an upcaster leads to: a class in its version of today, or any event in a named version. */
export type UpcastTarget = Constructor | EventAtVersion;

export interface EventAtVersion {
  readonly event: EventReference;
  readonly version: number;
}

/** An event in a stored version, as one of those that a merge takes. */
export interface MergeMember {
  readonly event: EventReference;
  readonly from: number;
}

/** One step of a chain. Made by `upcast`, or from `@Upcast` on a static method. */
export interface Upcaster {
  readonly kind: 'change' | 'unchanged' | 'split' | 'drop';
  /** For error messages. */
  readonly label: string;
  readonly event: EventReference;
  /** The version it takes. */
  readonly from: number;
  /** One but for `split` (those that may come of it) and `drop` (none). */
  readonly into: readonly UpcastTarget[];
  /** Gives a payload; for `split` an array of {@link Becoming}; not called for `unchanged` and `drop`. */
  readonly run: (data: object, context: UpcastContext) => unknown;
}

/** Several consecutive events of one append that become one. */
export interface MergeUpcaster {
  readonly kind: 'merge';
  readonly label: string;
  /** In the order in which they stand in the stream; at least two. */
  readonly members: readonly MergeMember[];
  readonly into: UpcastTarget;
  /** Gives a payload. */
  readonly run: (data: readonly object[], context: UpcastContext) => unknown;
}

/** Writes the version below, for programs that do not know the newer one yet. Made by `downcast`, or from `@Downcast`. */
export interface Downcaster {
  readonly kind: 'down';
  readonly label: string;
  readonly event: Constructor;
  /** The version it gives; it takes the one above. */
  readonly to: number;
  readonly run: (data: object) => unknown;
}

export type AnyUpcaster = Upcaster | MergeUpcaster | Downcaster;

/** What an application lists under `upcasters`: what `upcast` and `downcast` gave, and classes with `@Upcast` and `@Downcast` on static methods. */
export type UpcasterSource = AnyUpcaster | Constructor | readonly UpcasterSource[];

const BECOMING = Symbol.for('eventspan.becoming');

/** One of the events that a split gives; made by {@link becomes}. */
export interface Becoming {
  readonly [BECOMING]: true;
  readonly target: UpcastTarget;
  readonly data: object;
}

export function newBecoming(target: UpcastTarget, data: object): Becoming {
  return { [BECOMING]: true, target, data };
}

export function isBecoming(value: unknown): value is Becoming {
  return typeof value === 'object' && value !== null && BECOMING in value;
}

/** How an event is called in messages. */
export function referenceLabel(event: unknown): string {
  return typeof event === 'function' ? event.name : String(event);
}
