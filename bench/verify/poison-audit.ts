import type { Eventspan } from 'eventspan';
import { SIGHTINGS } from './poison-app.js';
import { EVENTS_A_STREAM, streamOf, type Poison, type PoisonPlan } from './poison-plan.js';

/** What differs between the rows and what should have been handled, over all streams. */
export interface SightingsAudit {
  /** Events that the rows have. */
  readonly handled: number;
  /** Events that should have been handled, and were not. */
  readonly missing: number;
  /** Events that were handled more than once. */
  readonly doubled: number;
  /** Events that were handled after a later one of their stream. */
  readonly outOfOrder: number;
  /** Events that were handled and should be parked or discarded. */
  readonly unexpected: number;
}

/** Which versions of a poisoned stream should have been handled. */
export type ShouldBeHandled = (version: number, poison: Poison) => boolean;

/** Nothing from the poison on. */
export const untilPoison: ShouldBeHandled = (version, poison) => version < poison.version;
/** All but what no code can read. */
export const allReadable: ShouldBeHandled = (version, { kind, version: poison }) => version !== poison || kind.canBeMended;

/** Compares the versions that each stream's row has with those that it should have; streams without poison should have all. */
export async function auditSightings(app: Eventspan, plan: PoisonPlan, should: ShouldBeHandled): Promise<SightingsAudit> {
  const rows = new Map<string, readonly number[]>();
  for await (const row of app.readModel(SIGHTINGS).scan('sightings')) rows.set(String(row['id']), row['versions'] as number[]);
  const total = { handled: 0, missing: 0, doubled: 0, outOfOrder: 0, unexpected: 0 };
  for (let at = 0; at < plan.streams; at++) {
    const streamId = streamOf(at);
    const poison = plan.poison.get(streamId);
    const expected = Array.from({ length: EVENTS_A_STREAM }, (_, before) => before + 1).filter(
      (version) => poison === undefined || should(version, poison),
    );
    add(total, compare(rows.get(streamId) ?? [], expected));
    rows.delete(streamId);
  }
  for (const versions of rows.values()) total.unexpected += versions.length;
  return total;
}

export function isFaultless({ missing, doubled, outOfOrder, unexpected }: SightingsAudit): boolean {
  return missing + doubled + outOfOrder + unexpected === 0;
}

function compare(found: readonly number[], expected: readonly number[]): SightingsAudit {
  const seen = new Set(found);
  const wanted = new Set(expected);
  return {
    handled: seen.size,
    missing: expected.filter((version) => !seen.has(version)).length,
    doubled: found.length - seen.size,
    outOfOrder: found.filter((version, at) => version < (found[at - 1] ?? 0)).length,
    unexpected: [...seen].filter((version) => !wanted.has(version)).length,
  };
}

function add(total: Record<keyof SightingsAudit, number>, more: SightingsAudit): void {
  for (const [name, count] of Object.entries(more)) total[name as keyof SightingsAudit] += count;
}
