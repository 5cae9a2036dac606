import type { Constructor } from '../constructor.js';
import type { PayloadOf } from './payload-of.js';
import type { PlainPayload } from './upcast.js';
import { checkVersion, invalid, labelOf } from './upcast-options.js';
import type { Downcaster } from './upcaster.js';

export interface DowncastOptions {
  /** The version that is given; the one above is taken. */
  readonly to: number;
}

/**
 * Writes an event in the version below, while programs are still running that know no newer one: `@Event(name, { version: 2, writeVersion: 1 })`.
 * `data` is a fresh copy of the payload as plain JSON. What is written is read back through the upcasters at once and compared, so that
 * nothing is lost (`DOWNCAST_LOSSY`). Throws `UPCASTER_INVALID`.
 *
 * ```ts
 * downcast(OrderPlaced, { to: 1 }, ({ total, ...rest }) => ({ ...rest, amount: total.amount }))
 * ```
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the shape where it is not today's
export function downcast<E extends object, Data extends object = PayloadOf<E> & object>(
  event: Constructor<E>,
  options: DowncastOptions,
  run: (data: Data) => PlainPayload,
): Downcaster {
  return downcasterOf(event, options, { label: labelOf('downcast', event, options?.to), run });
}

/** Throws `UPCASTER_INVALID`. */
export function downcasterOf(
  event: Constructor,
  options: DowncastOptions,
  method: { label: string; run: (data: never) => unknown },
): Downcaster {
  const { label, run } = method;
  if (typeof event !== 'function') throw invalid(label, `${String(event)} is no event class`);
  if (typeof run !== 'function') throw invalid(label, 'it has no function');
  return { kind: 'down', label, event, to: checkVersion(label, 'to', options?.to), run: run as Downcaster['run'] };
}
