import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { commitAdvance } from '../consumers/commit-advance.js';
import type { AppendResult } from '../event-store/append.js';
import type { EventStore } from '../event-store/event-store.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { WaitingMessage } from '../messages/framework/process-advanced.js';
import type { Outgoing } from '../messaging/outgoing.js';
import type { EventBatch, EventFailure, EventHandler } from '../subscriptions/event-handler.js';
import { mergePolicies, resolvePolicy, type HandlerPolicy } from '../subscriptions/handler-policy.js';
import { throwIfAborted } from '../support/abort.js';
import type { Clock } from '../support/clock.js';
import { silentTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import { processFailure } from './process-failure.js';
import type { ProcessDefinition } from './process-definition.js';
import { ProcessRouter } from './process-router.js';
import { readProcesses, readProcessStreams, type ProcessSource, type StoredProcess } from './process-rows.js';
import { ProcessTurns, type Turn } from './process-turn.js';
import { ProcessWork } from './process-work.js';

export interface ProcessHandlerOptions {
  readonly definition: ProcessDefinition;
  readonly events: EventRegistry;
  readonly store: EventStore;
  readonly outgoing: Outgoing;
  /** `metadata.source` of what is written. */
  readonly source: string;
  readonly caller: string;
  readonly clock: Clock;
  /** What process manager and handlers leave open. */
  readonly policy?: HandlerPolicy;
  /** Something was written to these shards. */
  readonly onAppended?: (appended: AppendResult) => void;
  /** Default: silent. */
  readonly telemetry?: Telemetry;
}

/** A message for a process, with the place of its event in the batch. */
interface BatchTurn extends Turn {
  readonly at: number;
}

/** How often a batch is decided anew against other writers, before the subscription waits a while. */
const ATTEMPTS = 5;

/**
 * Handles a batch for a process manager: one transition after another, and one commit for all, of events, rows, timers, commands and cursor.
 *
 * The processes are read by their rows. Other lanes and services may be at work on the same process, for its messages come from several
 * streams; each transition is appended at its exact version, so that the one who comes second finds out, reads the streams and decides
 * again. 1 Read and 1 Commit; 1 Commit where it is for no process after all; none where it takes no event of it.
 */
export class ProcessHandler implements EventHandler {
  private readonly router: ProcessRouter;
  private readonly turns: ProcessTurns;
  private readonly telemetry: Telemetry;

  constructor(private readonly options: ProcessHandlerOptions) {
    const { definition, events, store, outgoing, clock, telemetry = silentTelemetry } = options;
    this.telemetry = telemetry;
    this.router = new ProcessRouter(definition, events, store);
    this.turns = new ProcessTurns({
      definition,
      outgoing,
      clock,
      tracing: telemetry.tracing,
      timeoutMsOf: (type) => resolvePolicy(options.policy, definition, type && definition.policyOf(type)).timeoutMs,
      readWaiting: (waiting, processId) => this.readWaiting(waiting, processId),
    });
  }

  passes(event: StoredEvent): boolean {
    return !this.router.mayConcern(event);
  }

  async apply(batch: EventBatch): Promise<EventFailure | undefined> {
    const turns = await this.route(batch.events);
    if ('error' in turns) return turns;
    if (turns.length === 0) {
      await this.commit([], batch);
      return undefined;
    }
    return this.traced([...new Set(turns.map(({ event }) => event))], batch, () => this.applyAll(turns, batch));
  }

  /** Of several events each has a span of its own for what its handler does, beside the one of the batch. */
  private traced(
    events: readonly StoredEvent[],
    { advance: { consumer } }: EventBatch,
    task: () => Promise<EventFailure | undefined>,
  ): Promise<EventFailure | undefined> {
    const { tracing } = this.telemetry;
    if (!tracing.isOn) return task();
    const [first] = events as [StoredEvent];
    return tracing.handling({ consumer, event: events.length === 1 ? first : events }, async (span) => {
      const failure = await task();
      if (failure !== undefined) span.failed(failure.error);
      return failure;
    });
  }

  private async applyAll(turns: readonly BatchTurn[], batch: EventBatch): Promise<EventFailure | undefined> {
    const ids = [...new Set(turns.map(({ routed }) => routed.processId))];
    let stored = await readProcesses(this.source(batch), ids);
    for (let attempt = 1; ; attempt++) {
      const works = new Map(ids.map((id) => [id, this.workOf(id, stored.get(id))]));
      const failure = await this.handleAll(turns, works, batch);
      if (failure !== undefined) return failure;
      try {
        await this.commit([...works.values()], batch);
        return undefined;
      } catch (error) {
        if (!isEventspanError(error, 'VERSION_CONFLICT')) throw error;
        if (attempt === ATTEMPTS) throw new EventspanError('BATCH_ABORTED', { reason: error.message }, { cause: error });
        stored = await readProcessStreams(this.source(batch), ids);
      }
    }
  }

  policyOf({ type }: StoredEvent): HandlerPolicy | undefined {
    const { definition, events } = this.options;
    const [first] = [...events.becomes(type)].filter((each) => definition.events.includes(each));
    return mergePolicies(definition, first && definition.policyOf(first));
  }

  private async route(events: readonly StoredEvent[]): Promise<BatchTurn[] | EventFailure> {
    const turns: BatchTurn[] = [];
    for (let at = 0; at < events.length; at++) {
      const event = events[at] as StoredEvent;
      try {
        for (const routed of await this.router.route(event)) turns.push({ event, routed, at });
      } catch (error) {
        if (isStoreError(error)) throw error;
        return { at, error };
      }
    }
    return turns;
  }

  private async handleAll(
    turns: readonly BatchTurn[],
    works: ReadonlyMap<string, ProcessWork>,
    { signal, advance: { consumer } }: EventBatch,
  ): Promise<EventFailure | undefined> {
    const isMany = this.telemetry.tracing.isOn && turns.length > 1;
    for (const { at, ...turn } of turns) {
      throwIfAborted(signal);
      const { processId } = turn.routed;
      const handle = (): Promise<void> => this.turns.handle(works.get(processId) as ProcessWork, turn);
      try {
        await (isMany ? this.telemetry.tracing.handling({ consumer, event: turn.event }, handle) : handle());
      } catch (error) {
        if (isStoreError(error)) throw error;
        return { at, error: processFailure(error, { process: this.options.definition.name, processId, event: turn.event }) };
      }
    }
    return undefined;
  }

  private async commit(works: readonly ProcessWork[], batch: EventBatch): Promise<void> {
    const { store, caller, onAppended } = this.options;
    const { advance, changes: own = [], signal } = batch;
    const effects = works.map((work) => work.effects());
    const writes = effects.flatMap((each) => each.writes);
    const changes = [...effects.flatMap((each) => each.changes), ...own];
    throwIfAborted(signal);
    if (writes.length > 0) {
      const appended = await store.append({ writes, changes, advance }, { caller, signal });
      onAppended?.(appended);
    } else await commitAdvance(store, batch, caller);
  }

  private async readWaiting({ streamId, version }: WaitingMessage, processId: string): Promise<readonly Turn[]> {
    const { store, caller } = this.options;
    for await (const event of store.readStream(streamId, { fromVersion: version, limit: 1, caller })) {
      const routed = await this.router.route(event);
      return routed.filter((each) => each.processId === processId).map((each) => ({ event, routed: each }));
    }
    return [];
  }

  private workOf(processId: string, stored: StoredProcess | undefined): ProcessWork {
    const { definition, outgoing, source, clock } = this.options;
    return new ProcessWork(processId, stored, { process: definition.name, outgoing, source, clock });
  }

  private source({ signal }: EventBatch): ProcessSource {
    const { store, definition, caller } = this.options;
    return { store, process: definition.name, calls: { caller, signal } };
  }
}

/** The store is at fault, and no event. */
function isStoreError(error: unknown): boolean {
  return isEventspanError(error, 'STORE_UNAVAILABLE') || isEventspanError(error, 'STORE_FAILED');
}
