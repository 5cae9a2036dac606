import type { EventStore } from '../../event-store/event-store.js';
import type { Clock } from '../../support/clock.js';
import type { Random } from '../../support/random.js';
import type { Logger } from '../../telemetry/logger.js';
import type { ForeignReadModel } from '../foreign-read-model.js';
import type { Generation } from '../generation.js';
import type { ProjectionEngine } from '../projection-engine.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import type { EngineMode } from './plan-engines.js';
import type { GenerationTable } from './generation-table.js';
import type { LiveGenerations } from './live-generations.js';

/** Makes the engine of a generation: as planned, or `fill` for a rebuild (the log alone, big batches, no side effects). */
export type CreateEngine = (of: {
  readonly projector: ProjectorDefinition;
  readonly generation: Generation;
  readonly mode: EngineMode | 'fill';
}) => ProjectionEngine;

/** Milliseconds between the steps of those who look after generations. */
export interface RebuildTimes {
  /** Between looks at the rows, when nothing is under way. */
  readonly pollMs: number;
  /** How long a reader may use what it read of the rows. */
  readonly liveCacheMs: number;
  /** After which another instance may carry on a rebuild. */
  readonly leaseMs: number;
}

/** What everything about generations works with. */
export interface RebuildContext {
  readonly store: EventStore;
  readonly table: GenerationTable;
  readonly live: LiveGenerations;
  readonly createEngine: CreateEngine;
  readonly foreign: Readonly<Record<string, ForeignReadModel>>;
  readonly owner: string;
  readonly times: RebuildTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Who calls, for the counting of RPCs. */
  readonly caller: string;
}
