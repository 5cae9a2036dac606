import { runInContext } from '../command-handling/message-context.js';
import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { isTransient } from '../errors/is-transient.js';
import type { AppendResult } from '../event-store/append.js';
import type { EventStore } from '../event-store/event-store.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { followingMetadata } from '../messages/framework/following-metadata.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { Outgoing } from '../messaging/outgoing.js';
import { ProjectionHandler } from '../projections/projection-handler.js';
import type { ProjectorDefinition } from '../projections/projector-definition.js';
import { ViewTables } from '../projections/view-tables.js';
import type { EventBatch, EventFailure, EventHandler } from '../subscriptions/event-handler.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { Clock } from '../support/clock.js';
import type { Logger } from '../telemetry/logger.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { Circuit, type CircuitStatus } from './circuit.js';
import { checkCircuitBreaker } from './circuit-breaker.js';
import type { ConsumerContext } from './consumer-context.js';
import type { ConsumerDefinition } from './consumer-definition.js';
import { ConsumerTarget } from './consumer-target.js';
import { EventContext } from './event-context.js';
import { OutboxView } from './outbox-view.js';

export interface ConsumerHandlerOptions {
  readonly consumer: ConsumerDefinition;
  /** Must know every event that it takes. */
  readonly events: EventRegistry;
  readonly store: EventStore;
  readonly outgoing: Outgoing;
  readonly onAppended: (result: AppendResult) => void;
  /** What consumer and handlers leave open. */
  readonly policy: HandlerPolicy;
  readonly caller: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/**
 * Runs a consumer's handlers over batches, as a projection's are run, and commits rows, cursor and what was sent as one. While its circuit breaker
 * is open nothing is begun, and no try of an event is spent.
 */
export class ConsumerHandler implements EventHandler {
  private readonly handler: ProjectionHandler;
  private readonly target: ConsumerTarget;
  private readonly circuit: Circuit | undefined;

  /** Throws `EVENT_NOT_REGISTERED`, `OPTION_INVALID`. */
  constructor(private readonly options: ConsumerHandlerOptions) {
    const { consumer, events, store, outgoing, onAppended, policy, caller, clock, logger, telemetry } = options;
    checkEventsKnown(consumer, events);
    const tables = new ViewTables(consumer);
    this.target = new ConsumerTarget(tables, { store, rows: consumer.rows, caller, onAppended });
    const parts = { consumer: consumer.name, outgoing, trace: (metadata: EventMetadata) => telemetry.tracing.outgoing(metadata) };
    this.handler = new ProjectionHandler({
      projector: asProjector(consumer),
      events,
      tables,
      target: this.target,
      streams: store,
      policy,
      clock,
      logger,
      telemetry,
      span: 'handle',
      openView: (source) => new OutboxView(consumer.name, tables, source),
      contextOf: (event, task) => new EventContext(event, task, parts),
    });
    const { circuitBreaker = {} } = consumer;
    if (circuitBreaker !== false) this.circuit = new Circuit(checkCircuitBreaker(`consumer ${consumer.name}`, circuitBreaker), clock);
  }

  /** Throws `VIEW_TABLE_DIFFERS`, the store's errors. */
  ensureTables(): Promise<void> {
    return this.target.ensureTables();
  }

  get circuitStatus(): CircuitStatus | undefined {
    return this.circuit?.status();
  }

  passes(event: StoredEvent): boolean {
    return !this.handler.takes(event);
  }

  pauseMs(): number {
    return this.circuit?.pauseMs ?? 0;
  }

  async apply(batch: EventBatch): Promise<EventFailure | undefined> {
    const { circuit } = this;
    if (circuit === undefined) return this.handler.apply(batch);
    if (!circuit.begin()) throw this.open();
    let failure: EventFailure | undefined;
    try {
      failure = await this.handler.apply(batch);
    } catch (error) {
      circuit.tell('ended');
      throw error;
    }
    if (failure === undefined || !mayPass(failure.error)) {
      circuit.tell('succeeded');
      return failure;
    }
    if (circuit.tell('failed')) return failure;
    throw this.open(failure.error);
  }

  policyOf(event: StoredEvent): HandlerPolicy | undefined {
    return this.handler.policyOf(event);
  }

  afterCommit(batch: EventBatch): Promise<number> | undefined {
    return this.handler.afterCommit(batch);
  }

  /** The event is not to blame: it is given again later, and this try does not count. */
  private open(cause?: unknown): EventspanError {
    const { consumer, logger } = this.options;
    const error = new EventspanError('CIRCUIT_OPEN', { consumer: consumer.name }, { cause });
    if (cause !== undefined)
      logger.warn({ consumer: consumer.name, ...this.circuit?.status() }, 'handlers fail one after another; the consumer pauses');
    return error;
  }
}

/** An answer that says no is one, so what the handlers need is there. */
function mayPass(error: unknown): boolean {
  return isTransient(error) || isEventspanError(error, 'HANDLER_TIMED_OUT');
}

function asProjector(consumer: ConsumerDefinition): ProjectorDefinition {
  const { name, rows, tables, events, unknownEvents, onError, retry, timeoutMs } = consumer;
  return {
    name,
    version: 1,
    rows,
    tables,
    events,
    policyOf: (event) => consumer.policyOf?.(event),
    handle: (event, context) => handleInContext(consumer, event, context as unknown as ConsumerContext),
    ...(unknownEvents && { unknownEvents }),
    ...(onError && { onError }),
    ...(retry && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

/** Commands that it executes, and whatever else looks at the context, belong to what the event belongs to. */
function handleInContext(consumer: ConsumerDefinition, event: object, context: ConsumerContext): Promise<void> | void {
  const { metadata, messageId } = context;
  return runInContext(followingMetadata(metadata, messageId), () => consumer.handle(event, context));
}

function checkEventsKnown(consumer: ConsumerDefinition, events: EventRegistry): void {
  const known = new Set<unknown>(events.events.map(({ type }) => type));
  const unknown = consumer.events.find((type) => !known.has(type));
  if (unknown !== undefined) throw new EventspanError('EVENT_NOT_REGISTERED', { className: unknown.name });
}
