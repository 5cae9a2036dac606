import { EventspanError } from '../errors/eventspan-error.js';
import type { RowChange } from '../event-store/read-models.js';
import { shardOf } from '../event-store/shard.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { HeldCursors } from '../subscriptions/held-cursors.js';
import type { HoldPositions } from '../subscriptions/lane-hold.js';
import { Subscription } from '../subscriptions/subscription.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import type { SubscriptionStatus } from '../subscriptions/subscription-status.js';
import { positionsToReach, type CatchUpTarget } from './catch-up-target.js';
import type { ForeignReadModel } from './foreign-read-model.js';
import { ForeignTarget } from './foreign-target.js';
import { firstGenerationOf, generationConsumer, generationLabel, projectionTransportConsumer, type Generation } from './generation.js';
import { ProjectionHandler } from './projection-handler.js';
import type { ProjectionTarget } from './projection-target.js';
import type { ProjectorDefinition } from './projector-definition.js';
import { rebuildStream } from './rebuild/rebuild-stream.js';
import { StoreTarget } from './store-target.js';
import type { ViewBuffer } from './view-buffer.js';
import { ViewTables } from './view-tables.js';
import { catchUpTimedOut, waitUntilCaughtUp } from './wait-until-caught-up.js';

const CALLER = 'projector';
const DEFAULT_TIMEOUT_MS = 5_000;

/** What runs a projection. Tuning and defaults: see `SubscriptionTuning` and `HandlerPolicy`. */
export interface ProjectionEngineOptions extends Omit<
  SubscriptionOptions,
  'consumer' | 'transportConsumer' | 'caller' | 'handler' | 'order'
> {
  readonly projector: ProjectorDefinition;
  /** Must know every event that the projector takes. */
  readonly events: EventRegistry;
  /** Writes there instead of the store's own database. */
  readonly foreign?: ForeignReadModel;
  /** Whether what handlers give to `afterCommit` runs. Default true; false while a generation is not live. */
  readonly sideEffects?: boolean;
  /** Which filling of its tables it maintains. Default: the first of the projector's version. */
  readonly generation?: Generation;
}

/** A projection as this instance sees it. */
export interface ProjectionStatus extends SubscriptionStatus {
  readonly name: string;
  readonly version: number;
  readonly run: number;
}

/**
 * Keeps one generation of a projection up to date, together with the engines of other processes. In the store's own database each event is
 * reflected exactly once, whatever the transport does and whenever a process dies; elsewhere see {@link ForeignReadModel}.
 *
 * States: those of a {@link Subscription}, which does the work; this class says what a batch is. A handler that throws, or takes too long, is
 * tried again with backoff, alone, after the events before it are committed. After its last try its stream is parked with the reason, and the
 * others go on, unless the handler's policy is to stop the shard or to skip the event.
 *
 * Cost of a batch: 1 Commit with rows 'stream' or increments known from earlier batches; with rows 'shared' and reads, one
 * transaction. +1 Read when the events come from the log, +1 Read a counter table for counters not yet known.
 */
export class ProjectionEngine implements AsyncDisposable {
  private subscription: Subscription;
  private readonly handler: ProjectionHandler;
  private readonly target: ProjectionTarget;
  readonly generation: Generation;
  private readonly consumer: string;
  private readonly tables: ViewTables;

  /** Throws `EVENT_NOT_REGISTERED` and `OPTION_INVALID`. */
  constructor(private readonly options: ProjectionEngineOptions) {
    const { projector, events, store, foreign, generation = firstGenerationOf(projector) } = options;
    checkEventsKnown(projector, events);
    this.generation = generation;
    this.tables = new ViewTables(projector, foreign === undefined ? generation : undefined);
    this.target =
      foreign === undefined
        ? new StoreTarget(store, this.tables, { rows: projector.rows, caller: CALLER })
        : new ForeignTarget(foreign, store, { projector, projection: generationLabel(generation), caller: CALLER });
    this.consumer = generationConsumer(generation);
    const { clock, logger, telemetry, sideEffects = true } = options;
    const parts = { projector, events, tables: this.tables, target: this.target, streams: store };
    this.handler = new ProjectionHandler({ ...parts, policy: options, sideEffects, clock, logger, ...(telemetry && { telemetry }) });
    this.subscription = this.newSubscription();
  }

  /** Creates the tables and begins; may be called again after `stop`, and the counts begin anew. Throws `APP_NOT_RUNNING` while it runs, `VIEW_TABLE_DIFFERS`, `STORE_UNAVAILABLE`, `TRANSPORT_UNAVAILABLE`, `SUBSCRIPTION_DIFFERS`. */
  async start(): Promise<void> {
    await this.target.ensureTables();
    if (this.subscription.status().state === 'stopped') this.subscription = this.newSubscription();
    await this.subscription.start();
  }

  /** Finishes the batches in hand, or gives them up after `deadlineMs` (default 10,000), and releases the shards. Never throws. */
  stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    return this.subscription.stop(options);
  }

  /**
   * Resolves when the projection has seen everything up to the target, in whatever process it runs. Told at once of shards held here
   * (no request); else 1 Read at growing intervals from 20 ms. Throws `CATCH_UP_TIMED_OUT`, which names the shards behind,
   * `TOKEN_INVALID`, and the signal's reason.
   */
  async caughtUp(
    target: CatchUpTarget,
    { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const { projector, store, clock } = this.options;
    const lag = await waitUntilCaughtUp({
      positions: positionsToReach(target),
      timeoutMs,
      signal,
      consumers: () => [{ consumer: this.consumer, held: this.cursors, isGlobal: projector.order === 'global' }],
      store,
      clock,
      caller: CALLER,
      reasonOf: (shard) => this.reasonOf(shard),
    });
    if (lag !== undefined) throw catchUpTimedOut({ projector: projector.name, timeoutMs }, lag);
  }

  /** What this instance holds now, and a way to hear of changes. Others after a `stop` and a new `start`. */
  get cursors(): HeldCursors {
    return this.subscription.cursors;
  }

  /** See {@link Subscription.holdAt}. Until the next `start` after a `stop`. */
  holdAt(positions: HoldPositions | undefined): void {
    this.subscription.holdAt(positions);
  }

  /**
   * Makes the rows of one stream anew, in place, while its shard stands still between two batches; `also` is committed with them. Answers false
   * where the shard is not held here. Throws `REBUILD_STREAMS_UNSUPPORTED`, `REBUILD_STREAM_TOO_LONG`, what handlers throw, the store's errors.
   */
  rebuildStream(streamId: string, also: readonly RowChange[]): Promise<boolean> {
    const { projector, store } = this.options;
    const shard = projector.order === 'global' ? 0 : shardOf(streamId, store.shardCount);
    const run = (event: StoredEvent, view: ViewBuffer): Promise<void> => this.handler.handle(event, view);
    return this.subscription.standStill(shard, (cursor) =>
      rebuildStream({ store, projector, tables: this.tables, run, consumer: this.consumer, caller: CALLER, streamId, shard, cursor, also }),
    );
  }

  /** Looks at once for what operators asked for parked streams. Never throws. */
  lookForRequests(): Promise<void> {
    return this.subscription.lookForRequests();
  }

  /** Why a shard stands still, where this instance knows. */
  reasonOf(shard: number): string | undefined {
    return this.subscription.reasonOf(shard);
  }

  status(): ProjectionStatus {
    const { projector: name, version, run } = this.generation;
    return { name, version, run, ...this.subscription.status() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private newSubscription(): Subscription {
    const { generation: _, sideEffects: __, ...options } = this.options;
    return new Subscription({
      ...options,
      consumer: this.consumer,
      transportConsumer: projectionTransportConsumer(this.options.projector),
      caller: CALLER,
      handler: this.handler,
      order: this.options.projector.order === 'global' ? 'global' : 'shard',
    });
  }
}

function checkEventsKnown(projector: ProjectorDefinition, events: EventRegistry): void {
  const known = new Set<unknown>(events.events.map(({ type }) => type));
  const unknown = projector.events.find((type) => !known.has(type));
  if (unknown !== undefined) throw new EventspanError('EVENT_NOT_REGISTERED', { className: unknown.name });
}
