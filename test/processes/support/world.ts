import type { EventStore } from '../../../src/event-store/event-store.js';
import { TIMERS } from '../../../src/event-store/messaging-tables.js';
import type { StoreProvider } from '../../../src/event-store/store-provider.js';
import type { StoredEvent } from '../../../src/event-store/stored-event.js';
import { memory } from '../../../src/memory/index.js';
import {
  COMMAND_SENT,
  commandExecutedEvent,
  commandRefusedEvent,
  parseCommandSent,
} from '../../../src/messages/framework/command-events.js';
import { parseProcessAdvanced, type ProcessAdvanced } from '../../../src/messages/framework/process-advanced.js';
import type { Constructor } from '../../../src/messages/constructor.js';
import { createEventRegistry } from '../../../src/messages/create-event-registry.js';
import { createProcessEngine, type ProcessEngineOptions } from '../../../src/processes/process-engine.js';
import { processOf, type ProcessSource } from '../../../src/processes/process-of.js';
import { createProcesses, type Processes } from '../../../src/processes/processes.js';
import { createParkedStreams, type ParkedStreams } from '../../../src/subscriptions/parked-streams.js';
import type { SubscriptionEngine } from '../../../src/subscriptions/subscription-engine.js';
import { systemClock, type Clock } from '../../../src/support/clock.js';
import { seededRandom } from '../../../src/support/random.js';
import { uuidV7 } from '../../../src/support/uuid-v7.js';
import { silentLogger } from '../../../src/telemetry/logger.js';
import { RpcCounter } from '../../../src/telemetry/rpc-observer.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { EVENTS } from './checkout.js';
import { fakeOutgoing } from './fake-outgoing.js';

/** A command that was sent, as the log says. */
export interface SentInLog {
  readonly commandId: string;
  readonly name: string;
  readonly data: unknown;
  readonly event: StoredEvent;
}

/** A store, and engines of process managers on it without a transport; the test plays the services that execute commands and fire timers. */
export class ProcessWorld {
  readonly engines: SubscriptionEngine[] = [];
  readonly processes: Processes;
  readonly parked: ParkedStreams;
  private readonly nextId = uuidV7();

  private constructor(
    readonly store: EventStore,
    readonly clock: Clock,
    private readonly classes: readonly Constructor[],
    readonly rpcs: RpcCounter,
  ) {
    this.processes = createProcesses({ store, clock });
    const notify = (consumer: string): void => this.engines.forEach((engine) => engine.lookForRequests(consumer));
    this.parked = createParkedStreams({ store, clock, notify });
  }

  static async open({
    provider = memory({ shards: 4 }),
    clock = new FakeClock(),
    events = EVENTS,
  }: { provider?: StoreProvider; clock?: Clock; events?: readonly Constructor[] } = {}): Promise<ProcessWorld> {
    const rpcs = new RpcCounter();
    const environment = { clock, random: seededRandom(1), logger: silentLogger, rpcs };
    await provider.migrate(environment);
    return new ProcessWorld(await provider.open(environment), clock, events, rpcs);
  }

  get registry() {
    return createEventRegistry(this.classes);
  }

  async start(source: ProcessSource, options: Partial<ProcessEngineOptions> = {}): Promise<SubscriptionEngine> {
    const { store, clock, registry } = this;
    const engine = createProcessEngine({
      definition: processOf(source),
      events: registry,
      store,
      outgoing: fakeOutgoing(registry, clock, store.shardCount),
      source: 'test',
      owner: `engine-${this.engines.length + 1}`,
      clock,
      random: seededRandom(2),
      logger: silentLogger,
      tailCheckMs: 10,
      retry: { attempts: 2, initialMs: 1 },
      ...options,
    });
    this.engines.push(engine);
    await engine.start();
    return engine;
  }

  async append(streamId: string, message: object, metadata: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { type, data, schemaVersion } = this.registry.serialize(message);
    const eventId = this.nextId();
    const text = JSON.stringify({ correlationId: 'order', ...metadata, time: new Date(this.clock.now()).toISOString(), schemaVersion });
    await this.store.append({ writes: [{ streamId, expectedVersion: 'any', events: [{ eventId, type, data, metadata: text }] }] });
    return eventId;
  }

  /** The whole log, by shard. */
  async log(): Promise<readonly StoredEvent[]> {
    const ranges = Array.from({ length: this.store.shardCount }, (_, shard) => ({ shard }));
    return this.store.readShards(ranges, { limit: 10_000 });
  }

  async sent(name?: string): Promise<readonly SentInLog[]> {
    const events = (await this.log()).filter(({ type }) => type === COMMAND_SENT);
    const all = events.map((event) => ({ ...parseCommandSent(event), event }));
    return name === undefined ? all : all.filter((each) => each.name === name);
  }

  /** Waits for a command and says what became of it. */
  async settle(name: string, refusal?: string): Promise<SentInLog> {
    const found = await this.until(async () => (await this.open(name))[0], `${name} is sent`);
    await this.outcome(found, refusal);
    return found;
  }

  async outcome({ commandId, name, event }: SentInLog, refusal?: string, expectedVersion: number | 'any' = 1): Promise<void> {
    const metadata = JSON.parse(event.metadata) as { correlationId: string };
    const note = { metadata: { ...metadata, causationId: event.eventId }, nowMs: this.clock.now() };
    const outcome =
      refusal === undefined
        ? commandExecutedEvent({ commandId, name, events: 1 }, note)
        : commandRefusedEvent({ commandId, name, message: refusal }, note);
    const isRepeat = expectedVersion === 'any';
    const told = isRepeat ? { ...outcome, eventId: this.nextId() } : outcome;
    await this.store.append({ writes: [{ streamId: event.streamId, expectedVersion, events: [told] }] });
  }

  /** Fires what is due. */
  async fireTimers(): Promise<number> {
    let fired = 0;
    for await (const row of this.store.readModels.scan(TIMERS)) {
      if ((row['due_at'] as Date).getTime() > this.clock.now()) continue;
      const { timer_id: timerId, type, data, metadata } = row as Record<string, string>;
      const note = JSON.stringify({
        ...(JSON.parse(metadata!) as object),
        time: new Date(this.clock.now()).toISOString(),
        schemaVersion: 1,
      });
      const event = { eventId: this.nextId(), type: type!, data: data!, metadata: note };
      const changes = [{ kind: 'delete' as const, table: TIMERS, row: { shard: row['shard'], due_at: row['due_at'], timer_id: timerId } }];
      await this.store.append({ writes: [{ streamId: `eventspan.timer-${timerId}`, expectedVersion: 'none', events: [event] }], changes });
      fired++;
    }
    return fired;
  }

  async timers(): Promise<number> {
    let count = 0;
    for await (const _ of this.store.readModels.scan(TIMERS)) count++;
    return count;
  }

  /** What the process did, in order. */
  async transitions(streamId: string): Promise<readonly ProcessAdvanced[]> {
    const transitions: ProcessAdvanced[] = [];
    for await (const event of this.store.readStream(streamId)) transitions.push(parseProcessAdvanced(event));
    return transitions;
  }

  async status(processId: string, process = 'checkout'): Promise<string | undefined> {
    return (await this.processes.show(process, processId))?.status;
  }

  untilStatus(processId: string, status: string): Promise<unknown> {
    return this.until(async () => (await this.status(processId)) === status, `${processId} is ${status}`);
  }

  /** Until every engine has seen all of the log. */
  async idle(): Promise<void> {
    await this.until(async () => {
      const log = await this.log();
      return this.engines.every((engine) => {
        const { state, counts } = engine.status();
        return state !== 'running' || counts.events + counts.redriven >= log.length;
      });
    }, 'everything is handled');
  }

  async until<T>(look: () => Promise<T> | T, what: string): Promise<NonNullable<T>> {
    for (let round = 0; round < 3_000; round++) {
      const found = await look();
      if (found !== undefined && found !== false && found !== null) return found;
      if (this.clock instanceof FakeClock) await this.clock.advance(10);
      else await systemClock.sleep(5);
    }
    throw new Error(`waited in vain until ${what}`);
  }

  /** Lets time go on while it is settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    const state = { isDone: false };
    const settle = (): void => void (state.isDone = true);
    promise.then(settle, settle);
    await this.until(() => state.isDone, 'a promise is settled');
    return promise;
  }

  async close(): Promise<void> {
    await this.run(Promise.all(this.engines.map((engine) => engine.stop())));
    await this.store.close();
  }

  private async open(name: string): Promise<readonly SentInLog[]> {
    const settled = new Set((await this.log()).filter(({ version }) => version === 2).map(({ streamId }) => streamId));
    return (await this.sent(name)).filter(({ event }) => !settled.has(event.streamId));
  }
}
