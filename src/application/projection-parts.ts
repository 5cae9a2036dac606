import { checkOneOf, checkWholeNumber } from '../errors/check-option.js';
import { firstGenerationOf } from '../projections/generation.js';
import { inlineCode, InlineProjections } from '../projections/inline/inline-projections.js';
import { InlineTables } from '../projections/inline/inline-tables.js';
import { ProjectionEngine } from '../projections/projection-engine.js';
import type { SwitchMode } from '../projections/rebuild/generation-record.js';
import { GenerationTable } from '../projections/rebuild/generation-table.js';
import { LiveGenerations } from '../projections/rebuild/live-generations.js';
import { ProjectionSet } from '../projections/rebuild/projection-set.js';
import { Projections } from '../projections/rebuild/projections.js';
import type { CreateEngine, RebuildContext } from '../projections/rebuild/rebuild-context.js';
import { DEFAULT_SUBSCRIPTION_TUNING } from '../subscriptions/subscription-options.js';
import type { ProcessParts } from './engine-parts.js';
import type { ProjectionSettings, RebuildSettings } from './options.js';

/** Everything of one process about projections. */
export interface ProjectionParts {
  readonly live: LiveGenerations;
  /** What maintains them; absent without the role `projectors`. */
  readonly set: ProjectionSet | undefined;
  /** Those that are written with the events; absent where none is. */
  readonly inline: InlineProjections | undefined;
  /** What an operator does with them. */
  readonly operations: Projections;
}

const CALLER = 'projections';
const DEFAULT_POLL_MS = 3_000;
const DEFAULT_LIVE_CACHE_MS = 1_000;
const REBUILD_DEFAULTS: Required<RebuildSettings> = { switch: 'auto', concurrency: 8, batchSize: 1_000 };
const MODES: readonly SwitchMode[] = ['auto', 'when-equal', 'manual'];

/** Throws `OPTION_INVALID`, `EVENT_NOT_REGISTERED`, `PROJECTOR_INVALID`. */
export function createProjectionParts(parts: ProcessParts): ProjectionParts {
  const { composition, registry, store, environment, owner, options } = parts;
  const { clock, random, logger } = environment;
  const settings = options.projections ?? {};
  const times = timesOf(settings);
  const rebuild = rebuildOf(settings);
  const table = new GenerationTable({ readModels: store.readModels, clock, random, caller: CALLER });
  const live = new LiveGenerations(table, { clock, cacheMs: times.liveCacheMs });
  const createEngine = engineFactory(parts, rebuild);
  const foreign = settings.foreign ?? {};
  const context: RebuildContext = { store, table, live, createEngine, foreign, owner, times, clock, random, logger, caller: CALLER };
  const hasRole = composition.roles.has('projectors');
  if (hasRole) checkEngines(parts, createEngine);
  const set = hasRole ? new ProjectionSet(context, registry.projectors, { newVersions: rebuild.switch }) : undefined;
  return { live, set, inline: inlineOf(parts, context), operations: new Projections(context, registry.projectors, set) };
}

function inlineOf({ registry, options }: ProcessParts, context: RebuildContext): InlineProjections | undefined {
  const code = inlineCode(registry.projectors, context.foreign);
  if (code.size === 0) return undefined;
  const tables = new InlineTables(context, code);
  const { store, logger } = context;
  const inlineMutations = options.projections?.inlineMutations;
  return new InlineProjections({ store, events: registry.events, code, tablesOf: (name) => tables.of(name), inlineMutations, logger });
}

/** Wrong settings show when the application is opened, not when the first engine is needed. */
function checkEngines({ registry }: ProcessParts, createEngine: CreateEngine): void {
  for (const projector of [...registry.projectors.values()].flat()) {
    for (const mode of ['live', 'fill'] as const) createEngine({ projector, generation: firstGenerationOf(projector), mode });
  }
}

function engineFactory(
  { store, transport, owner, environment, options, registry, telemetry, suspects }: ProcessParts,
  rebuild: Required<RebuildSettings>,
): CreateEngine {
  const { clock, random, logger } = environment;
  const { foreign = {}, rebuild: _, pollMs: __, liveCacheMs: ___, inlineMutations: ____, ...settings } = options.projections ?? {};
  return ({ projector, generation, mode }) => {
    const elsewhere = Object.hasOwn(foreign, projector.name) ? foreign[projector.name] : undefined;
    return new ProjectionEngine({
      ...settings,
      ...(mode === 'fill' && { concurrency: rebuild.concurrency, batchSize: rebuild.batchSize }),
      projector,
      generation,
      events: registry.events,
      store,
      owner,
      clock,
      random,
      logger,
      telemetry,
      suspects,
      sideEffects: mode === 'live',
      ...(mode === 'live' && transport && { transport }),
      ...(elsewhere && { foreign: elsewhere }),
    });
  };
}

function timesOf(settings: ProjectionSettings): RebuildContext['times'] {
  const { pollMs = DEFAULT_POLL_MS, liveCacheMs = DEFAULT_LIVE_CACHE_MS, leaseMs = DEFAULT_SUBSCRIPTION_TUNING.leaseMs } = settings;
  checkWholeNumber('projections.pollMs', pollMs, { min: 100, max: 600_000 });
  checkWholeNumber('projections.liveCacheMs', liveCacheMs, { min: 0, max: 60_000 });
  return { pollMs, liveCacheMs, leaseMs };
}

function rebuildOf(settings: ProjectionSettings): Required<RebuildSettings> {
  const rebuild = { ...REBUILD_DEFAULTS, ...settings.rebuild };
  checkOneOf('projections.rebuild.switch', rebuild.switch, MODES);
  checkWholeNumber('projections.rebuild.concurrency', rebuild.concurrency, { min: 1, max: 1_024 });
  checkWholeNumber('projections.rebuild.batchSize', rebuild.batchSize, { min: 1, max: 1_000 });
  return rebuild;
}
