import type { Constructor } from '../constructor.js';
import type { PayloadOf } from './payload-of.js';
import {
  checkReference,
  checkTarget,
  checkVersion,
  labelOf,
  upcasterOf,
  type BecomeOptions,
  type ChangeOptions,
  type MergeOptions,
  type SplitOptions,
  type UpcastOptions,
} from './upcast-options.js';
import type { UpcastContext } from './upcast-context.js';
import {
  newBecoming,
  type AnyUpcaster,
  type Becoming,
  type EventReference,
  type MergeMember,
  type MergeUpcaster,
  type Upcaster,
  type UpcastTarget,
} from './upcaster.js';

/** Plain data, given at once. */
export type PlainPayload = object & { readonly then?: never };

/** The payload that a target asks for: checked against the class where it is one, in its version of today. */
export type TargetPayload<T extends UpcastTarget> = T extends Constructor<infer E> ? PayloadOf<E> : PlainPayload;

/** Writes one function of the chain that leads from what was once stored to the event classes of today. See {@link upcast}. */
export interface Upcast {
  /** Change: the payload of one version becomes that of the next. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the stored shape
  <Data extends object>(event: EventReference, options: ChangeOptions, run: (data: Data, context: UpcastContext) => PlainPayload): Upcaster;
  /** Rename, or anything that makes another event of it. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the stored shape
  <Data extends object, const T extends UpcastTarget>(
    event: EventReference,
    options: BecomeOptions<T>,
    run: (data: Data, context: UpcastContext) => TargetPayload<T>,
  ): Upcaster;
  /** Split: none, one or several events, each made with {@link becomes}. They stand at the stored event's version and position. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the stored shape
  <Data extends object>(
    event: EventReference,
    options: SplitOptions,
    run: (data: Data, context: UpcastContext) => readonly Becoming[],
  ): Upcaster;
  /** Merge: consecutive events that were stored in one append of one stream become one, at the place of the last. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the stored shape
  <Data extends readonly object[], const T extends UpcastTarget>(
    members: readonly MergeMember[],
    options: MergeOptions<T>,
    run: (data: Data, context: UpcastContext) => TargetPayload<T>,
  ): MergeUpcaster;
  /** Says that a version fits the next one (or, with `into`, another event) as it is. */
  unchanged(event: EventReference, options: ChangeOptions | BecomeOptions): Upcaster;
  /** Events of this version are read as none. */
  drop(event: EventReference, options: { readonly from: number }): Upcaster;
}

/**
 * One step from a stored version towards today. Works on plain JSON: `data` is a fresh copy that the function may change and
 * give back; it sees no class instance. It must be pure: the same stored event is read again and again, on every path.
 *
 * ```ts
 * upcast(OrderPlaced, { from: 1 }, (data: OrderPlacedV1) => ({ ...data, currency: 'EUR' }))          // 1 to 2
 * upcast.unchanged(OrderPlaced, { from: 2 })                                                          // 2 is a valid 3
 * upcast('order.created', { from: 1, into: OrderPlaced }, (data: OrderCreated) => ({ ... }))          // rename
 * upcast(OrderPlaced, { from: 3, into: [OrderOpened, LineAdded] }, (data: OrderPlacedV3) => [becomes(OrderOpened, { ... }), ...])
 * upcast.drop('order.viewed', { from: 1 })                                                            // read as nothing
 * upcast([{ event: 'order.street-set', from: 1 }, { event: 'order.city-set', from: 1 }], { into: AddressSet }, ([a, b]: [A, B]) => ({ ... }))
 * ```
 *
 * A class in `into` means its version of today, and the result is checked against it by the compiler; `{ event, version }` names an
 * older one, from which the chain goes on. Events of a merge whose companions are missing are read by their own chains.
 *
 * Throws `UPCASTER_INVALID`, `NAME_INVALID`. The chains are checked when the application is opened: `UPCASTER_MISSING`,
 * `UPCASTER_DUPLICATE`, `UPCASTER_UNREACHABLE`, `UPCASTER_TARGET_UNKNOWN`, `UPCASTER_CYCLE`. Reading throws `UPCAST_FAILED` with what
 * the function threw as cause, and `UPCAST_RESULT_INVALID`.
 */
export const upcast: Upcast = Object.assign(write, { unchanged, drop }) as unknown as Upcast;

/** One of the events that a splitting upcaster gives: a class with the payload of its version of today, or `{ event, version }` and its data. */
export function becomes<const T extends UpcastTarget>(target: T, data: TargetPayload<T>): Becoming {
  return newBecoming(target, data as object);
}

function write(
  event: EventReference | readonly MergeMember[],
  options: UpcastOptions,
  run: (data: never, context: UpcastContext) => unknown,
): AnyUpcaster {
  return upcasterOf(event, options, { label: labelOf('upcast', event, (options as Partial<ChangeOptions> | undefined)?.from), run });
}

function unchanged(event: EventReference, options: ChangeOptions | BecomeOptions): Upcaster {
  const label = labelOf('upcast.unchanged', event, options?.from);
  const upcaster = upcasterOf(event, options, { label, run: (data) => data }) as Upcaster;
  return { ...upcaster, kind: 'unchanged', into: upcaster.into.slice(0, 1).map((target) => checkTarget(label, target)) };
}

function drop(event: EventReference, { from }: { readonly from: number }): Upcaster {
  const label = labelOf('upcast.drop', event, from);
  checkReference(label, event);
  return { kind: 'drop', label, event, from: checkVersion(label, 'from', from), into: [], run: () => undefined };
}
