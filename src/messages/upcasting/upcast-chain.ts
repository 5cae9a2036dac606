import type { Constructor } from '../constructor.js';
import type { PayloadOf } from './payload-of.js';
import type { UpcastContext } from './upcast-context.js';
import { upcast, type PlainPayload } from './upcast.js';
import type { Upcaster } from './upcaster.js';

/** A chain of one event that has come to a version whose payload is `Data`. */
export interface UpcastChain<E extends object, Data extends object> {
  /** The step to the next version. What it takes is what the step before gave. */
  next<Next extends PlainPayload>(run: (data: Data, context: UpcastContext) => Next): UpcastChain<E, Next>;
  /** The steps, for `upcasters`. Compiles only where the last step gives the payload of the class. */
  today(...complete: Data extends PayloadOf<E> ? [] : [missing: PayloadOf<E>]): readonly Upcaster[];
}

/**
 * The steps of one event from version `from` to the class of today, typed from end to end: each takes what the one before gave,
 * and the last must give the class's payload.
 *
 * ```ts
 * upcastChain<OrderPlaced, OrderPlacedV1>(OrderPlaced, { from: 1 })
 *   .next((data) => ({ ...data, currency: 'EUR' }))                                     // 1 to 2
 *   .next(({ amount, currency, ...rest }) => ({ ...rest, total: { amount, currency } })) // 2 to 3
 *   .today()
 * ```
 *
 * Throws as {@link upcast}.
 */
export function upcastChain<E extends object, First extends object>(
  event: Constructor<E>,
  { from }: { readonly from: number },
): UpcastChain<E, First> {
  return chain(event, from, []);
}

function chain<E extends object, Data extends object>(
  event: Constructor<E>,
  from: number,
  steps: readonly Upcaster[],
): UpcastChain<E, Data> {
  return {
    next: (run) => chain(event, from + 1, [...steps, upcast(event, { from }, run)]),
    today: () => steps,
  };
}
