import type { EventStore } from 'eventspan';
import { effectsOf, isHappy, type Fate, type Step } from './trip-domain.js';

/** What the log says that was done for a trip, in the order in which it was committed. */
export interface TripAudit {
  readonly status: string;
  readonly booked: readonly Step[];
  readonly undone: readonly Step[];
}

/** What is wrong, in numbers and words. */
export interface Faults {
  doubleEffects: number;
  doubleCompensations: number;
  /** Compensations of steps without effect, effects that were not undone, and wrong orders. */
  wrong: number;
  notTerminal: number;
  readonly samples: string[];
}

const MAX_SAMPLES = 10;

export function noFaults(): Faults {
  return { doubleEffects: 0, doubleCompensations: 0, wrong: 0, notTerminal: 0, samples: [] };
}

/** Reads the whole log; of every trip what the services' own streams say, and the status that its process has. */
export async function auditTrips(
  store: EventStore,
  statusOf: (tripId: string) => Promise<string>,
): Promise<ReadonlyMap<string, TripAudit>> {
  const found: { readonly at: string; readonly type: string; readonly tripId: string; readonly step: Step }[] = [];
  const trips = new Set<string>();
  for (let shard = 0; shard < store.shardCount; shard++) {
    for (let after: { after?: never } | { after: string } = {}; ;) {
      const page = await store.readShards([{ shard, ...(after as object) }], { limit: 1_000 });
      for (const { type, data, position, streamId } of page) {
        if (!type.startsWith('trip.')) continue;
        const { tripId, step } = JSON.parse(data) as { tripId: string; step: Step };
        trips.add(tripId);
        if (streamId.startsWith('booking-')) found.push({ at: position.slice(0, 30), type, tripId, step });
      }
      const last = page.at(-1);
      if (last === undefined || page.length < 1_000) break;
      after = { after: last.position };
    }
  }
  const inOrder = found.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const audits = new Map<string, TripAudit>();
  for (const tripId of trips) {
    const of = (types: readonly string[]): Step[] =>
      inOrder.filter((each) => each.tripId === tripId && types.includes(each.type)).map(({ step }) => step);
    const booked = of(['trip.booked', 'trip.booked-in-silence']);
    audits.set(tripId, { status: await statusOf(tripId), booked, undone: of(['trip.undone']) });
  }
  return audits;
}

/** A trip that is judged. In real time its timer may be due before its silent step is reached, and then only a part of the steps takes effect. */
export interface JudgedTrip {
  readonly label: string;
  readonly fate: Fate;
  readonly isRealTime?: boolean;
}

/** Compares what was done with what the trip's fate allows. */
export function judgeTrip(faults: Faults, { label, fate, isRealTime = false }: JudgedTrip, { status, booked, undone }: TripAudit): void {
  const isCut = isRealTime && fate.mute !== undefined;
  const effects = isCut ? effectsOf(fate).slice(0, new Set(booked).size) : effectsOf(fate);
  const doubleEffects = booked.length - new Set(booked).size;
  const doubleCompensations = undone.length - new Set(undone).size;
  const isOver = status === 'completed' || status === 'compensated';
  const wantedStatus = isHappy(fate) ? 'completed' : 'compensated';
  const wantedUndone = isHappy(fate) ? [] : effects.toReversed();
  const isRight = status === wantedStatus && same([...new Set(booked)], effects) && same([...new Set(undone)], wantedUndone);
  faults.doubleEffects += doubleEffects;
  faults.doubleCompensations += doubleCompensations;
  if (!isOver) faults.notTerminal++;
  else if (!isRight) faults.wrong++;
  if (isRight && doubleEffects + doubleCompensations === 0) return;
  if (faults.samples.length < MAX_SAMPLES) faults.samples.push(`${label}: ${status}, booked ${booked.join()}, undone ${undone.join()}`);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at]);
}
