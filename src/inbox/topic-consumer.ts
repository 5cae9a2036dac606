import type { CircuitBreakerOptions } from '../consumers/circuit-breaker.js';
import type { TopicSettings } from '../consumers/topic-settings.js';
import type { Constructor } from '../messages/constructor.js';
import type { DeclaredTable } from '../projections/projector-definition.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { TopicMessageContext } from './topic-message-context.js';

/** `'shared'` (default): a batch with reads is one serialisable transaction. `'stream'`: reads are plain reads. */
export type ConsumerRows = 'shared' | 'stream';

/** A consumer of a topic as the framework runs it. What it says of failures counts for handlers that do not say otherwise. */
export interface TopicConsumer extends TopicSettings, HandlerPolicy {
  readonly kind: 'topic-consumer';
  /** For good: it names the subscription, and the inbox knows it. */
  readonly name: string;
  readonly rows: ConsumerRows;
  /** Tables of rows that its handlers write. */
  readonly tables: readonly DeclaredTable[];
  /** Events it takes; known events that it does not take pass it by. */
  readonly events: readonly Constructor[];
  /** What the handler of a class says for itself. */
  policyOf?(event: Constructor): HandlerPolicy | undefined;
  /** When it pauses because what its handlers need is away; `false`: never. Default: see {@link CircuitBreakerOptions}. */
  readonly circuitBreaker?: Partial<CircuitBreakerOptions> | false;
  /** Runs the handler of the event's class. */
  handle(event: object, context: TopicMessageContext): Promise<void> | void;
}

/** Everything that may be left open, filled in. */
export type ResolvedTopic = Required<Omit<TopicSettings, 'formats' | 'filter' | 'nativeDeadLetter'>> &
  Pick<TopicSettings, 'formats' | 'filter' | 'nativeDeadLetter'>;

export const DEFAULT_TOPIC_SETTINGS = Object.freeze({
  delivery: 'pull',
  ordered: 'stream',
  concurrency: 8,
  batchSize: 250,
  maxMessages: 1_000,
  maxBytes: 16 * 1024 * 1024,
  unknownEvents: 'pass',
  inboxDays: 14,
} as const);
