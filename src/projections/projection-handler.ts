import { EventReader, type NeighbourSource } from '../event-store/event-reader.js';
import { comparePositions, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { isFrameworkEvent } from '../messages/framework/framework-event.js';
import type { EventBatch, EventFailure, EventHandler } from '../subscriptions/event-handler.js';
import { mergePolicies, resolvePolicy, type HandlerPolicy } from '../subscriptions/handler-policy.js';
import { throwIfAborted } from '../support/abort.js';
import { systemClock, type Clock } from '../support/clock.js';
import { silentLogger, type Logger } from '../telemetry/logger.js';
import { silentTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import { HandlerContext, type BatchContext } from './handler-context.js';
import { HandlerWatch } from './handler-watch.js';
import type { AfterCommit } from './inline/after-commit.js';
import type { ProjectionTarget, TargetBatch } from './projection-target.js';
import type { ProjectionContext, ProjectorDefinition } from './projector-definition.js';
import { runSideEffects } from './side-effects.js';
import { ViewBuffer, type RowSource } from './view-buffer.js';
import type { ViewTables } from './view-tables.js';

/** What a projection runs on. */
export interface ProjectionHandlerOptions {
  readonly projector: ProjectorDefinition;
  readonly events: EventRegistry;
  readonly tables: ViewTables;
  readonly target: ProjectionTarget;
  /** Where the neighbours of events are read that upcasters merge. */
  readonly streams: NeighbourSource;
  /** What projector and handlers leave open. */
  readonly policy?: HandlerPolicy;
  /** Default true. Without, what handlers give to `afterCommit` is held back for good, and their events are replays to them. */
  readonly sideEffects?: boolean;
  /** Default: a {@link ViewBuffer}. */
  readonly openView?: (source: RowSource) => ViewBuffer;
  /** What handlers are given beside the event. Default: a {@link HandlerContext}. */
  readonly contextOf?: (event: StoredEvent, task: HandlerTask) => unknown;
  /** Default `project`. */
  readonly span?: 'project' | 'handle';
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: silent. */
  readonly logger?: Logger;
  /** A span for each batch, if there are side effects: what is filled is history. Default: silent. */
  readonly telemetry?: Telemetry;
}

/** One batch while its handlers run. */
export interface HandlerTask extends BatchContext {
  readonly view: ViewBuffer;
  readonly watch: HandlerWatch;
  readonly effects: AfterCommit[];
  /** Absent where rows are made anew. */
  readonly batch?: EventBatch;
}

/** What a handler threw. */
interface Thrown {
  readonly error: unknown;
}

/** How the events of one wire name are dealt with. */
interface Treatment {
  readonly isTaken: boolean;
  readonly policy: HandlerPolicy | undefined;
  readonly timeoutMs: number;
}

/**
 * Runs a projector's handlers over a batch with a fresh view, one event after another, and commits what they did with the
 * cursor. Events that the projector does not take are passed over unread.
 */
export class ProjectionHandler implements EventHandler {
  /** Prototypes of the classes that the projector takes. */
  private readonly taken: ReadonlySet<unknown>;
  /** By wire name. */
  private readonly treatments = new Map<string, Treatment>();
  private readonly effects = new WeakMap<EventBatch, readonly AfterCommit[]>();
  private readonly reader: EventReader;
  private readonly clock: Clock;

  constructor(private readonly options: ProjectionHandlerOptions) {
    this.taken = new Set(options.projector.events.map((type): unknown => type.prototype));
    this.reader = new EventReader(options.events, options.streams);
    this.clock = options.clock ?? systemClock;
  }

  apply(batch: EventBatch): Promise<EventFailure | undefined> {
    const { sideEffects = true, telemetry = silentTelemetry } = this.options;
    if (!sideEffects || !telemetry.tracing.isOn) return this.applyAll(batch);
    const { consumer } = batch.advance;
    const { events } = batch;
    const apply = async (span: { failed(error: unknown): void }): Promise<EventFailure | undefined> => {
      const failure = await this.applyAll(batch);
      if (failure !== undefined) span.failed(failure.error);
      return failure;
    };
    if (this.options.span === 'handle')
      return telemetry.tracing.handling({ consumer, event: events.filter((each) => this.takes(each)) }, apply);
    return telemetry.tracing.projecting({ consumer, events }, apply);
  }

  /** Whether one of its handlers may have to do with the event. */
  takes({ type }: StoredEvent): boolean {
    return this.treatmentOf(type).isTaken;
  }

  private async applyAll(batch: EventBatch): Promise<EventFailure | undefined> {
    const { projector, tables, target } = this.options;
    const opened = await target.open(batch);
    const watch = new HandlerWatch(projector.name, this.clock);
    const source = { get: (...read: Parameters<TargetBatch['get']>) => watch.reading(opened.get(...read)) };
    const { openView = (rows: RowSource) => new ViewBuffer(projector.name, tables, rows) } = this.options;
    const task = this.taskOf(openView(source), watch, batch);
    try {
      const failure = await watch.guard(this.runAll(eventsToDo(batch, opened), task, batch), batch.signal);
      task.view.close();
      if (failure === undefined) await opened.commit(task.view);
      else await giveUp(opened);
      if (failure === undefined && task.effects.length > 0) this.effects.set(batch, task.effects);
      return failure;
    } catch (error) {
      task.view.close();
      await giveUp(opened);
      throw error;
    }
  }

  policyOf({ type }: StoredEvent): HandlerPolicy | undefined {
    return this.treatmentOf(type).policy;
  }

  afterCommit(batch: EventBatch): Promise<number> | undefined {
    const effects = this.effects.get(batch);
    if (effects === undefined) return undefined;
    const { projector, policy, logger = silentLogger } = this.options;
    const { timeoutMs } = resolvePolicy(policy, projector);
    return runSideEffects(effects, { projector: projector.name, clock: this.clock, logger, timeoutMs });
  }

  /** Runs the handler of one event on a view, for rows that are made anew. Throws what it throws, and the view's fault. */
  async handle(event: StoredEvent, view: ViewBuffer): Promise<void> {
    const task = { ...this.taskOf(view, new HandlerWatch(this.options.projector.name, this.clock)), isReplay: true };
    const thrown = await this.run(event, 0, task);
    if (view.fault !== undefined) throw view.fault.error;
    if (thrown !== undefined) throw thrown.error;
  }

  private taskOf(view: ViewBuffer, watch: HandlerWatch, batch?: EventBatch): HandlerTask {
    const { projector, sideEffects = true } = this.options;
    const effects: AfterCommit[] = [];
    const afterCommit = (effect: AfterCommit): void => {
      view.checkOpen('afterCommit', 'no table');
      if (sideEffects) effects.push(effect);
    };
    return { projector, view, watch, effects, afterCommit, isReplay: !sideEffects, ...(batch && { batch }) };
  }

  private async runAll(events: readonly StoredEvent[], task: HandlerTask, batch: EventBatch): Promise<EventFailure | undefined> {
    const skipped = batch.events.length - events.length;
    const { view, watch } = task;
    const isTraced = this.isTracedByEvent(events);
    for (let at = 0; at < events.length && !watch.isOver; at++) {
      throwIfAborted(batch.signal);
      const event = events[at] as StoredEvent;
      const run = () => this.run(event, skipped + at, task);
      const outcome = isTraced && this.takes(event) ? this.traced(event, batch, run) : run();
      // Most handlers wait for nothing, and then neither does this.
      const thrown = outcome instanceof Promise ? await outcome : outcome;
      // A read that failed makes the whole batch void, whatever the handler made of it.
      if (view.fault !== undefined) throw view.fault.error;
      if (thrown !== undefined) return { at: skipped + at, error: thrown.error };
    }
    return undefined;
  }

  /** Of several events each has a span of its own for what its handler does, beside the one of the batch, so that what it sends is in its trace. */
  private isTracedByEvent(events: readonly StoredEvent[]): boolean {
    const { span, telemetry = silentTelemetry } = this.options;
    return span === 'handle' && telemetry.tracing.isOn && events.filter((event) => this.takes(event)).length > 1;
  }

  private traced(
    event: StoredEvent,
    { advance: { consumer } }: EventBatch,
    run: () => Thrown | undefined | Promise<Thrown | undefined>,
  ): Promise<Thrown | undefined> {
    const { telemetry = silentTelemetry } = this.options;
    return telemetry.tracing.handling({ consumer, event }, async (span) => {
      const thrown = await run();
      if (thrown !== undefined) span.failed(thrown.error);
      return thrown;
    });
  }

  private run(event: StoredEvent, at: number, task: HandlerTask): Thrown | undefined | Promise<Thrown | undefined> {
    const { contextOf } = this.options;
    const { isTaken, timeoutMs } = this.treatmentOf(event.type);
    if (!isTaken) return undefined;
    try {
      const read = this.reader.read(event);
      const context = (contextOf?.(event, task) ?? new HandlerContext(event, task)) as ProjectionContext;
      const isMany = read instanceof Promise || read.length > 1;
      const running = isMany ? this.handleAll(read, context, task) : this.handleOne(read[0], context);
      if (!isThenable(running)) return undefined;
      task.watch.begin(at, event.type, timeoutMs);
      return settled(running, task.watch);
    } catch (error) {
      return { error };
    }
  }

  private handleOne(event: object | undefined, context: ProjectionContext): Promise<void> | void {
    if (event === undefined || !this.taken.has(Object.getPrototypeOf(event))) return undefined;
    return this.options.projector.handle(event, context);
  }

  private async handleAll(
    read: readonly object[] | Promise<readonly object[]>,
    context: ProjectionContext,
    { watch }: HandlerTask,
  ): Promise<void> {
    const events = read instanceof Promise ? await watch.reading(read) : read;
    for (const event of events) if (!watch.isOver) await this.handleOne(event, context);
  }

  private treatmentOf(type: string): Treatment {
    const known = this.treatments.get(type);
    if (known !== undefined) return known;
    const treatment = this.treat(type);
    this.treatments.set(type, treatment);
    return treatment;
  }

  private treat(type: string): Treatment {
    const { projector, events, policy: open } = this.options;
    const becomes = [...events.becomes(type)];
    const [first] = becomes.filter((each) => this.taken.has(each.prototype));
    const policy = mergePolicies(projector, first && projector.policyOf?.(first));
    const isUnknown = becomes.length === 0 && !isFrameworkEvent(type);
    const isTaken = first !== undefined || (isUnknown && projector.unknownEvents === 'fail');
    return { isTaken, policy, timeoutMs: resolvePolicy(open, policy).timeoutMs };
  }
}

async function settled(running: PromiseLike<unknown>, watch: HandlerWatch): Promise<Thrown | undefined> {
  try {
    await running;
    return undefined;
  } catch (error) {
    return { error };
  } finally {
    if (!watch.isOver) watch.end();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function eventsToDo({ events }: EventBatch, { doneUpTo }: { readonly doneUpTo?: Position }): readonly StoredEvent[] {
  return doneUpTo === undefined ? events : events.filter(({ position }) => comparePositions(position, doneUpTo) > 0);
}

/** The batch has failed already; that its end fails too says nothing new, and its transaction ends by itself. */
async function giveUp(batch: TargetBatch): Promise<void> {
  await batch.abandon().catch(() => undefined);
}
