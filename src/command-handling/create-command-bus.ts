import type { AppendResult } from '../event-store/append.js';
import type { EventStore } from '../event-store/event-store.js';
import { AggregateLoader } from '../event-store/repository-loader.js';
import { EventRecording } from '../event-store/repository-recording.js';
import { SnapshotWarnings } from '../event-store/repository-warnings.js';
import { AggregateModels } from '../event-store/repository.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { DomainModel } from '../model/domain-model.js';
import type { Backoff } from '../support/backoff.js';
import { checkWholeNumber } from '../errors/check-option.js';
import { systemClock, type Clock } from '../support/clock.js';
import type { Random } from '../support/random.js';
import { uuidV7, type IdGenerator } from '../support/uuid-v7.js';
import { silentLogger, type Logger } from '../telemetry/logger.js';
import { silentTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import { AggregateCache } from './aggregate-cache.js';
import { AggregateExecutor } from './aggregate-executor.js';
import { CommandAppender } from './command-appender.js';
import { CommandBus } from './command-bus.js';
import type { CommandOutgoing } from './command-effects.js';
import type { CommitCompanion } from './commit-companion.js';
import { commandRoutes } from './command-routes.js';
import { CommandCounters } from './command-statistics.js';
import { CommandTools } from './command-tools.js';
import type { EnrichMetadata } from './event-metadata.js';
import type { CommandMiddleware } from './middleware.js';
import { PlainExecutor } from './plain-executor.js';
import { StreamTurns } from './stream-turns.js';

export interface CommandBusOptions {
  readonly store: EventStore;
  /** The aggregates and who takes which command. */
  readonly domain: DomainModel;
  readonly events: EventRegistry;
  /** `commandHandler(...)` results, or instances of classes with `@CommandHandler`. Default none. */
  readonly handlers?: readonly object[];
  /** Around every command, the first outermost. Default none. */
  readonly middleware?: readonly CommandMiddleware[];
  /** Adds metadata to every event. */
  readonly enrich?: EnrichMetadata;
  /** `metadata.source` of every event. Default: left out. */
  readonly source?: string;
  /** Keeps the aggregates used last, 1..10,000,000. Default: none are kept. */
  readonly cache?: { readonly maxAggregates: number };
  /** How often a command is decided again after a conflict. 0..100, default 5. */
  readonly conflictRetries?: number;
  /** Wait before deciding again, full jitter. Default 5 ms, doubled up to 500 ms. */
  readonly conflictBackoff?: Backoff;
  /** Writes in the commits of commands: inline projections. Default: nothing. */
  readonly companion?: CommitCompanion | undefined;
  /** How plain handlers enqueue tasks and schedule timers. Default: they cannot. */
  readonly outgoing?: CommandOutgoing;
  /** Told of every append of a command, after it, and not waited for. What it throws is logged; the command has taken effect. */
  readonly onAppended?: (result: AppendResult) => void | Promise<void>;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: `Math.random`. */
  readonly random?: Random;
  /** Ids of events, and of commands that are given none. Default: UUID version 7. */
  readonly ids?: IdGenerator;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Default: silent. */
  readonly telemetry?: Telemetry;
}

export const DEFAULT_CONFLICT_RETRIES = 5;
export const DEFAULT_CONFLICT_BACKOFF: Backoff = Object.freeze({ initialMs: 5, factor: 2, maxMs: 500 });

/** A {@link CommandBus}. Throws `COMMAND_HANDLER_TAKEN`, `COMMAND_HANDLER_INVALID`, `OPTION_INVALID`. */
export function createCommandBus(options: CommandBusOptions): CommandBus {
  const { store, domain, events, clock = systemClock, random = Math.random, ids = uuidV7(), logger = silentLogger } = options;
  const { conflictRetries = DEFAULT_CONFLICT_RETRIES, conflictBackoff: backoff = DEFAULT_CONFLICT_BACKOFF } = options;
  checkWholeNumber('conflictRetries', conflictRetries, { min: 0, max: 100 });
  const counters = new CommandCounters();
  const appender = new CommandAppender({ store, backoff, random, logger, companion: options.companion, onAppended: options.onAppended });
  const warnings = new SnapshotWarnings(logger, clock);
  const tools = new CommandTools({
    recording: new EventRecording({ events, clock, ids }),
    appender,
    turns: new StreamTurns(),
    retry: { conflictRetries, backoff, random, counters },
    clock,
    warnings,
    enrich: options.enrich,
  });
  const loader = new AggregateLoader(store, events, warnings);
  const cache = cacheOf(options);
  return new CommandBus({
    routes: commandRoutes(domain, options.handlers ?? []),
    aggregates: new AggregateExecutor(tools, loader, cache),
    handlers: new PlainExecutor({ tools, loader, models: new AggregateModels(), cache, outgoing: options.outgoing }),
    appender,
    counters,
    middleware: options.middleware ?? [],
    clock,
    ids,
    source: options.source,
    telemetry: options.telemetry ?? silentTelemetry,
  });
}

function cacheOf({ cache }: CommandBusOptions): AggregateCache {
  if (cache === undefined) return new AggregateCache(0);
  return new AggregateCache(checkWholeNumber('cache.maxAggregates', cache.maxAggregates, { min: 1, max: 10_000_000 }));
}
