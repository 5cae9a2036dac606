import type { Constructor } from '../constructor.js';
import { downcasterOf, type DowncastOptions } from './downcast.js';
import {
  upcasterOf,
  type BecomeOptions,
  type ChangeOptions,
  type MergeOptions,
  type SplitOptions,
  type UpcastOptions,
} from './upcast-options.js';
import type { UpcastContext } from './upcast-context.js';
import type { PlainPayload, TargetPayload } from './upcast.js';
import { noteUpcaster } from './upcaster-notes.js';
import type { Becoming, EventReference, MergeMember, UpcastTarget } from './upcaster.js';

/** A decorator of static methods that fit `Method`. */
export type StaticMethodDecorator<Method> = <M extends Method>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

type Change = (data: never, context: UpcastContext) => PlainPayload;
type Become<T extends UpcastTarget> = (data: never, context: UpcastContext) => TargetPayload<T>;
type Split = (data: never, context: UpcastContext) => readonly Becoming[];

/**
 * Makes a static method a step of a chain; takes what `upcast` takes, and means the same. The class is listed under `upcasters`. A
 * method that gives what its target does not take does not compile. Throws, when the class is defined, `UPCASTER_INVALID`, `NAME_INVALID`.
 *
 * ```ts
 * class OrderHistory {
 *   @Upcast(OrderPlaced, { from: 1 })
 *   static withCurrency(data: OrderPlacedV1): OrderPlacedV2 { return { ...data, currency: 'EUR' }; }
 * }
 * ```
 */
export function Upcast(event: EventReference, options: ChangeOptions): StaticMethodDecorator<Change>;
export function Upcast<const T extends UpcastTarget>(event: EventReference, options: BecomeOptions<T>): StaticMethodDecorator<Become<T>>;
export function Upcast(event: EventReference, options: SplitOptions): StaticMethodDecorator<Split>;
export function Upcast<const T extends UpcastTarget>(
  members: readonly MergeMember[],
  options: MergeOptions<T>,
): StaticMethodDecorator<Become<T>>;
export function Upcast(event: EventReference | readonly MergeMember[], options: UpcastOptions): MethodDecorator {
  return (target, key, descriptor) =>
    noteUpcaster({ decorator: '@Upcast', target, key, descriptor }, (method) => upcasterOf(event, options, method));
}

/** Makes a static method a downcaster, as `downcast` does. Throws, when the class is defined, `UPCASTER_INVALID`. */
export function Downcast<E extends object>(
  event: Constructor<E>,
  options: DowncastOptions,
): StaticMethodDecorator<(data: never) => PlainPayload>;
export function Downcast(event: Constructor, options: DowncastOptions): MethodDecorator {
  return (target, key, descriptor) =>
    noteUpcaster({ decorator: '@Downcast', target, key, descriptor }, ({ label, run }) =>
      downcasterOf(event, options, { label, run: run as (data: never) => unknown }),
    );
}
