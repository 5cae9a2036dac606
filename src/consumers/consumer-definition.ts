import type { Constructor } from '../messages/constructor.js';
import type { DeclaredTable } from '../projections/projector-definition.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { CircuitBreakerOptions } from './circuit-breaker.js';
import type { ConsumerContext } from './consumer-context.js';
import type { TopicSettings } from './topic-settings.js';

/** What `@Consumer` says besides the name; with what is to be done when a handler fails, unless the handler says otherwise. */
export interface ConsumerOptions extends HandlerPolicy {
  /** Shards that are handled side by side, 1..1,024, default 4. Inside a shard one event comes after another. */
  readonly concurrency?: number;
  /** Tables of its own, made with `readModelTable` and `counterTable`; created when it starts, called as declared. */
  readonly tables?: readonly DeclaredTable[];
  /**
   * `'shared'` (default): rows may be written by events of several streams; a batch with reads is one serialisable transaction. `'stream'`: each row
   * is written by the events of one stream only; a batch is one blind commit.
   */
  readonly rows?: 'shared' | 'stream';
  /** When it pauses because what its handlers need is away; `false`: never. Default: see {@link CircuitBreakerOptions}. */
  readonly circuitBreaker?: Partial<CircuitBreakerOptions> | false;
  /** Where it begins at its very first start: with the first event of the log (default), or with what is committed from then on. */
  readonly startFrom?: 'beginning' | 'end';
  /** `'pass'` (default): events whose names this process does not know pass it by. `'fail'`: they fail, so that their streams are parked. */
  readonly unknownEvents?: 'pass' | 'fail';
}

/** What `@Consumer` says of a consumer of a topic: as of the log, but how it takes messages. */
export type TopicConsumerOptions = Omit<ConsumerOptions, 'startFrom' | 'concurrency'> & TopicSettings;

/** A consumer of the log as the framework runs it, made from a decorated class or by `defineConsumer`. */
export interface ConsumerDefinition extends ConsumerOptions {
  readonly kind: 'consumer';
  /** For good: it names the cursors. */
  readonly name: string;
  readonly tables: readonly DeclaredTable[];
  readonly rows: 'shared' | 'stream';
  /** Events it takes; others of the log pass it by. */
  readonly events: readonly Constructor[];
  /** What the handler of a class says for itself. */
  policyOf?(event: Constructor): HandlerPolicy | undefined;
  /** Runs the handler of the event's class. */
  handle(event: object, context: ConsumerContext): Promise<void> | void;
}

/** What cursors and transport call it. */
export function consumerCursors({ name }: Pick<ConsumerDefinition, 'name'>): string {
  return `consumer.${name}`;
}
