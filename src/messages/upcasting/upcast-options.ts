import { EventspanError } from '../../errors/eventspan-error.js';
import { assertWireName } from '../wire-name.js';
import type { AnyUpcaster, EventAtVersion, EventReference, MergeMember, UpcastTarget } from './upcaster.js';
import { referenceLabel } from './upcaster.js';
import type { UpcastContext } from './upcast-context.js';

/** To the next version of the same event, or to a later one. */
export interface ChangeOptions {
  /** The version that is taken. */
  readonly from: number;
  /** Default `from + 1`. */
  readonly to?: number;
}

/** To another event. */
export interface BecomeOptions<T extends UpcastTarget = UpcastTarget> {
  readonly from: number;
  readonly into: T;
}

/** To none, one or several events. */
export interface SplitOptions {
  readonly from: number;
  /** Every event that may come of it. */
  readonly into: readonly UpcastTarget[];
}

/** Several consecutive events to one. */
export interface MergeOptions<T extends UpcastTarget = UpcastTarget> {
  readonly into: T;
}

export type UpcastOptions = ChangeOptions | BecomeOptions | SplitOptions | MergeOptions;

type Run = (data: never, context: UpcastContext) => unknown;

/** An upcaster of whatever kind the arguments ask for. Throws `UPCASTER_INVALID`, `NAME_INVALID`. */
export function upcasterOf(
  event: EventReference | readonly MergeMember[],
  options: UpcastOptions,
  method: { label: string; run: Run },
): AnyUpcaster {
  const { label } = method;
  if (typeof method.run !== 'function') throw invalid(label, 'it has no function');
  if (typeof options !== 'object' || options === null) throw invalid(label, 'it has no options');
  const run = method.run as (data: unknown, context: UpcastContext) => unknown;
  if (isMembers(event)) return { kind: 'merge', label, members: checkMembers(label, event), into: checkTarget(label, into(options)), run };
  checkReference(label, event);
  const from = checkVersion(label, 'from', (options as ChangeOptions).from);
  const target = into(options);
  if (target === undefined)
    return { kind: 'change', label, event, from, into: [{ event, version: toOf(label, options as ChangeOptions) }], run };
  if (!Array.isArray(target)) return { kind: 'change', label, event, from, into: [checkTarget(label, target)], run };
  return { kind: 'split', label, event, from, into: target.map((each) => checkTarget(label, each)), run };
}

export function invalid(upcaster: string, reason: string): EventspanError {
  return new EventspanError('UPCASTER_INVALID', { upcaster, reason });
}

export function checkReference(label: string, event: unknown): void {
  if (typeof event === 'string') assertWireName(event, label);
  else if (typeof event !== 'function') throw invalid(label, `${String(event)} is neither an event class nor a wire name`);
}

export function checkVersion(label: string, option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw invalid(label, `${option} is ${String(value)}, and must be a whole number from 1`);
}

export function checkTarget(label: string, target: unknown): UpcastTarget {
  if (typeof target === 'function') return target as UpcastTarget;
  const { event, version } = (target ?? {}) as Partial<EventAtVersion>;
  if (event === undefined) throw invalid(label, `into holds ${String(target)}, neither an event class nor { event, version }`);
  checkReference(label, event);
  return { event, version: checkVersion(label, 'version', version) };
}

/** `upcast(OrderPlaced, from 1)`; names whatever it is given, since it stands in the errors about that. */
export function labelOf(name: string, event: unknown, from: unknown): string {
  const events = Array.isArray(event)
    ? (event as Partial<MergeMember>[]).map((member) => referenceLabel(member?.event))
    : [referenceLabel(event)];
  return `${name}(${events.join(' + ')}${from === undefined ? '' : `, from ${JSON.stringify(from)}`})`;
}

function into(options: UpcastOptions): unknown {
  return (options as Partial<BecomeOptions>).into;
}

function isMembers(event: unknown): event is readonly MergeMember[] {
  return Array.isArray(event);
}

function checkMembers(label: string, members: readonly MergeMember[]): readonly MergeMember[] {
  if (members.length < 2) throw invalid(label, 'it merges fewer than two events');
  for (const member of members) {
    checkReference(label, member?.event);
    checkVersion(label, 'from', member.from);
  }
  return members;
}

function toOf(label: string, { from, to = from + 1 }: ChangeOptions): number {
  if (checkVersion(label, 'to', to) > from) return to;
  throw invalid(label, `it leads from version ${from} to ${to}, which is not above`);
}
