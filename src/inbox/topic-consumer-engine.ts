import { setMaxListeners } from 'node:events';
import type { AppendResult } from '../event-store/append.js';
import { observeCircuit } from '../consumers/circuit.js';
import { checkCircuitBreaker } from '../consumers/circuit-breaker.js';
import type { EventStore } from '../event-store/event-store.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { ReceivedMessage } from '../messaging/incoming-message.js';
import type { Outgoing } from '../messaging/outgoing.js';
import { messageBytes } from '../messaging/publish-limits.js';
import type { Delivery, Transport, TransportSubscription } from '../messaging/transport.js';
import type { Slots } from '../subscriptions/slots.js';
import type { Clock } from '../support/clock.js';
import type { Random } from '../support/random.js';
import { within } from '../support/within.js';
import type { Logger } from '../telemetry/logger.js';
import type { Observe } from '../telemetry/metrics.js';
import { silentTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import { loopVitals, type Vitals } from '../telemetry/vitals.js';
import { BatchRunner } from './batch-runner.js';
import { checkTopicConsumer } from './check-topic-consumer.js';
import { CircuitGate } from './circuit-gate.js';
import { DeadLetterStore } from './dead-letters/dead-letter-store.js';
import { Redriver } from './dead-letters/redriver.js';
import type { MessageOutcome } from './held-message.js';
import { InboxRows } from './inbox-rows.js';
import { InboxCounts, type TopicConsumerStatus } from './inbox-status.js';
import { sweepInbox } from './inbox-sweep.js';
import { Intake } from './intake.js';
import { MessageLanes } from './message-lanes.js';
import { MessageWork } from './message-work.js';
import { MessageReader } from './read-message.js';
import { RecentMessages } from './recent-messages.js';
import type { ResolvedTopic, TopicConsumer } from './topic-consumer.js';
import { topicSubscription } from './topic-subscription.js';

export interface TopicConsumerEngineOptions {
  readonly consumer: TopicConsumer;
  readonly registry: EventRegistry;
  readonly store: EventStore;
  /** Of its topic; a consumer that is pushed to needs none. */
  readonly transport: Transport | undefined;
  readonly outgoing: Outgoing;
  /** Told of events that handlers sent. */
  readonly onAppended: (result: AppendResult) => void;
  /** Shared by the consumers of a process: batches in hand at the same time. */
  readonly slots: Slots;
  /** Of the process's bounds, what this consumer may take at most. */
  readonly share: { readonly maxMessages: number; readonly maxBytes: number };
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Default: silent. */
  readonly telemetry?: Telemetry;
}

/** Taken at import, so that a test runner's fake timers do not stop consumers. */
const nextTurn = setImmediate;
const SWEEP_MS = 3_600_000;
const COUNT_MS = 30_000;
/** Of the loop that counts, which turns several times in it. */
const LOOP_MS = 4 * COUNT_MS;
const NEVER_READY = new Error('the consumer stopped');

const IDLE = { state: 'stopped', circuit: { state: 'closed', opened: 0 }, inHand: 0, inHandBytes: 0 } as const;

/** One life of the engine, from a start to a stop. */
interface Life {
  readonly closing: AbortController;
  readonly abandon: AbortController;
  readonly lanes: MessageLanes;
  readonly intake: Intake;
  readonly work: MessageWork;
  readonly breaker: CircuitGate;
  readonly redriver: Redriver;
  readonly letters: DeadLetterStore;
  subscription: TransportSubscription | undefined;
  loops: Promise<unknown>;
}

/**
 * Consumes a topic: messages from the transport, or pushed, are read, handled in batches, and acknowledged when their effects and their inbox
 * rows are committed. What is in hand is bounded, so that a slow consumer slows its intake.
 *
 * States: stopped; running; stopping (what is in hand is finished, within a deadline). It may be started again.
 */
export class TopicConsumerEngine {
  readonly name: string;
  readonly consumer: string;
  readonly settings: ResolvedTopic;
  private readonly counts = new InboxCounts();
  private readonly reader: MessageReader;
  private life: Life | undefined;
  private isStopping = false;
  private runner: BatchRunner | undefined;
  /** Of the loop that counts; undefined while it does not run. */
  private turnedAtMs: number | undefined;

  /** Throws `NAME_INVALID`, `CONSUMER_INVALID`, `OPTION_INVALID`. */
  constructor(private readonly options: TopicConsumerEngineOptions) {
    const { consumer, registry } = options;
    this.settings = checkTopicConsumer(consumer);
    this.name = `consumer.${consumer.name}`;
    this.consumer = consumer.name;
    const { formats, unknownEvents } = this.settings;
    this.reader = new MessageReader({ registry, events: consumer.events, formats, unknownEvents });
  }

  /** Throws what the transport's `subscribe` throws, and the store's errors. */
  async start(): Promise<void> {
    if (this.life !== undefined) return;
    const life = this.createLife();
    await this.runner?.ensureTables();
    life.subscription = await this.subscribe(life);
    this.life = life;
    const workers = Array.from({ length: this.settings.concurrency }, () => this.runWorker(life));
    life.loops = Promise.all([...workers, life.redriver.run(), this.sweep(life), this.countLetters(life)]);
  }

  /** Finishes what is in hand, or gives it back after `deadlineMs`. Idempotent. Never throws. */
  async stop({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
    const { life } = this;
    if (life === undefined || this.isStopping) return;
    this.isStopping = true;
    const left = life.lanes.close();
    life.closing.abort(NEVER_READY);
    const { clock } = this.options;
    if (!(await within(clock, deadlineMs, life.loops))) life.abandon.abort(NEVER_READY);
    await within(clock, 1_000, life.loops);
    await life.subscription?.close().catch(() => undefined);
    for (const message of left) for (const answer of message.answers) answer('given-back');
    life.abandon.abort(NEVER_READY);
    this.life = undefined;
    this.turnedAtMs = undefined;
    this.isStopping = false;
  }

  /**
   * Takes a message that came another way than by its subscription, and resolves when what became of it is durable. Throws `CONSUMER_BUSY` when
   * what is in hand is at its bounds, `CONSUMER_NOT_RUNNING`.
   */
  receive(message: ReceivedMessage): Promise<MessageOutcome> {
    const { life, consumer } = this;
    if (life === undefined || this.isStopping) return Promise.reject(new EventspanError('CONSUMER_NOT_RUNNING', { consumer }));
    const { maxMessages, maxBytes } = this.bounds;
    const { size, bytes } = life.lanes;
    if (size >= maxMessages || (size > 0 && bytes + messageBytes(message) > maxBytes)) {
      return Promise.reject(new EventspanError('CONSUMER_BUSY', { consumer, messages: size }));
    }
    return new Promise((resolve) => life.intake.take(message, resolve));
  }

  /** An operator has asked for something: it looks at once. */
  lookForRequests(): void {
    this.life?.redriver.look();
  }

  status(): TopicConsumerStatus {
    const { life, counts, settings } = this;
    return {
      topic: settings.topic,
      delivery: settings.delivery,
      ...(life === undefined ? IDLE : this.lifeStatus(life)),
      ...counts.status(),
      sideEffectFailures: this.runner?.sideEffectFailures ?? 0,
    };
  }

  signals(observe: Observe): void {
    const { life, name, counts } = this;
    if (life === undefined) return;
    if (life.breaker.isThere) observeCircuit(name, life.breaker.status, observe);
    const { deadLetters } = counts;
    if (deadLetters !== undefined) observe('eventspan.dead_letters', deadLetters, { 'eventspan.consumer': name });
  }

  vitals(): readonly Vitals[] {
    const { life, name, turnedAtMs } = this;
    return [loopVitals({ name, leaseMs: LOOP_MS, turnedAtMs, transport: life?.subscription?.status() })];
  }

  private lifeStatus({ subscription, breaker, lanes }: Life): Pick<TopicConsumerStatus, keyof typeof IDLE | 'subscription'> {
    return {
      state: this.isStopping ? 'stopping' : 'running',
      ...(subscription && { subscription: subscription.status() }),
      circuit: breaker.status,
      inHand: lanes.size,
      inHandBytes: lanes.bytes,
    };
  }

  private get bounds(): { readonly maxMessages: number; readonly maxBytes: number } {
    const { share } = this.options;
    const { maxMessages, maxBytes } = this.settings;
    return { maxMessages: Math.min(maxMessages, share.maxMessages), maxBytes: Math.min(maxBytes, share.maxBytes) };
  }

  private createLife(): Life {
    const { options, settings, counts, reader } = this;
    const { consumer, store, outgoing, onAppended, owner, clock, random, logger, telemetry = silentTelemetry } = options;
    const [closing, abandon] = [new AbortController(), new AbortController()];
    // Every delayed key, and every batch in hand, listens to them.
    setMaxListeners(0, closing.signal, abandon.signal);
    const common = { consumer: consumer.name, store, clock, random, logger, caller: this.name };
    const isOrdered = settings.ordered === 'stream';
    const lanes = new MessageLanes(clock);
    const recent = new RecentMessages();
    const { circuitBreaker = {} } = consumer;
    const breaker = new CircuitGate(circuitBreaker && checkCircuitBreaker(`consumer ${consumer.name}`, circuitBreaker), clock);
    const inbox = new InboxRows(consumer.name, settings.inboxDays);
    const runner = new BatchRunner({
      ...common,
      consumer,
      reader,
      outgoing,
      tracing: telemetry.tracing,
      onAppended,
      abandon: abandon.signal,
    });
    this.runner = runner;
    const letters = new DeadLetterStore({ ...common, inbox, isOrdered, signal: abandon.signal });
    const intake = new Intake({ ...common, reader, lanes, counts, recent, isOrdered });
    const isNative = settings.nativeDeadLetter !== undefined;
    const work = new MessageWork({
      ...common,
      runner,
      letters,
      inbox,
      isOrdered,
      isNative,
      breaker,
      counts,
      recent,
      abandon: abandon.signal,
    });
    const redriver = new Redriver({ ...common, runner, reader, inbox, owner, counts, closing: closing.signal });
    return { closing, abandon, lanes, intake, work, breaker, redriver, letters, subscription: undefined, loops: Promise.resolve() };
  }

  private async subscribe({ intake }: Life): Promise<TransportSubscription | undefined> {
    const { transport } = this.options;
    if (this.settings.delivery === 'push' || transport === undefined) return undefined;
    const onMessage = (message: Delivery): void => intake.take(message, answering(message));
    return transport.subscribe({ ...topicSubscription(this.options.consumer), ...this.bounds, onMessage });
  }

  private async runWorker({ lanes, work, breaker, closing }: Life): Promise<void> {
    while (!closing.signal.aborted) {
      await lanes.untilReady();
      // What comes in the same turn goes into the same commit.
      await new Promise((resolve) => nextTurn(resolve));
      const most = await breaker.pass(closing.signal).catch(() => 0);
      await this.options.slots.run(async () => {
        if (closing.signal.aborted) return;
        const given = lanes.take(Math.min(most, this.settings.batchSize, this.runner?.fittingSize ?? 1));
        const back = given.length === 0 ? [] : await work.process(given);
        lanes.settle(given, back);
        breaker.passed();
      });
    }
  }

  private async sweep({ closing: { signal } }: Life): Promise<void> {
    const { store, clock, logger, consumer } = this.options;
    if (store.readModels.removesExpired === true) return;
    while (!signal.aborted) {
      try {
        await sweepInbox({ consumer: consumer.name, store, clock, caller: this.name, signal });
      } catch (error) {
        if (!signal.aborted) logger.warn({ consumer: consumer.name, error }, 'the inbox was not swept; it is tried again in an hour');
      }
      await clock.sleep(SWEEP_MS, signal).catch(() => undefined);
    }
  }

  private async countLetters({ letters, closing: { signal } }: Life): Promise<void> {
    while (!signal.aborted) {
      this.turnedAtMs = this.options.clock.now();
      const depth = await letters.depth().catch(() => undefined);
      if (depth !== undefined) this.counts.deadLetters = depth;
      await this.options.clock.sleep(COUNT_MS, signal).catch(() => undefined);
    }
  }
}

function answering(delivery: Delivery): (outcome: MessageOutcome) => void {
  return (outcome) => (outcome === 'given-back' ? delivery.nack() : delivery.ack());
}
