import type { Constructor } from '../messages/constructor.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { checkTopicConsumer } from './check-topic-consumer.js';
import type { TopicMessageContext } from './topic-message-context.js';
import type { TopicConsumer } from './topic-consumer.js';

/** A handler of one class of events from a topic; made with {@link onMessage}. */
export interface MessageHandler {
  readonly event: Constructor;
  readonly handle: (event: object, context: TopicMessageContext) => Promise<void> | void;
  readonly policy?: HandlerPolicy;
}

/** Pairs a class of events with the function that takes it; the compiler checks that they fit. */
export function onMessage<E extends object>(
  event: Constructor<E>,
  handle: (event: E, context: TopicMessageContext) => Promise<void> | void,
  policy?: HandlerPolicy,
): MessageHandler {
  return { event, handle: handle as MessageHandler['handle'], ...(policy !== undefined && { policy }) };
}

/** What {@link defineTopicConsumer} is given. */
export type TopicConsumerSpec = Omit<TopicConsumer, 'kind' | 'rows' | 'tables' | 'events' | 'policyOf' | 'handle'> &
  Partial<Pick<TopicConsumer, 'rows' | 'tables'>> & { readonly on: readonly MessageHandler[] };

/**
 * A consumer of a topic from plain functions. Throws `NAME_INVALID`, `CONSUMER_INVALID`, and `OPTION_INVALID` for what is out of bounds.
 *
 *     defineTopicConsumer({ name: 'billing', topic: 'payments', on: [onMessage(PaymentReceived, (event, { view }) => { ... })] })
 */
export function defineTopicConsumer({ on, ...options }: TopicConsumerSpec): TopicConsumer {
  const handlers = new Map(on.map((handler) => [handler.event, handler]));
  const consumer: TopicConsumer = {
    rows: 'shared',
    tables: [],
    ...options,
    kind: 'topic-consumer',
    events: on.map(({ event }) => event),
    policyOf: (event) => handlers.get(event)?.policy,
    handle: (event, context) => handlers.get(event.constructor as Constructor)?.handle(event, context),
  };
  checkTopicConsumer(consumer);
  return consumer;
}
