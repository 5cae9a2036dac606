import { setTimeout as sleep } from 'node:timers/promises';
import {
  defineProjector,
  Event,
  Eventspan,
  inProcess,
  on,
  readModelTable,
  type ProjectionContext,
  type ProjectorDefinition,
} from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { RELIC, SIGHTED, type Mood } from './poison-kinds.js';

@Event(SIGHTED)
class Sighted {
  constructor(
    readonly mood: Mood,
    readonly note: unknown,
  ) {}
}

@Event(RELIC)
class Relic {
  constructor(readonly age: number) {}
}

export const SIGHTINGS = 'sightings';
export const CONSUMER = `projector:${SIGHTINGS}:v1`;
/** How a handler of the kind `exits` ends its process, and how the process says that a payload has reached a prototype. */
export const EXIT_CODES = { exits: 77, polluted: 78 } as const;
/** How soon a shard of a process that died is taken over. */
export const LEASE_MS = 1_000;
const TIMEOUT_MS = 250;
/** Corrected handlers take their time, so that kills find a re-drive on its way. */
const PACE_MS = 20;

/** What a process runs: the code as it was, or as it was corrected. */
export type Code = 'broken' | 'mended';

/** A row a stream, with every version in the order in which it was handled. */
function sightings(code: Code, onHandled: () => void): ProjectorDefinition {
  const mended = async (_: object, context: ProjectionContext): Promise<void> => {
    onHandled();
    await sleep(PACE_MS);
    await see(context);
  };
  const broken = async ({ mood }: Sighted, context: ProjectionContext): Promise<void> => {
    if (mood !== 'well') await misbehave(mood);
    await see(context);
  };
  return defineProjector({
    name: SIGHTINGS,
    rows: 'stream',
    unknownEvents: 'fail',
    tables: [readModelTable('sightings', { key: ['id'], columns: { id: 'string', versions: 'json' } })],
    retry: { attempts: 2, initialMs: 10, maxMs: 50 },
    timeoutMs: TIMEOUT_MS,
    on: code === 'mended' ? [on(Sighted, mended), on(Relic, mended)] : [on(Sighted, broken)],
  });
}

async function misbehave(mood: Exclude<Mood, 'well'>): Promise<void> {
  if (mood === 'exits') process.exit(EXIT_CODES.exits);
  if (mood === 'throws') throw new Error('a sighting that cannot be');
  await new Promise(() => undefined);
}

async function see({ view, streamId, version }: ProjectionContext): Promise<void> {
  if (Reflect.has({}, 'polluted')) process.exit(EXIT_CODES.polluted);
  const row = await view.get('sightings', { id: streamId });
  view.upsert('sightings', { id: streamId, versions: [...((row?.['versions'] ?? []) as number[]), version] });
}

/** An application that maintains the sightings once it is started. */
export function openSightings(file: string, code: Code, onHandled = (): void => undefined): Promise<Eventspan> {
  return Eventspan.open({
    store: sqlite(file),
    transport: inProcess(),
    projectors: [sightings(code, onHandled)],
    roles: ['projectors'],
    projections: { leaseMs: LEASE_MS, pollMs: 200, liveCacheMs: 200, tailCheckMs: 100 },
  });
}
