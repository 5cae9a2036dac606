import { seededRandom } from 'eventspan';
import { POISON_KINDS, type PoisonKind } from './poison-kinds.js';

export const EVENTS_A_STREAM = 20;

/** Where one poison event is. */
export interface Poison {
  readonly kind: PoisonKind;
  readonly streamId: string;
  /** Neither the first nor the last of its stream. */
  readonly version: number;
}

export interface PoisonPlan {
  readonly streams: number;
  /** By stream; the others have none. */
  readonly poison: ReadonlyMap<string, Poison>;
}

/** So many streams of each kind at seeded places. */
export function planPoison({
  streams,
  poison,
  seed,
}: {
  readonly streams: number;
  readonly poison: number;
  readonly seed: number;
}): PoisonPlan {
  const random = seededRandom(seed);
  const planned = new Map<string, Poison>();
  while (planned.size < poison * POISON_KINDS.length) {
    const streamId = streamOf(Math.floor(random() * streams));
    const kind = POISON_KINDS[planned.size % POISON_KINDS.length];
    if (kind === undefined || planned.has(streamId)) continue;
    planned.set(streamId, { kind, streamId, version: 2 + Math.floor(random() * (EVENTS_A_STREAM - 2)) });
  }
  return { streams, poison: planned };
}

export function streamOf(at: number): string {
  return `hive-${at}`;
}
