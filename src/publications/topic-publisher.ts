import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { cutBatches, type Batch } from '../messaging/cut-batches.js';
import { locateRefusal } from '../messaging/locate-refusal.js';
import { PUBLISH_LIMITS } from '../messaging/publish-limits.js';
import type { Transport, TransportMessage } from '../messaging/transport.js';
import { isAborted, orAbort } from '../support/abort.js';
import type { KeyMutex } from '../support/key-mutex.js';
import { messageOf } from '../support/message-of.js';

/** A message that the topic takes never. */
export interface Refusal {
  /** Index of the message; the first of its batch where it is not known which it is. */
  readonly at: number;
  readonly error: EventspanError;
}

/** What one publish works with. */
export interface TopicCall {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly caller: string;
}

const LIMITS = { maxMessages: PUBLISH_LIMITS.maxMessages, maxBytes: PUBLISH_LIMITS.maxBytes };

/**
 * Publishes to one topic. Of all that share `keys`, one publish an ordering key is under way at a time. Nothing is repeated here: who calls has the
 * order in hand, and says all of it again.
 */
export class TopicPublisher {
  constructor(
    readonly topic: string,
    private readonly transport: Transport,
    private readonly keys: KeyMutex,
  ) {}

  /**
   * Resolves when the topic has taken all messages, which have one ordering key, or with the first that it refuses for good; those before it were
   * taken. Throws `PUBLISH_FAILED` for whatever else goes wrong (`retryable`: the same messages again, in the same order), and the signal's reason.
   */
  async publish(messages: readonly TransportMessage[], call: TopicCall): Promise<Refusal | undefined> {
    let done = 0;
    for (const batch of cutBatches(messages, LIMITS)) {
      const refusal = await this.send(batch, call);
      if (refusal !== undefined) return { ...refusal, at: done + refusal.at };
      done += batch.messages.length;
    }
    return undefined;
  }

  private async send({ messages }: Batch, call: TopicCall): Promise<Refusal | undefined> {
    const key = messages[0]?.orderingKey ?? '';
    const publish = (): Promise<void> => {
      call.signal.throwIfAborted();
      return this.transport.publish(messages, call);
    };
    try {
      await orAbort(
        this.keys.run(key, async () => publish()),
        call.signal,
      );
      return undefined;
    } catch (error) {
      if (isAborted(call.signal)) throw error;
      if (!isEventspanError(error, 'MESSAGE_REFUSED')) throw this.failed(messages, error);
      const { accepted, refusedAt } = locateRefusal(messages, error.details);
      return { at: refusedAt ?? accepted, error };
    }
  }

  /** A topic that is missing, or a transport that fails in a way of its own, says nothing against the event. */
  private failed(messages: readonly TransportMessage[], cause: unknown): EventspanError {
    if (isEventspanError(cause, 'PUBLISH_FAILED')) return cause;
    const shard = messages[0]?.orderingKey.replace(/^s/, '');
    return new EventspanError(
      'PUBLISH_FAILED',
      { count: messages.length, shard, reason: `topic ${this.topic}: ${messageOf(cause)}` },
      { cause },
    );
  }
}
