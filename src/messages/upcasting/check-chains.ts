import { EventspanError } from '../../errors/eventspan-error.js';
import type { EventDescription } from '../event-description.js';
import { keyOf, type ChainMap, type EventVersion } from './chain-map.js';

/**
 * Throws unless every version that may be stored leads to classes of today: `UPCASTER_MISSING`, `UPCASTER_UNREACHABLE`,
 * `UPCASTER_TARGET_UNKNOWN`, `UPCASTER_CYCLE`.
 */
export function checkChains(chains: ChainMap): void {
  for (const { upcaster, from, into } of chains.steps.values()) {
    checkSource(chains, upcaster.label, from);
    for (const target of into) checkTarget(chains, upcaster.label, target);
  }
  for (const { upcaster, members, into } of chains.merges) {
    for (const member of members) checkMember(chains, upcaster.label, member);
    checkTarget(chains, upcaster.label, into);
  }
  for (const event of chains.events) checkGaps(chains, event);
  checkCircles(chains);
}

/** The code that is missing. */
export function sampleUpcaster({ name, version }: EventVersion, event: EventDescription | undefined): string {
  if (event === undefined)
    return `upcast('${name}', { from: ${version}, into: NewEvent }, (data) => ({ ...data })), or upcast.drop('${name}', { from: ${version} })`;
  const { type } = event;
  return `upcast(${type.name}, { from: ${version} }, (data) => ({ ...data /* as version ${version + 1} */ })), or upcast.unchanged(${type.name}, { from: ${version} })`;
}

/** Events of this version that cannot be read, with the code that would make them readable. */
export function missingUpcaster(at: EventVersion, reason: string, event?: EventDescription): EventspanError {
  return new EventspanError('UPCASTER_MISSING', { event: at.name, version: at.version, reason, sample: sampleUpcaster(at, event) });
}

function checkSource(chains: ChainMap, label: string, { name, version }: EventVersion): void {
  const event = chains.classOf(name);
  if (event === undefined) return;
  if (version >= event.version)
    throw unreachable(
      label,
      `${event.type.name} has version ${event.version} today, so that nothing older is stored in version ${version}`,
    );
  if (version < event.oldestVersion)
    throw unreachable(label, `@Event of ${event.type.name} says that no version below ${event.oldestVersion} is stored`);
}

function checkTarget(chains: ChainMap, upcaster: string, target: EventVersion): void {
  if (chains.isReadable(target)) return;
  const event = chains.classOf(target.name);
  if (event !== undefined && target.version < event.version) {
    throw missingUpcaster(target, `${upcaster} leads to it, and there is no upcaster from there`, event);
  }
  const reason = event ? `the class ${event.type.name} has not reached (it has ${event.version})` : 'no class and no upcaster takes';
  throw new EventspanError('UPCASTER_TARGET_UNKNOWN', { upcaster, event: target.name, version: target.version, reason });
}

/** Its companions may be missing: then a member is read by itself. */
function checkMember(chains: ChainMap, label: string, member: EventVersion): void {
  checkSource(chains, label, member);
  if (chains.isReadable(member)) return;
  throw missingUpcaster(member, `${label} merges it, and without its companions it must be read by itself`, chains.classOf(member.name));
}

function checkGaps(chains: ChainMap, event: EventDescription): void {
  for (let version = event.oldestVersion; version < event.version; version++) {
    const at = { name: event.name, version };
    if (chains.isReadable(at)) continue;
    const reason = `the class ${event.type.name} has version ${event.version} (oldestVersion ${event.oldestVersion}), and there is no upcaster from version ${version}`;
    throw missingUpcaster(at, reason, event);
  }
}

function unreachable(upcaster: string, reason: string): EventspanError {
  return new EventspanError('UPCASTER_UNREACHABLE', { upcaster, reason });
}

/** Depth first; a place met again on the way to itself closes a circle. */
function checkCircles(chains: ChainMap): void {
  const next = edges(chains);
  const done = new Set<string>();
  const visit = (key: string, way: readonly string[]): void => {
    if (way.includes(key)) throw new EventspanError('UPCASTER_CYCLE', { path: [...way.slice(way.indexOf(key)), key].join(' > ') });
    if (done.has(key)) return;
    for (const target of next.get(key) ?? []) visit(target, [...way, key]);
    done.add(key);
  };
  for (const key of next.keys()) visit(key, []);
}

/** Where each version leads, by step and by merge. */
export function edges(chains: ChainMap): ReadonlyMap<string, readonly string[]> {
  const next = new Map<string, string[]>();
  const add = (from: EventVersion, into: readonly EventVersion[]): void => {
    next.set(keyOf(from), [...(next.get(keyOf(from)) ?? []), ...into.map(keyOf)]);
  };
  for (const { from, into } of chains.steps.values()) add(from, into);
  for (const { members, into } of chains.merges) for (const member of members) add(member, [into]);
  return next;
}
