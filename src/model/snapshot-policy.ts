import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { messageClassOf } from './message-class.js';
import { assertMessageClass } from './paired-class.js';

/** What a policy decides on: one append to one aggregate. */
export interface SnapshotFacts {
  /** Version before the append; 0 for a new stream. */
  readonly before: number;
  /** Version after it. */
  readonly after: number;
  /** Milliseconds that loading the aggregate took before the command was decided; 0 where nothing was loaded (cached, or a new stream). */
  readonly loadMs: number;
  /** What is appended, in order, at least one. */
  readonly events: readonly object[];
}

/**
 * Whether a snapshot goes with an append. Made with {@link everyEvents}, {@link afterLoadMs} and {@link onEvents}, put together with
 * {@link anyOf} and {@link allOf}; or any pure function. A snapshot only saves time, so that no policy can change what a command does.
 */
export type SnapshotPolicy = (facts: SnapshotFacts) => boolean;

/** When the append crosses a multiple of `count` events, a whole number from 1. Throws `OPTION_INVALID`. */
export function everyEvents(count: number): SnapshotPolicy {
  if (!Number.isSafeInteger(count) || count < 1) refuse('everyEvents', count, 'a whole number from 1');
  return ({ before, after }) => Math.floor(before / count) < Math.floor(after / count);
}

/** When the load before the command took `ms` milliseconds or longer, by the application's clock. Above 0. Throws `OPTION_INVALID`. */
export function afterLoadMs(ms: number): SnapshotPolicy {
  if (!Number.isFinite(ms) || ms <= 0) refuse('afterLoadMs', ms, 'a number above 0');
  return ({ loadMs }) => loadMs >= ms;
}

/** When one of the appended events is of one of these classes, as after a period was closed. Throws `CLASS_EXPECTED`, `OPTION_INVALID`. */
export function onEvents(...types: readonly Constructor[]): SnapshotPolicy {
  if (types.length === 0) refuse('onEvents', 'nothing', 'at least one event class');
  for (const type of types) assertMessageClass('onEvents', type);
  const wanted = new Set<unknown>(types);
  return ({ events }) => events.some((event) => wanted.has(messageClassOf(event)));
}

/** When one of the policies says so. Throws `OPTION_INVALID`. */
export function anyOf(...policies: readonly SnapshotPolicy[]): SnapshotPolicy {
  checkPolicies('anyOf', policies);
  return (facts) => policies.some((isDue) => isDue(facts));
}

/** When all of the policies say so. Throws `OPTION_INVALID`. */
export function allOf(...policies: readonly SnapshotPolicy[]): SnapshotPolicy {
  checkPolicies('allOf', policies);
  return (facts) => policies.every((isDue) => isDue(facts));
}

function checkPolicies(path: string, policies: readonly SnapshotPolicy[]): void {
  const isGood = policies.length > 0 && policies.every((policy) => typeof policy === 'function');
  if (!isGood) refuse(path, policies.map(String).join(', '), 'at least one policy, and nothing else');
}

function refuse(path: string, value: unknown, bound: string): never {
  throw new EventspanError('OPTION_INVALID', { path, value, bound });
}
