import { instanceOfConsumer } from '../consumers/consumer-definition-of.js';
import { describeConsumerClass } from '../consumers/consumer.decorator.js';
import type { Constructor } from '../messages/constructor.js';
import { pairingsOf } from '../model/method-pairings.js';
import { ON } from '../projections/on.decorator.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { checkTopicConsumer } from './check-topic-consumer.js';
import type { TopicMessageContext } from './topic-message-context.js';
import type { TopicConsumer } from './topic-consumer.js';

type Handler = (event: object, context: TopicMessageContext) => Promise<void> | void;

/**
 * What `defineTopicConsumer` gave, or the definition of a class with `@Consumer` that names a topic, or of an instance of it; undefined for a
 * consumer of the log. Throws as `consumerDefinitionOf`.
 */
export function topicConsumerOf(source: Constructor | object): TopicConsumer | undefined {
  if ('kind' in source) return source.kind === 'topic-consumer' ? checked(source as TopicConsumer) : undefined;
  const type = (typeof source === 'object' ? source.constructor : source) as Constructor;
  const note = describeConsumerClass(type);
  if (!('topic' in note)) return undefined;
  const instance = instanceOfConsumer(source);
  const handlers = pairingsOf<HandlerPolicy | undefined>(type, ON);
  return checked({
    rows: 'shared',
    tables: [],
    ...note,
    kind: 'topic-consumer',
    events: [...handlers.keys()],
    policyOf: (event) => handlers.get(event)?.options,
    handle: (event, context) => {
      const method = handlers.get(event.constructor as Constructor)?.method;
      return method === undefined ? undefined : (instance as Record<string | symbol, Handler>)[method]?.(event, context);
    },
  });
}

function checked(consumer: TopicConsumer): TopicConsumer {
  checkTopicConsumer(consumer);
  return consumer;
}
