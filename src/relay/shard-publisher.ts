import { isEventspanError, type EventspanError } from '../errors/eventspan-error.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import { toClaimCheck, toMessage } from '../messaging/envelope.js';
import { isLonger } from '../messaging/publish-limits.js';
import { orAbort } from '../support/abort.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import { KeyMutex } from '../support/key-mutex.js';
import { secondsSince } from '../telemetry/seconds-since.js';
import { outcomeAttributes, timed } from '../telemetry/timed.js';
import { ByteBudget } from './byte-budget.js';
import { cutBatches, sliceBatch, type Batch } from '../messaging/cut-batches.js';
import type { FaultLog } from './fault-log.js';
import { RELAY_CONSUMER, type HeldShard } from './held-shard.js';
import { locateRefusal } from '../messaging/locate-refusal.js';
import type { ResolvedRelayOptions } from './relay-options.js';

/** Between publishes of one batch. A refused message is tried again at the longest wait. */
export const PUBLISH_BACKOFF: Backoff = Object.freeze({ initialMs: 100, factor: 2, maxMs: 30_000 });

/**
 * Publishes what a shard has in hand: batch after batch, the same batch in the same order again until the transport has taken
 * it, up to a message that is refused for good. One publish a shard is under way at most, also when the shard was lost and
 * taken again meanwhile. The bytes under way, over all shards, are bounded; a batch that waits for its next try does not count.
 */
export class ShardPublisher {
  published = 0;
  batches = 0;
  private readonly lanes = new KeyMutex();
  private readonly budget: ByteBudget;

  constructor(
    private readonly options: ResolvedRelayOptions,
    private readonly faults: FaultLog,
  ) {
    this.budget = new ByteBudget(options.maxInFlightBytes);
  }

  /** The events, which follow the shard's position, as batches; a large payload stays in the log. */
  batchesOf(held: HeldShard, events: readonly StoredEvent[]): readonly Batch[] {
    const messages = events.map((event, at) => {
      const previous = at === 0 ? held.position : events[at - 1]?.position;
      const write = isLonger(event.data, this.options.claimCheckBytes) ? toClaimCheck : toMessage;
      return write(previous === undefined ? { event } : { event, previous }, this.options.source);
    });
    return cutBatches(messages, { maxMessages: this.options.batchMessages, maxBytes: this.options.batchBytes });
  }

  /** Carries the shard from `publishing` to `ready` or `stopped`. Never throws. */
  async publishAll(held: HeldShard, batches: readonly Batch[]): Promise<void> {
    try {
      for (const batch of batches) {
        const refusal = await this.send(held, batch);
        if (refusal !== undefined) return this.stopBefore(held, refusal);
      }
    } catch (error) {
      if (!held.repeats.aborted) this.faults.note(error, { shard: held.shard });
    }
    held.finish();
  }

  /** Resolves when all messages were taken, or with the refusal of the first that was not. Throws when it is given up. */
  private async send(held: HeldShard, batch: Batch): Promise<EventspanError | undefined> {
    try {
      await this.sendUntilTaken(held, batch);
      this.accept(held, batch.messages.length);
      return undefined;
    } catch (error) {
      if (!isEventspanError(error, 'MESSAGE_REFUSED')) throw error;
      return this.sendAround(held, batch, error);
    }
  }

  /** Sends what stands before the refused message; where that is not known, finds it by halves. */
  private async sendAround(held: HeldShard, batch: Batch, error: EventspanError): Promise<EventspanError | undefined> {
    const { accepted, refusedAt } = locateRefusal(batch.messages, error.details);
    if (accepted > 0) this.accept(held, accepted);
    if (refusedAt === accepted) return error;
    if (refusedAt !== undefined) return (await this.send(held, sliceBatch(batch, accepted, refusedAt))) ?? error;
    const middle = Math.ceil((accepted + batch.messages.length) / 2);
    return (await this.send(held, sliceBatch(batch, accepted, middle))) ?? this.send(held, sliceBatch(batch, middle));
  }

  private async sendUntilTaken(held: HeldShard, batch: Batch): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      held.repeats.throwIfAborted();
      held.resume();
      try {
        return await this.publishOnce(held, batch);
      } catch (error) {
        if (held.repeats.aborted || isEventspanError(error, 'MESSAGE_REFUSED')) throw error;
        held.retry(this.faults.note(error, { shard: held.shard, attempt, count: batch.messages.length }));
      }
      await this.options.clock.sleep(nextDelayMs(PUBLISH_BACKOFF, attempt, this.options.random), held.repeats);
    }
  }

  private publishOnce(held: HeldShard, { messages, bytes }: Batch): Promise<void> {
    const { transport, clock, leaseMs, publishDeadlineMs } = this.options;
    const { signal } = held;
    const publish = (): Promise<void> => {
      // What is published after the lease is over may come after a new owner's messages: known ids, but needless repeats.
      if (held.leaseAgeMs(clock.now()) >= leaseMs) held.giveUp();
      signal.throwIfAborted();
      return this.observed(held, messages.length, () =>
        transport.publish(messages, { deadlineMs: publishDeadlineMs, signal, caller: RELAY_CONSUMER }),
      );
    };
    return orAbort(
      this.lanes.run(String(held.shard), () => this.budget.run(bytes, async () => publish())),
      signal,
    );
  }

  /** The events of a batch are the first of those that wait. */
  private observed(held: HeldShard, count: number, publish: () => Promise<void>): Promise<void> {
    const { telemetry, transport } = this.options;
    const { tracing, metrics } = telemetry;
    if (!tracing.isOn && !metrics.isOn) return publish();
    const events = held.waiting.slice(0, count);
    return tracing.publishing({ destination: transport.name, events, shard: held.shard }, () => this.measured(events, publish));
  }

  private measured([first]: readonly StoredEvent[], publish: () => Promise<void>): Promise<void> {
    const { clock, telemetry } = this.options;
    return timed(publish, (seconds, { error }) => {
      const outcome = outcomeAttributes(error === undefined ? 'published' : 'failed', error);
      telemetry.metrics.record('eventspan.publish.seconds', seconds, outcome);
      if (error !== undefined || first === undefined) return;
      telemetry.metrics.record('eventspan.publish.delay.seconds', secondsSince(commitTimeOf(first), clock.now()));
    });
  }

  private accept(held: HeldShard, count: number): void {
    this.published += count;
    this.batches++;
    held.accept(count);
  }

  private stopBefore(held: HeldShard, refusal: EventspanError): void {
    const reason = this.faults.note(refusal, { shard: held.shard });
    held.refuse(reason, this.options.clock.now() + PUBLISH_BACKOFF.maxMs);
  }
}
