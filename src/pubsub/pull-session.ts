import type { Subscription, SubscriptionOptions } from '@google-cloud/pubsub';
import type { SubscribeOptions } from '../messaging/transport.js';
import type { PubSubClients } from './clients.js';
import { reasonOf } from './grpc-status.js';
import type { ReceivedMessage } from './intake.js';

/** What a session tells its owner. */
export interface SessionEvents {
  message(message: ReceivedMessage): void;
  /** A stream broke and the client tries again by itself. */
  disturbed(reason: string): void;
  /** It is over, with the error that ended it; once, and not after `close`. */
  ended(reason: string): void;
}

/**
 * One life of the client's streaming pull. It ends on errors that the client does not repeat (a deleted subscription), and a new
 * one is made: opening the same object anew while it still closes would close the queues of its new life.
 */
export class PullSession {
  private readonly subscription: Subscription;
  private over = false;
  private reason = 'the stream was closed';

  constructor(clients: PubSubClients, name: string, { options, events }: { options: SubscribeOptions; events: SessionEvents }) {
    this.subscription = clients.pubsub.subscription(name, clientOptions(clients, options));
    // The library takes an error without a listener for a crash of the process.
    this.subscription.on('error', (error: unknown) => void (this.reason = reasonOf(error)));
    this.subscription.on('debug', ({ message, error }: { message: string; error?: unknown }) => {
      if (!this.over) events.disturbed(error === undefined ? message : reasonOf(error));
    });
    this.subscription.on('close', () => {
      if (this.over) return;
      this.over = true;
      events.ended(this.reason);
    });
    this.subscription.on('message', (message: ReceivedMessage) => {
      if (this.over) message.nack();
      else events.message(message);
    });
  }

  /** Ends the stream, gives back what is unsettled, and flushes acks, for at most two seconds. */
  async close(): Promise<void> {
    this.over = true;
    await this.subscription.close();
  }
}

/** One stream brings about 2,000 messages a second from an emulator, whoever receives them; so many, the client's own default, keep a consumer busy. */
const STREAMS_WITHOUT_ORDER = 5;
const MESSAGES_A_STREAM = 100;

/** Settings from measurements of the client 5.3 on the emulator. Each stream may lease its part of the bounds. */
function clientOptions(
  { library: { Duration } }: PubSubClients,
  { maxMessages, maxBytes, ordered = true }: SubscribeOptions,
): SubscriptionOptions {
  const streams = ordered ? 1 : Math.max(1, Math.min(STREAMS_WITHOUT_ORDER, Math.floor(maxMessages / MESSAGES_A_STREAM)));
  return {
    flowControl: { maxMessages: Math.ceil(maxMessages / streams), maxBytes: Math.ceil(maxBytes / streams), allowExcessMessages: true },
    // An ack is worth nothing until it is sent; the default of 100 ms divides the throughput of small bounds by five.
    batching: { maxMilliseconds: 10 },
    streamingOptions: {
      maxStreams: streams,
      retryMinBackoff: Duration.from({ milliseconds: 100 }),
      retryMaxBackoff: Duration.from({ seconds: 2 }),
    },
    minAckDeadline: Duration.from({ seconds: 30 }),
    closeOptions: { behavior: 'NACK', timeout: Duration.from({ seconds: 2 }) },
  };
}
