import type { Finding } from '../support/finding.js';
import type { Grant } from '../support/grant.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';

/** A message as a transport carries it: text attributes, a text body (UTF-8), and the key that keeps order. */
export interface TransportMessage {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: string;
  /** `s<shard>`; empty: no order, and any subscriber of a consumer may get it. */
  readonly orderingKey: string;
}

/** A message as it arrives. Exactly one of `ack` and `nack` is called in the end; further calls do nothing. */
export interface Delivery extends TransportMessage {
  /** The body as it came, where the transport has bytes: for bodies that are no UTF-8 text. */
  readonly bytes?: Uint8Array;
  /** The broker's id of the message: the same with every delivery, another where it was published twice. */
  readonly messageId?: string;
  /** When the broker took it. */
  readonly publishedAt?: Date;
  /** Which delivery of the message this is, from 1, where that is known. */
  readonly attempt?: number;
  /** Done: must not come again (it may). */
  ack(): void;
  /** Not done: should come again. */
  nack(): void;
}

/** How a message that was refused comes again. */
export interface RedeliveryOptions {
  /** Milliseconds to the first redelivery, 0..maxMs; doubled with each further one. */
  readonly minMs: number;
  /** Milliseconds that no wait exceeds, up to 600,000. */
  readonly maxMs: number;
}

/** What becomes of a message that is refused again and again. */
export interface DeadLetterOptions {
  /** Deliveries, 5..100, after which it goes to the dead letters. */
  readonly maxAttempts: number;
  /** The id of the topic for them, where the transport has topics. Default: one of the consumer's own. */
  readonly topic?: string;
}

/**
 * A consumer of a topic: what is set up for it, before anyone subscribes. Filter and order are fixed once it is there
 * (`SUBSCRIPTION_DIFFERS`); the others can be changed. Bounds: `OPTION_INVALID`.
 */
export interface ConsumerSettings {
  /** The consumer's name; an adapter makes its subscription's name of it. */
  readonly consumer: string;
  /** Only messages whose `ce-type` is one of these, 1..1,000 of them. Default: all. The others count as settled. */
  readonly filter?: { readonly types: readonly string[] };
  /**
   * Default true: messages of one key come in their order, to one subscriber at a time. False: in any order, to all subscribers side by side; for
   * consumers whose messages are independent of each other.
   */
  readonly ordered?: boolean;
  /** Only with `ordered: false`. Default: soon. */
  readonly retry?: RedeliveryOptions;
  /** Only with `ordered: false`. Default: a message is delivered until it is acknowledged. */
  readonly deadLetter?: DeadLetterOptions;
}

export interface SubscribeOptions extends ConsumerSettings {
  /** Called once a message, never concurrently awaited: it must only queue. Must not throw. */
  readonly onMessage: (delivery: Delivery) => void;
  /** Messages given out and not yet settled, at most. */
  readonly maxMessages: number;
  /** UTF-8 bytes given out and not yet settled, at most (one message may exceed it). */
  readonly maxBytes: number;
  /**
   * `dead-letters`: what the consumer, whose settings say `deadLetter`, has refused too often, instead of what is new; unordered, unfiltered.
   * An ack takes a message from there for good. Default `topic`.
   */
  readonly from?: 'topic' | 'dead-letters';
}

/** A running subscription. */
export interface TransportSubscription {
  /** `open`; `waiting` while the service is away and it is trying again, with the reason. */
  status(): { readonly state: 'open' | 'waiting' | 'closed'; readonly reason?: string };
  /** No further `onMessage`; acks already given are flushed; what is unsettled is given back. Idempotent. */
  close(): Promise<void>;
}

/**
 * PORT. Carries messages from the relay to consumers, at least once, in the order of each key as a rule. It may lose, double
 * or reorder: chained delivery repairs that from the log. Every implementation passes `describeTransport` of `eventspan/testing`.
 */
export interface Transport {
  readonly name: string;

  /**
   * Resolves when the transport has taken all messages. All have one ordering key, or none ('') does; the caller keeps at most 1,000 messages,
   * 9,000,000 bytes (`messageBytes`), and one call in flight a key that is not empty. Throws `PUBLISH_FAILED` or `TRANSPORT_MISSING` (none, some or all
   * may have been taken; send the same batch again), `MESSAGE_REFUSED` (this batch will never be taken; `details.eventId` names the
   * message when it is known, and the `details.acceptedCount` messages before it were taken), `BATCH_INVALID` (the caller's limits
   * were not kept; nothing was taken), `TRANSPORT_CLOSED`, or the reason of an aborted signal.
   */
  publish(messages: readonly TransportMessage[], options?: CallOptions): Promise<void>;

  /**
   * Starts delivery to a consumer. Survives the service's restart. Throws `TRANSPORT_UNAVAILABLE`, `TRANSPORT_MISSING`,
   * `SUBSCRIPTION_DIFFERS`, `TRANSPORT_CLOSED`, `OPTION_INVALID`.
   */
  subscribe(options: SubscribeOptions): Promise<TransportSubscription>;

  /** Flushes and closes; open subscriptions are closed first. Idempotent. */
  close(): Promise<void>;
}

/** What `inProcess()` and `pubsub({...})` return: a transport that is not open yet. */
export interface TransportProvider {
  readonly name: string;
  open(environment: AdapterEnvironment): Promise<Transport>;
  /**
   * Makes topic, subscriptions and dead letters of these consumers exist as configured: creates, compares, changes what can change, and
   * throws `SUBSCRIPTION_DIFFERS` on what cannot. A bare name is a consumer that takes everything in order. What is published afterwards waits for a
   * consumer, also when it has never subscribed. Idempotent. Answers what it did, a line each.
   */
  ensure(environment: AdapterEnvironment, consumers: readonly (string | ConsumerSettings)[]): Promise<readonly string[]>;
  /**
   * Looks at what `ensure` would make, at reachability, emulators and grants. Changes nothing; what is wrong is a finding, not an error.
   */
  diagnose?(environment: AdapterEnvironment, consumers: readonly (string | ConsumerSettings)[]): Promise<readonly Finding[]>;
  /** The roles that accounts need on Google Cloud, for these consumers. */
  grants?(consumers: readonly (string | ConsumerSettings)[]): readonly Grant[];
}
