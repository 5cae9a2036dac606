import { EventspanError } from '../errors/eventspan-error.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { Subscription } from '../subscriptions/subscription.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import type { SubscriptionStatus } from '../subscriptions/subscription-status.js';
import { positionsToReach, type CatchUpTarget } from './catch-up-target.js';
import type { ForeignReadModel } from './foreign-read-model.js';
import { ForeignTarget } from './foreign-target.js';
import { ProjectionHandler } from './projection-handler.js';
import type { ProjectionTarget } from './projection-target.js';
import type { ProjectorDefinition } from './projector-definition.js';
import { StoreTarget } from './store-target.js';
import { ViewTables } from './view-tables.js';
import { waitUntilCaughtUp } from './wait-until-caught-up.js';

const CALLER = 'projector';

/** What runs a projection. Tuning and defaults: see `SubscriptionTuning` and `RetryOptions`. */
export interface ProjectionEngineOptions extends Omit<SubscriptionOptions, 'consumer' | 'transportConsumer' | 'caller' | 'handler'> {
  readonly projector: ProjectorDefinition;
  /** Must know every event that the projector takes. */
  readonly events: EventRegistry;
  /** Writes there instead of the store's own database. */
  readonly foreign?: ForeignReadModel;
}

export interface CatchUpOptions {
  /** Milliseconds, default 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A projection as this instance sees it. */
export interface ProjectionStatus extends SubscriptionStatus {
  readonly name: string;
  readonly version: number;
}

/** The cursors' name of a projection: `projector:loan-book:v1`. */
export function projectionConsumer({ name, version }: Pick<ProjectorDefinition, 'name' | 'version'>): string {
  return `projector:${name}:v${version}`;
}

/** What a projection is called to the transport, which makes a subscription's name of it: `loan-book-v1`. */
export function projectionTransportConsumer({ name, version }: Pick<ProjectorDefinition, 'name' | 'version'>): string {
  return `${name}-v${version}`;
}

/**
 * Keeps one projection up to date, together with the engines of other processes. In the store's own database each event is
 * reflected exactly once, whatever the transport does and whenever a process dies; elsewhere see {@link ForeignReadModel}.
 *
 * States: those of a {@link Subscription}, which does the work; this class says what a batch is. A handler that throws is
 * tried again with backoff, alone, after the events before it are committed; after its last try its shard stops with the reason in
 * {@link status}, the others go on, and it is tried again every `stoppedRetryMs`.
 *
 * Cost of a batch: 1 Commit with rows 'stream' or increments known from earlier batches; with rows 'shared' and reads, one
 * transaction. +1 Read when the events come from the log, +1 Read a counter table for counters not yet known.
 */
export class ProjectionEngine implements AsyncDisposable {
  private subscription: Subscription;
  private readonly handler: ProjectionHandler;
  private readonly target: ProjectionTarget;
  private readonly consumer: string;

  /** Throws `EVENT_NOT_REGISTERED` and `OPTION_INVALID`. */
  constructor(private readonly options: ProjectionEngineOptions) {
    const { projector, events, store, foreign } = options;
    checkEventsKnown(projector, events);
    const tables = new ViewTables(projector);
    this.target =
      foreign === undefined
        ? new StoreTarget(store, tables, { rows: projector.rows, caller: CALLER })
        : new ForeignTarget(foreign, store.cursors, { projector, caller: CALLER });
    this.consumer = projectionConsumer(projector);
    this.handler = new ProjectionHandler({ projector, events, tables, target: this.target, streams: store });
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
  async caughtUp(target: CatchUpTarget, { timeoutMs = 5_000, signal }: CatchUpOptions = {}): Promise<void> {
    const { projector, store, clock } = this.options;
    await waitUntilCaughtUp({
      projector: projector.name,
      consumer: this.consumer,
      positions: positionsToReach(target),
      timeoutMs,
      signal,
      held: this.subscription.cursors,
      cursors: store.cursors,
      clock,
      caller: CALLER,
      reasonOf: (shard) => this.subscription.status().shards[shard]?.reason?.message,
    });
  }

  status(): ProjectionStatus {
    const { name, version } = this.options.projector;
    return { name, version, ...this.subscription.status() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private newSubscription(): Subscription {
    return new Subscription({
      ...this.options,
      consumer: this.consumer,
      transportConsumer: projectionTransportConsumer(this.options.projector),
      caller: CALLER,
      handler: this.handler,
    });
  }
}

function checkEventsKnown(projector: ProjectorDefinition, events: EventRegistry): void {
  const known = new Set<unknown>(events.events.map(({ type }) => type));
  const unknown = projector.events.find((type) => !known.has(type));
  if (unknown !== undefined) throw new EventspanError('EVENT_NOT_REGISTERED', { className: unknown.name });
}
