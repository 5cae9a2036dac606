import type { Generation } from '../generation.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import { isRollback, type GenerationRecord } from './generation-record.js';
import { liveOf, type Generations } from './plan-generations.js';

/**
 * How a process maintains a generation: `live` with the transport and side effects; `quiet` by looking at the log alone and without side
 * effects, for one that readers may go back to. What is being filled belongs to whoever carries the rebuild out.
 */
export type EngineMode = 'live' | 'quiet';

export interface PlannedEngine {
  readonly generation: Generation;
  readonly projector: ProjectorDefinition;
  readonly mode: EngineMode;
}

/**
 * Pure. The engines that a process with this code runs for one projector. A retired generation of another version than the live one goes on
 * while its code is there: in a rolling deploy the old code's tables stay up to date, so that going back is quick. One of the same version
 * stops, since its successor has the same code.
 */
export function planEngines(generations: Generations, code: readonly ProjectorDefinition[]): readonly PlannedEngine[] {
  const live = liveOf(generations);
  return generations.flatMap((record) => {
    const projector = code.find(({ version }) => version === record.version);
    const mode = modeOf(record, live);
    return projector === undefined || mode === undefined ? [] : [{ generation: identityOf(record), projector, mode }];
  });
}

function modeOf(record: GenerationRecord, live: GenerationRecord | undefined): EngineMode | undefined {
  if (record.state === 'live') return 'live';
  if (isRollback(record)) return 'quiet';
  return record.state === 'retired' && live !== undefined && record.version !== live.version ? 'quiet' : undefined;
}

function identityOf({ projector, version, run }: GenerationRecord): Generation {
  return { projector, version, run };
}
