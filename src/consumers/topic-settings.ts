import type { MessageFormat } from '../messaging/incoming-message.js';

/** How a consumer takes messages from a topic that other systems write. */
export interface TopicSettings {
  /** The topic's name in `EventspanOptions.topics`. */
  readonly topic: string;
  /** `'pull'` (default): it subscribes. `'push'`: messages come by `pushEndpoint`. */
  readonly delivery?: 'pull' | 'push';
  /** How messages are read, the first that takes one counting. Default: Eventspan's own, and CloudEvents in both modes. */
  readonly formats?: readonly MessageFormat[];
  /** Only messages of these types are delivered, where the transport can filter. Default: all. */
  readonly filter?: { readonly types: readonly string[] };
  /**
   * `'stream'` (default): messages of one subject (else of one ordering key) are handled in the order in which they come, one after another.
   * `'none'`: any of them side by side.
   */
  readonly ordered?: 'stream' | 'none';
  /** Batches in hand at the same time, 1..256, default 8. A batch runs its handlers one after another. */
  readonly concurrency?: number;
  /** Messages of one commit at most, 1..1,000, default 250; fewer where handlers take their time. */
  readonly batchSize?: number;
  /** Messages held and not settled at most, 1..100,000, default 1,000. */
  readonly maxMessages?: number;
  /** Bytes of them at most, 1..2^30, default 16 MiB (one message may exceed it). */
  readonly maxBytes?: number;
  /** `'pass'` (default): messages of types that the application does not know are acknowledged, counted and logged. `'fail'`: they are dead letters. */
  readonly unknownEvents?: 'pass' | 'fail';
  /** Days for which it is remembered that a message was handled, 1..365, default 14. A repeat that comes later is handled again. */
  readonly inboxDays?: number;
  /**
   * Only with `ordered: 'none'`: messages that cannot be handled go back to the broker, which tries again and in the end puts them into its own
   * dead-letter topic; nothing is kept here. `maxAttempts` deliveries, 5..100.
   */
  readonly nativeDeadLetter?: { readonly maxAttempts: number };
}
