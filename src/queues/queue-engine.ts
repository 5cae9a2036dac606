import { setMaxListeners } from 'node:events';
import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import { TASKS } from '../event-store/messaging-tables.js';
import type { Delivery, Transport, TransportSubscription } from '../messaging/transport.js';
import { HeldCursors } from '../subscriptions/held-cursors.js';
import { Nap } from '../subscriptions/nap.js';
import type { Subscription } from '../subscriptions/subscription.js';
import type { EventHandler } from '../subscriptions/event-handler.js';
import { orAbort } from '../support/abort.js';
import type { Clock } from '../support/clock.js';
import { messageOf } from '../support/message-of.js';
import { within } from '../support/within.js';
import type { Logger } from '../telemetry/logger.js';
import type { Observe } from '../telemetry/metrics.js';
import type { Vitals } from '../telemetry/vitals.js';
import { FeedHandler } from './feed-handler.js';
import type { ResolvedQueue } from './queue-definition.js';
import { sweep } from './sweep.js';
import { feedConsumer, workConsumer, workSettings } from './queue-names.js';
import { QueueSignals } from './queue-signals.js';
import type { QueueStatus } from './queue-status.js';
import { fromTaskMessage, TopicChannel, type TaskChannel, type TaskNotice } from './task-channel.js';
import { taskKey, taskUpdate } from './task-entry.js';
import { TaskPool, type PooledTask } from './task-pool.js';
import { commitIfThere, type TaskRunner } from './task-runner.js';

export interface QueueEngineOptions {
  readonly queue: ResolvedQueue;
  readonly store: EventStore;
  readonly runner: TaskRunner;
  /** Absent: the process that finds tasks in the log does them. */
  readonly topic: Transport | undefined;
  /** The subscription on the log that feeds the queue. */
  readonly createFeed: (consumer: string, handler: EventHandler) => Subscription;
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CALLER = 'queue';
const MAX_BYTES = 16 * 1024 * 1024;
const FAREWELL_MS = 2_000;
/** In the past of every clock: whoever sweeps next gives it away at once. */
const AT_ONCE = new Date(0);

/**
 * The workers of a queue in one process, together with those of others. Tasks come from the log by the feed, through the queue's topic where it
 * has one, to the pool; workers take the highest priority first, and each task's end is one commit with all that it brings about, so that it
 * takes effect once however often it is handed out. What nobody says anything of for `visibilityMs` is handed out again.
 *
 * Back-pressure: the feed waits, with its cursor, while `prefetch` tasks are at hand; a topic gives no more than `prefetch` and those begun.
 * Cost: a batch of the feed 1 Read and 1 Commit; a task 1 Read and 1 Commit; every third of `visibilityMs` 1 Read and 1 Commit for those at hand.
 */
export class QueueEngine {
  readonly name: string;
  private pool: TaskPool;
  private feed: Subscription;
  private readonly cursors: HeldCursors;
  private closing = new AbortController();
  private abandon = new AbortController();
  private nap: Nap;
  private messages: TransportSubscription | undefined;
  private loops: Promise<unknown>[] = [];
  private running = new Map<string, PooledTask>();
  /** Failed here, and to be done here again. */
  private resting = new Set<string>();
  private lastSentMs = -Infinity;
  private isRunning = false;
  private readonly found: QueueSignals;
  private lastError: string | undefined;

  constructor(private readonly options: QueueEngineOptions) {
    const { queue, store, owner, clock } = options;
    this.name = workConsumer(queue.name);
    this.found = new QueueSignals(queue);
    this.pool = new TaskPool(queue.prefetch);
    this.nap = new Nap(clock, this.closing.signal);
    const { visibilityMs: leaseMs } = queue;
    const consumer = `${this.name}.sweep`;
    this.cursors = new HeldCursors({ cursors: store.cursors, consumer, owner, shardCount: 1, leaseMs, clock, calls: { caller: CALLER } });
    this.feed = this.newFeed();
  }

  async start(): Promise<void> {
    if (this.isRunning) return;
    const { queue, store, clock, topic } = this.options;
    await store.readModels.ensureTables(queue.tables ?? [], { caller: CALLER });
    this.closing = new AbortController();
    this.abandon = new AbortController();
    setMaxListeners(0, this.closing.signal, this.abandon.signal);
    this.pool = new TaskPool(queue.prefetch);
    this.nap = new Nap(clock, this.closing.signal);
    if (this.feed.status().state === 'stopped') this.feed = this.newFeed();
    this.messages = await topic?.subscribe({ ...workSettings(queue), ...this.intake() });
    try {
      await this.feed.start();
    } catch (error) {
      await this.messages?.close();
      throw error;
    }
    this.isRunning = true;
    const workers = Array.from({ length: queue.concurrency }, () => this.work());
    this.loops = [
      ...workers,
      this.loop(queue.visibilityMs / 3, () => this.touch()),
      this.loop(queue.visibilityMs / 4, () => this.sweepOnce(), this.nap),
    ];
  }

  /** Looks at once for tasks that are to be given away. */
  nudge(): void {
    this.nap.end();
  }

  /** Finishes the tasks begun, or gives them up after `deadlineMs`; gives back the others. Idempotent. Never throws. */
  async stop({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
    if (!this.isRunning) return;
    this.isRunning = false;
    const { clock } = this.options;
    const endAt = clock.now() + deadlineMs;
    const left = this.pool.close();
    this.closing.abort(new Error('the queue stops'));
    const feeding = this.feed.stop({ deadlineMs });
    const isDone = await within(clock, deadlineMs, Promise.all(this.loops));
    if (!isDone) this.abandon.abort(new Error('the queue was told to stop at once'));
    await Promise.all(this.loops);
    await feeding;
    for (const task of left) task.refuse(0);
    await this.messages?.close();
    await within(clock, Math.max(FAREWELL_MS, endAt - clock.now()), this.farewell(left)).catch((error: unknown) => this.fault(error));
  }

  /** Of the feed: its streams are parked where their events cannot be read. */
  lookForRequests(consumer: string): void {
    if (consumer === feedConsumer(this.options.queue.name)) void this.feed.lookForRequests();
  }

  status(): QueueStatus {
    const state = this.isRunning ? 'running' : 'stopped';
    const { done, failed, dead } = this.options.runner.counts;
    const queue = this.options.queue.name;
    const places = { atHand: this.pool.size, running: this.running.size, done, failed, dead, swept: this.found.swept };
    return { state, queue, ...places, feed: this.feed.status(), ...(this.lastError !== undefined && { lastError: this.lastError }) };
  }

  signals(observe: Observe): void {
    this.found.observe(this.status(), this.options.clock.now(), observe);
  }

  vitals(): readonly Vitals[] {
    return this.found.vitals(this.status(), this.messages?.status());
  }

  private newFeed(): Subscription {
    const { queue, store, clock, topic, createFeed } = this.options;
    const channel: TaskChannel = topic === undefined ? this.localChannel() : new TopicChannel(topic);
    return createFeed(feedConsumer(queue.name), new FeedHandler({ queue: queue.name, store, channel, clock }));
  }

  private localChannel(): TaskChannel {
    return {
      ready: async (signal) => {
        await orAbort(this.pool.room(), signal);
        if (this.closing.signal.aborted) throw new EventspanError('BATCH_ABORTED', { reason: 'the queue stops' });
      },
      send: async (notices) => {
        for (const notice of notices) this.putLocal(notice);
      },
    };
  }

  private putLocal(notice: TaskNotice): void {
    if (this.running.has(notice.taskId) || this.resting.has(notice.taskId)) return;
    this.pool.put({ ...notice, settle: () => undefined, refuse: (delayMs) => this.putLater(notice, delayMs) });
  }

  /** More than there is room for are left to the sweep. */
  private putLater(notice: TaskNotice, delayMs: number): void {
    const { queue, clock } = this.options;
    if (this.closing.signal.aborted || this.resting.size >= queue.prefetch) return;
    this.resting.add(notice.taskId);
    void clock.sleep(delayMs, this.closing.signal).then(
      () => {
        this.resting.delete(notice.taskId);
        this.putLocal({ ...notice, sentAtMs: clock.now() });
      },
      () => this.resting.delete(notice.taskId),
    );
  }

  private intake(): { onMessage: (delivery: Delivery) => void; maxMessages: number; maxBytes: number } {
    const { queue } = this.options;
    return { onMessage: (delivery) => this.receive(delivery), maxMessages: queue.prefetch + queue.concurrency, maxBytes: MAX_BYTES };
  }

  private receive(delivery: Delivery): void {
    const { queue, logger } = this.options;
    const notice = fromTaskMessage(delivery, queue.name);
    if (notice === undefined) {
      logger.error({ queue: queue.name }, 'a message on the topic of a work queue is none of its tasks; it is dropped');
      return delivery.ack();
    }
    const isTaken =
      !this.running.has(notice.taskId) && this.pool.put({ ...notice, settle: () => delivery.ack(), refuse: () => delivery.nack() });
    // A second copy: the first one's end decides, and the row says whether there is still something to do.
    if (!isTaken) delivery.ack();
  }

  private async work(): Promise<void> {
    for (let task = await this.pool.take(); task !== undefined; task = await this.pool.take()) {
      this.lastSentMs = Math.max(this.lastSentMs, task.sentAtMs);
      this.running.set(task.taskId, task);
      try {
        const outcome = await orAbort(this.options.runner.run(task, this.abandon.signal), this.abandon.signal);
        this.running.delete(task.taskId);
        if (outcome.kind === 'retry') task.refuse(outcome.delayMs);
        else task.settle();
      } catch {
        // Given up: whoever gets it next finds its row.
        this.running.delete(task.taskId);
        task.refuse(0);
      }
    }
  }

  /** Says that what is at hand is not lost. */
  private async touch(): Promise<void> {
    const { queue, store, clock } = this.options;
    const keys = this.atHand().map((taskId) => ({ queue: queue.name, taskId }));
    if (keys.length === 0) return;
    const rows = await store.readModels.get(TASKS, keys.map(taskKey), this.call());
    const there = keys.filter((_, at) => rows[at]?.['state'] === 'waiting');
    // One that ends meanwhile makes the commit fail; the next look touches the others.
    await commitIfThere(
      store,
      there.map((key) => taskUpdate(key, { published_at: new Date(clock.now()) })),
      this.call(),
    );
  }

  private async sweepOnce(): Promise<void> {
    const { queue, store, clock, topic } = this.options;
    const nowMs = clock.now();
    this.found.turned(nowMs);
    if (!this.cursors.shards.includes(0)) await this.cursors.takeFree();
    if (!this.cursors.shards.includes(0)) return this.found.saw(undefined);
    await this.cursors.renew();
    const isBusy = this.pool.size > 0 || this.running.size > 0;
    const overtakenMs = isBusy ? Math.min(nowMs, this.lastSentMs) : nowMs;
    const channel = topic === undefined ? this.localChannel() : new TopicChannel(topic);
    const atHand = new Set(this.atHand());
    const isAtHand = (taskId: string): boolean => atHand.has(taskId);
    this.found.saw(await sweep({ queue, store, channel, overtakenMs, nowMs, isAtHand }, this.call()));
  }

  private atHand(): readonly string[] {
    return [...this.pool.taskIds(), ...this.running.keys(), ...this.resting];
  }

  // oxlint-disable-next-line max-params -- the last one is of the loop that can be woken
  private async loop(everyMs: number, round: () => Promise<void>, nap = new Nap(this.options.clock, this.closing.signal)): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        await orAbort(round(), this.abandon.signal);
      } catch (error) {
        if (this.abandon.signal.aborted) return;
        this.cursors.drop(0);
        this.fault(error);
      }
      if (!this.closing.signal.aborted) await nap.take(everyMs);
    }
  }

  private async farewell(left: readonly PooledTask[]): Promise<void> {
    const { queue, store } = this.options;
    const call = { caller: CALLER, deadlineMs: FAREWELL_MS };
    if (this.options.topic === undefined && left.length > 0) {
      const keys = left.map(({ taskId }) => ({ queue: queue.name, taskId }));
      const rows = await store.readModels.get(TASKS, keys.map(taskKey), call);
      const there = keys.filter((_, at) => rows[at]?.['state'] === 'waiting');
      await commitIfThere(
        store,
        there.map((key) => taskUpdate(key, { published_at: AT_ONCE })),
        call,
      );
    }
    await this.cursors.release(call);
  }

  private call(): CallOptions {
    return { caller: CALLER, signal: this.abandon.signal };
  }

  private fault(error: unknown): void {
    this.lastError = messageOf(error);
    this.options.logger.warn({ queue: this.options.queue.name, err: error }, `queue: ${this.lastError}`);
  }
}
