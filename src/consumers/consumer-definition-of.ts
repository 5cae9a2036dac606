import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { pairingsOf } from '../model/method-pairings.js';
import { ON } from '../projections/on.decorator.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { checkConsumer } from './check-consumer.js';
import type { ConsumerContext } from './consumer-context.js';
import type { ConsumerDefinition } from './consumer-definition.js';
import { describeConsumerClass } from './consumer.decorator.js';

type Handler = (event: object, context: ConsumerContext) => Promise<void> | void;

/**
 * What `defineConsumer` gave, or the definition of a decorated class, or of an instance where the class needs things given to its constructor. One
 * instance serves all shards, also side by side. Throws `CLASS_NOT_DECORATED`, `CLASS_EXPECTED`, `NAME_INVALID`, `CONSUMER_INVALID`, and
 * `OPTION_INVALID` for what is out of bounds.
 */
export function consumerDefinitionOf(source: Constructor | object): ConsumerDefinition {
  if (isDefinition(source)) return checkConsumer(source);
  const instance = instanceOfConsumer(source);
  const type = instance.constructor as Constructor;
  const note = describeConsumerClass(type);
  const handlers = pairingsOf<HandlerPolicy | undefined>(type, ON);
  return checkConsumer({
    rows: 'shared',
    tables: [],
    ...note,
    kind: 'consumer',
    events: [...handlers.keys()],
    policyOf: (event) => handlers.get(event)?.options,
    handle: (event, context) => {
      const method = handlers.get(event.constructor as Constructor)?.method;
      return method === undefined ? undefined : (instance as Record<string | symbol, Handler>)[method]?.(event, context);
    },
  });
}

function isDefinition(source: object): source is ConsumerDefinition {
  return typeof source === 'object' && source !== null && 'kind' in source && source.kind === 'consumer';
}

/** An instance of the class, or what is one. Throws `CONSUMER_INVALID` where the constructor takes arguments. */
export function instanceOfConsumer(consumer: Constructor | object): object {
  if (typeof consumer === 'object' && consumer !== null) return consumer;
  const type = consumer as new () => object;
  const { name } = describeConsumerClass(type);
  if (type.length === 0) return new type();
  const reason = `the constructor of ${type.name} takes arguments; pass an instance of it`;
  throw new EventspanError('CONSUMER_INVALID', { consumer: name, reason });
}
