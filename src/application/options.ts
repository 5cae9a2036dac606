import type { CommandBusOptions } from '../command-handling/create-command-bus.js';
import type { ConsumerDefinition } from '../consumers/consumer-definition.js';
import { checkOneOf, checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { StoreProvider } from '../event-store/store-provider.js';
import type { Constructor } from '../messages/constructor.js';
import type { UpcasterSource } from '../messages/upcasting/upcaster.js';
import type { TransportProvider } from '../messaging/transport.js';
import type { AggregateSource } from '../model/domain-model.js';
import type { ProcessSource } from '../processes/process-of.js';
import type { ForeignReadModel } from '../projections/foreign-read-model.js';
import type { ProjectorDefinition } from '../projections/projector-definition.js';
import type { SwitchMode } from '../projections/rebuild/generation-record.js';
import type { PublicationSource } from '../publications/publication-definition-of.js';
import type { RelayTuning } from '../relay/relay-options.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { SubscriptionTuning } from '../subscriptions/subscription-options.js';
import type { Clock } from '../support/clock.js';
import type { Random } from '../support/random.js';
import type { IdGenerator } from '../support/uuid-v7.js';
import type { QueueSource } from '../queues/work-queue.decorator.js';
import type { TimerTuning } from '../timers/timer-options.js';
import type { Logger } from '../telemetry/logger.js';
import type { TelemetryOptions } from '../telemetry/telemetry.js';

/**
 * What a process does: executes commands; publishes the log; maintains projections; handles messages (consumers, process managers, work
 * queues, publications); fires timers.
 */
export type Role = 'commands' | 'relay' | 'projectors' | 'consumers' | 'timers';

const ROLES: readonly Role[] = ['commands', 'relay', 'projectors', 'consumers', 'timers'];
const DEFAULT_DRAIN_MS = 10_000;
const DEFAULT_NAME = 'eventspan';
const TOPIC_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;

/** How commands are executed; bounds and defaults as in {@link CommandBusOptions}. */
export type CommandSettings = Pick<CommandBusOptions, 'cache' | 'conflictBackoff' | 'conflictRetries' | 'enrich' | 'middleware'>;

/** How commands that were sent are executed; bounds and defaults as in {@link SubscriptionTuning} and {@link HandlerPolicy}. */
export interface DispatchSettings extends Partial<SubscriptionTuning>, Omit<HandlerPolicy, 'timeoutMs'> {
  /** Commands of one shard that are executed side by side, 1..1,024, default 16. */
  readonly sideBySide?: number;
  /** Milliseconds for one execution, 1..86,400,000, default 15,000. */
  readonly deadlineMs?: number;
}

/** How process managers are run; bounds and defaults as in {@link SubscriptionTuning} and {@link HandlerPolicy}. */
export type ProcessSettings = Partial<SubscriptionTuning> & HandlerPolicy;

/** How projections are maintained; bounds and defaults as in {@link SubscriptionTuning} and {@link HandlerPolicy}. */
export interface ProjectionSettings extends Partial<SubscriptionTuning>, HandlerPolicy {
  /** Read models in databases elsewhere, by projector name. Default: all are in the store's own database. */
  readonly foreign?: Readonly<Record<string, ForeignReadModel>>;
  readonly rebuild?: RebuildSettings;
  /** Milliseconds between looks at which generations there are, 1 Read each, 100..600,000, default 3,000; half a second while one is rebuilt. */
  readonly pollMs?: number;
  /**
   * Milliseconds for which readers go on with the generation they know to be live, 0..60,000, default 1,000. After a switch in another
   * process they read the one before so much longer, which stays readable until it is dropped. The same in all processes.
   */
  readonly liveCacheMs?: number;
  /**
   * Cells and rows that the inline projectors of one append may change together, 1..50,000, default 1,000; counted as Spanner counts
   * mutations, of which a commit takes 80,000. Above it the command fails with `INLINE_BUDGET_EXCEEDED`.
   */
  readonly inlineMutations?: number;
}

/** How consumers are run, where they do not say otherwise; bounds and defaults as in {@link SubscriptionTuning} and {@link HandlerPolicy}. */
export interface ConsumingSettings extends Partial<SubscriptionTuning>, HandlerPolicy {}

/** How publications are run; bounds and defaults as in {@link SubscriptionTuning} and {@link HandlerPolicy}. */
export interface PublishingSettings extends Partial<SubscriptionTuning>, HandlerPolicy {
  /** Milliseconds of one publish to a topic, 1..60,000, default 8,000. */
  readonly publishDeadlineMs?: number;
}

/** How new versions of projectors, and rebuilds, are filled. */
export interface RebuildSettings {
  /** When a new version becomes live after its filling. Default `auto`: differences are expected, and only listed. */
  readonly switch?: SwitchMode;
  /** Shards filled at the same time, 1..1,024, default 8. */
  readonly concurrency?: number;
  /** Events of one batch, 1..1,000, default 1,000. */
  readonly batchSize?: number;
}

/** Bounds that the consumers of topics of one process share: a slow one slows its intake, and not the process. */
export interface LimitSettings {
  /** Messages held and not settled, 1..1,000,000, default 10,000; each consumer may have an equal part of it, and its own `maxMessages`. */
  readonly messages?: number;
  /** Bytes of them, 1..2^34, default 128 MiB; shared as the messages. */
  readonly bytes?: number;
  /** Batches in hand at the same time, 1..1,024, default 64; whichever consumer has work takes them. */
  readonly concurrency?: number;
}

/** Options of `Eventspan.open`. */
export interface EventspanOptions {
  /** `memory()`, `sqlite(file)` or `spanner({...})`. */
  readonly store: StoreProvider;
  /** `inProcess()` or `pubsub({...})`. Needed by the roles relay and projectors. */
  readonly transport?: TransportProvider;
  /**
   * Topics for messages to and from other systems, by the names that publications and consumers call them: `inProcess({ whenFull: 'refuse' })` or
   * `pubsub({...})` each. Opened with the application where it has the role consumers, and closed with it. 1..100 letters, digits, dots, dashes,
   * underscores, a letter first.
   */
  readonly topics?: Readonly<Record<string, TransportProvider>>;
  /** Decorated classes, or what `defineAggregate` returned. */
  readonly aggregates?: readonly AggregateSource[];
  /** What `commandHandler(...)` returned, or instances of classes with `@CommandHandler`. */
  readonly commandHandlers?: readonly object[];
  /**
   * Consumers of the log, and of topics: classes with `@Consumer`, instances of them where the constructor takes arguments, or what `defineConsumer`
   * and `defineTopicConsumer` returned.
   * They run in processes with the role `consumers`.
   */
  readonly consumers?: readonly (Constructor | ConsumerDefinition | object)[];
  readonly consuming?: ConsumingSettings;
  /** Commands that may be sent though no handler is listed here: another service on the same log executes them. */
  readonly remoteCommands?: readonly Constructor[];
  /** How commands that were sent are executed; `false`: not by this process. Default: with the roles commands and consumers they are. */
  readonly dispatch?: DispatchSettings | false;
  /**
   * Classes with `@Projector`, instances of them where the constructor takes arguments, or what `defineProjector` returned. Several versions
   * of one projector may be listed: the newest is filled, and an older one is maintained as long as readers may go back to it.
   */
  readonly projectors?: readonly (Constructor | ProjectorDefinition | object)[];
  /**
   * What other systems are told on topics: classes with `@Publisher`, instances of them where the constructor takes arguments, or what
   * `publication` returned. Two may publish the same event only to different topics.
   */
  readonly publications?: readonly PublicationSource[];
  /**
   * Work queues whose tasks this application does: classes with `@WorkQueue`, instances of them where the constructor takes arguments, or what
   * `defineWorkQueue` returned. Their workers run with the role consumers.
   */
  readonly workQueues?: readonly QueueSource[];
  /** Task classes that may be enqueued though no queue that is listed here does them. */
  readonly tasks?: readonly Constructor[];
  readonly limits?: LimitSettings;
  /** Classes with `@ProcessManager`, or what `defineProcessManager` returned. */
  readonly processManagers?: readonly ProcessSource[];
  readonly processes?: ProcessSettings;
  /** Event classes that no aggregate applies, no projector takes and no publication publishes. */
  readonly events?: readonly Constructor[];
  /**
   * How events of older versions and retired names are read: what `upcast` and `downcast` gave, and classes with `@Upcast` and `@Downcast`.
   * The chains are checked at `open`.
   */
  readonly upcasters?: readonly UpcasterSource[];
  /** Default: all. */
  readonly roles?: readonly Role[];
  /** Which service this is: `metadata.source` and `ce-source` of its events, 1..128 characters. Default `eventspan`. */
  readonly name?: string;
  /** Names this process in cursors; no other living process has the same. Default: a new id. */
  readonly owner?: string;
  /** Milliseconds that `stop` gives to what is in hand, 0..600,000. Default 10,000. */
  readonly drainTimeoutMs?: number;
  readonly commands?: CommandSettings;
  /** Bounds and defaults as in {@link RelayTuning}. */
  readonly relay?: Partial<RelayTuning>;
  readonly projections?: ProjectionSettings;
  readonly publishing?: PublishingSettings;
  /** Bounds and defaults as in {@link TimerTuning}. */
  readonly timers?: Partial<TimerTuning>;
  /** Default: silent. pino fits. */
  readonly logger?: Logger;
  /** Where spans and metrics go. Default: to the OpenTelemetry SDK that is registered before `open`; without one there are none. */
  readonly telemetry?: TelemetryOptions;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: `Math.random`. */
  readonly random?: Random;
  /** Default: UUID version 7. */
  readonly ids?: IdGenerator;
}

/** The options that the application itself looks at, with their defaults. */
export interface Composition {
  readonly roles: ReadonlySet<Role>;
  readonly name: string;
  readonly drainTimeoutMs: number;
}

/** Throws `OPTION_INVALID`. The engines check their own settings when they are made. */
export function compositionOf(options: EventspanOptions): Composition {
  const { roles = ROLES, name = DEFAULT_NAME, drainTimeoutMs = DEFAULT_DRAIN_MS } = options;
  for (const role of roles) checkOneOf('roles', role, ROLES);
  checkWholeNumber('drainTimeoutMs', drainTimeoutMs, { min: 0, max: 600_000 });
  if (!/^.{1,128}$/s.test(name)) refuse('name', name, 'text of 1 to 128 characters');
  checkProviders(options, roles);
  checkTopics(options.topics ?? {});
  return { roles: new Set(roles), name, drainTimeoutMs };
}

function checkProviders({ store, transport }: EventspanOptions, roles: readonly Role[]): void {
  if (typeof store?.open !== 'function') refuse('store', store, 'memory(), sqlite(file) or spanner({...})');
  const needsTransport = roles.includes('relay') || roles.includes('projectors');
  if (needsTransport && typeof transport?.open !== 'function') {
    refuse('transport', transport, 'inProcess() or pubsub({...}) for the roles relay and projectors');
  }
}

function checkTopics(topics: Readonly<Record<string, TransportProvider>>): void {
  for (const [name, provider] of Object.entries(topics)) {
    if (!TOPIC_NAME.test(name)) refuse('topics', name, 'names of 1 to 100 letters, digits, dots, dashes, underscores, a letter first');
    if (typeof provider?.open !== 'function') refuse(`topics.${name}`, provider, 'inProcess() or pubsub({...})');
  }
}

function refuse(path: string, value: unknown, bound: string): never {
  throw new EventspanError('OPTION_INVALID', { path, value, bound });
}
