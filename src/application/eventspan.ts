import { setMaxListeners } from 'node:events';
import type { CommandResult } from '../command-handling/command-result.js';
import { sendCommand, type SendOptions, type SentCommand } from '../command-handling/send-command.js';
import { readSentCommandOutcome, type SentCommandOutcome } from '../command-handling/sent-command-outcome.js';
import type { ExecuteOptions } from '../command-handling/execute-options.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { observeStore } from '../event-store/observed-event-store.js';
import { createRepository, type Repository } from '../event-store/repository.js';
import type { Transport } from '../messaging/transport.js';
import { createProcesses, type Processes } from '../processes/processes.js';
import type { CatchUpTarget } from '../projections/catch-up-target.js';
import type { ReadModel } from '../projections/read-model.js';
import { catchUp, type CatchUpOptions, type CaughtUp } from '../projections/rebuild/catch-up.js';
import { liveReadModel } from '../projections/rebuild/live-read-model.js';
import type { Projections } from '../projections/rebuild/projections.js';
import type { EnqueueOptions } from '../messaging/outgoing.js';
import { enqueueTask, type Enqueued } from '../queues/enqueue.js';
import type { StoredTasks } from '../queues/stored-tasks.js';
import type { Timers } from '../timers/timers.js';
import type { ParkedStreams } from '../subscriptions/parked-streams.js';
import { Suspects } from '../subscriptions/suspects.js';
import type { Clock } from '../support/clock.js';
import { uuidV7 } from '../support/uuid-v7.js';
import { RpcCounter } from '../telemetry/rpc-observer.js';
import { createTelemetry } from '../telemetry/telemetry.js';
import type { AppParts } from './app-parts.js';
import { observeApp } from './app-signals.js';
import { appVitals } from './app-vitals.js';
import { consumerRowsOf } from './consumer-rows.js';
import { drain } from './drain.js';
import { createEngines } from './engines.js';
import { systemEnvironment } from './environment.js';
import { judgeHealth, StoreProbe, type AppHealth } from './health.js';
import type { InboxParts } from './inbox-parts.js';
import { closeTopics, openTopics, type Topics } from './open-topics.js';
import { compositionOf, type EventspanOptions } from './options.js';
import { appStatus } from './app-status.js';
import { startEngines } from './start-engines.js';
import { createRegistry } from './registry.js';
import type { AppState, AppStatus } from './status.js';

/**
 * An application: the commands, the relay and the projections of one process.
 *
 * `open` → commands may be executed → `start` → relay and projections run → `stop` → nothing of it is left.
 * Safe to use concurrently. `await using app = await Eventspan.open(...)` stops it at the end of the block.
 */
export class Eventspan implements AsyncDisposable {
  /** Loads aggregates outside of commands, also as of a version or a time. */
  readonly repository: Repository;
  /** Lists processes, and says how parked ones go on. Also before `start`, and where no process manager runs. */
  readonly processes: Processes;
  private state: AppState = 'open';
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly givenUp = new AbortController();
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  /** Gives a consumer of a topic a message that was pushed; see {@link InboxParts.receive}. */
  readonly receive: InboxParts['receive'];
  private readonly probe: StoreProbe;
  private readonly clock: Clock;
  private readonly endOfSignals: () => void;

  private constructor(private readonly parts: AppParts) {
    const { store, registry, options } = parts;
    // Every command in flight listens to it.
    setMaxListeners(0, this.givenUp.signal);
    const { logger, clock, ids } = options;
    this.clock = systemEnvironment(clock && { clock }).clock;
    this.receive = parts.inbox.receive;
    this.probe = new StoreProbe(store, this.clock);
    const seen = (): { nowMs: number; engines: AppParts['others'] } => ({ nowMs: this.clock.now(), engines: parts.others });
    this.endOfSignals = parts.telemetry.metrics.observe((observe) => observeApp(this.status(), seen(), observe));
    this.processes = createProcesses({ store, clock: this.clock, ...(ids && { ids }) });
    this.repository = createRepository({ store, events: registry.events, ...(logger && { logger }), ...(clock && { clock }) });
  }

  /**
   * Checks what is listed, opens the store, the transport and the topics. Nothing runs yet.
   *
   * Throws `OPTION_INVALID`; what registry, domain model and projectors are checked for (duplicate names, events without
   * `@Event`, commands without a target, …); `MIGRATIONS_PENDING`, `SHARD_COUNT_DIFFERS`, `PACKAGE_MISSING`, `STORE_UNAVAILABLE`,
   * `TRANSPORT_UNAVAILABLE`, `TOPIC_UNKNOWN`.
   */
  static async open(options: EventspanOptions): Promise<Eventspan> {
    const composition = compositionOf(options);
    const registry = createRegistry(options);
    const rpcs = new RpcCounter();
    const { clock, random, logger } = options;
    const environment = systemEnvironment({ rpcs, ...(clock && { clock }), ...(random && { random }), ...(logger && { logger }) });
    const telemetry = createTelemetry(composition.name, options.telemetry);
    const store = observeStore(await options.store.open(environment), telemetry);
    let transport: Transport | undefined;
    let topics: Topics = new Map();
    try {
      transport = await options.transport?.open(environment);
      topics = await openTopics(composition, options, environment);
      const owner = options.owner ?? (options.ids ?? uuidV7())();
      const suspects = new Suspects();
      const engines = createEngines({ composition, owner, registry, store, transport, topics, environment, options, telemetry, suspects });
      return new Eventspan({ composition, owner, registry, store, transport, topics, ...engines, rpcs, telemetry, options });
    } catch (error) {
      await closeTopics(topics);
      await transport?.close();
      await store.close();
      throw error;
    }
  }

  /** Lists, rebuilds, switches, rolls back and drops generations of projections. Also before `start`. */
  get projections(): Projections {
    return this.parts.projections.operations;
  }

  /** Lists, re-drives and discards streams that wait because one of their events could not be handled. Also before `start`. */
  get parked(): ParkedStreams {
    return this.parts.parked;
  }

  /** Schedules, cancels and lists timers. Also before `start`; they fire wherever the role `timers` runs. */
  get timers(): Timers {
    return this.parts.timers.timers;
  }

  /** Tasks of work queues that are not done: depth, list, retry, discard. Also before `start`. */
  get tasks(): StoredTasks {
    return this.parts.tasks;
  }

  /**
   * Puts a task into its work queue, in whatever process its workers run. Also before `start`. 1 Commit. Throws `TASK_UNKNOWN`, `OPTION_INVALID`,
   * `APP_NOT_RUNNING` after `stop` was called, as the payload's codec, and the store's errors.
   */
  async enqueue(task: object, options?: EnqueueOptions): Promise<Enqueued> {
    if (this.state !== 'open' && this.state !== 'running') throw this.notRunning('enqueue', 'open or running');
    return enqueueTask(this.parts.enqueueing, task, options);
  }

  /** Lists, shows, re-drives, edits and discards messages of topics that could not be handled. Also before `start`. */
  get deadLetters(): InboxParts['deadLetters'] {
    return this.parts.inbox.deadLetters;
  }

  /** The store, for reading streams and the log directly. */
  get store(): EventStore {
    return this.parts.store;
  }

  /**
   * Executes a command; see {@link CommandBus.execute} for promises, costs and errors. Also before `start`: the log is published
   * later. A command that `stop` gives up ends with `COMMAND_ABORTED`. Throws `APP_NOT_RUNNING` after `stop` was called, or without the role `commands`.
   */
  async execute<R = unknown>(command: object, options?: ExecuteOptions): Promise<CommandResult<R>> {
    const { bus } = this.parts;
    if (bus === undefined) throw this.notRunning('execute', 'given the role commands');
    if (this.state !== 'open' && this.state !== 'running') throw this.notRunning('execute', 'open or running');
    const signal = options?.signal ? AbortSignal.any([options.signal, this.givenUp.signal]) : this.givenUp.signal;
    const execution = bus.execute<R>(command, { ...options, signal });
    this.inFlight.add(execution);
    try {
      return await execution;
    } finally {
      this.inFlight.delete(execution);
    }
  }

  /**
   * Writes a command to the log, to be executed by whichever service on it takes the command: here or elsewhere, now or later, once. Also before
   * `start`, and without the role `commands`. See {@link sendCommand} for cost and errors; `COMMAND_UNROUTED` where nobody is known to take
   * it. Throws `APP_NOT_RUNNING` after `stop` was called.
   */
  async send(command: object, options: SendOptions = {}): Promise<SentCommand> {
    if (this.state !== 'open' && this.state !== 'running') throw this.notRunning('send', 'open or running');
    const { store, outgoingCommands: outgoing, composition, onAppended, telemetry } = this.parts;
    const { random = Math.random, ids = uuidV7() } = this.parts.options;
    const tools = { store, outgoing, source: composition.name, clock: this.clock, random, ids, telemetry };
    const { sent, result } = await sendCommand(tools, command, options);
    if (!sent.repeated) onAppended(result);
    return sent;
  }

  /** What became of a command that was sent with this id. 1 Read. */
  outcomeOf(commandId: string): Promise<SentCommandOutcome> {
    return readSentCommandOutcome(this.parts.store, commandId, { caller: 'command' });
  }

  /**
   * Starts relay and projections, as the roles say; a projector's version above the live one begins to be filled beside it. Idempotent.
   * Throws what `ProjectionEngine.start` throws; then nothing runs.
   */
  start(): Promise<void> {
    if (this.state !== 'open' && this.state !== 'running') return Promise.reject(this.notRunning('start', 'open'));
    this.starting ??= this.parts.telemetry.tracing.outside(() => this.startEngines());
    return this.starting;
  }

  /**
   * Ends in order: no new commands, those in hand finished; the relay finishes its publishes; projections finish their batches;
   * cursors are released, transport and store closed. What is left after `timeoutMs` (default `drainTimeoutMs`) is given up:
   * the log has it, and the next start goes on from there; `STOP_TIMED_OUT` says what it was, after everything is closed. Idempotent.
   */
  stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.stopping ??= this.shutDown(options.timeoutMs ?? this.parts.composition.drainTimeoutMs);
    return this.stopping;
  }

  status(): AppStatus {
    return appStatus(this.parts, { state: this.state, inFlight: this.inFlight.size });
  }

  /**
   * Whether the process is alive and ready, with reasons: for the probes of Kubernetes, Cloud Run and the like. `live` fails only where an engine's
   * loop has not turned for three leases and a minute. `ready` fails before `start` and from `stop` on, while the store does not answer, and while
   * an engine waits for the transport; that migrations are done was found at `open`. At most 1 Read a second, however often it is called, and
   * at most two seconds long. Never throws.
   */
  async health(): Promise<AppHealth> {
    const isOpen = this.state !== 'stopping' && this.state !== 'stopped';
    const storeFault = isOpen ? await this.probe.fault() : undefined;
    return judgeHealth({ state: this.state, vitals: appVitals(this.parts), storeFault, nowMs: this.clock.now() });
  }

  /**
   * Resolves when the projection's live generation reflects everything up to a command's result (or its token): read your own writes. Also
   * when the projection runs in another process, and on both sides of a switch. When `timeoutMs` (default 5,000) is over it throws
   * `CATCH_UP_TIMED_OUT`, or with `onTimeout: 'stale'` answers which shards are behind. Throws `PROJECTOR_UNKNOWN`, `TOKEN_INVALID`.
   */
  async caughtUp(projector: string, target: CatchUpTarget, options?: CatchUpOptions): Promise<CaughtUp> {
    const { registry, store, projections } = this.parts;
    const code = registry.projectors.get(projector);
    if (code === undefined) throw this.unknown(projector);
    return catchUp({ projector, code, target, store, clock: this.clock, ...projections }, options);
  }

  /**
   * Reads the tables of a projector's live generation, in whatever process it runs; after a switch elsewhere the one before for up to
   * `liveCacheMs` more. Its calls throw `PROJECTION_NOT_BUILT` before the projection's first start. Throws `PROJECTOR_UNKNOWN`, and
   * `READ_MODEL_ELSEWHERE` for one that writes to a database of its own.
   */
  readModel(projector: string): ReadModel {
    const { registry, options, store, projections } = this.parts;
    if (!registry.projectors.has(projector)) throw this.unknown(projector);
    if (Object.hasOwn(options.projections?.foreign ?? {}, projector)) throw new EventspanError('READ_MODEL_ELSEWHERE', { projector });
    return liveReadModel(store.readModels, projector, projections.live);
  }

  /** Reads the tables of a consumer, in whatever process it runs. Throws `CONSUMER_UNKNOWN`. */
  consumerRows(consumer: string): ReadModel {
    return consumerRowsOf(this.parts, consumer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async startEngines(): Promise<void> {
    try {
      await startEngines(this.parts);
      if (this.state === 'open') this.state = 'running';
    } catch (error) {
      this.starting = undefined;
      throw error;
    }
  }

  private async shutDown(timeoutMs: number): Promise<void> {
    await this.starting?.catch(() => undefined);
    this.state = 'stopping';
    const commands = [...this.inFlight];
    const late = await drain({
      ...this.parts,
      commands,
      giveUp: () => this.givenUp.abort(new Error('the application stopped')),
      clock: this.clock,
      timeoutMs,
    });
    this.endOfSignals();
    this.state = 'stopped';
    if (late.length > 0) throw new EventspanError('STOP_TIMED_OUT', { timeoutMs, busy: late });
  }

  private notRunning(operation: string, needed: string): EventspanError {
    return new EventspanError('APP_NOT_RUNNING', { state: this.state, operation, needed });
  }

  private unknown(projector: string): EventspanError {
    return new EventspanError('PROJECTOR_UNKNOWN', { projector, known: [...this.parts.registry.projectors.keys()] });
  }
}
