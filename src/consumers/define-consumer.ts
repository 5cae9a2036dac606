import type { Constructor } from '../messages/constructor.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { checkConsumer } from './check-consumer.js';
import type { ConsumerContext } from './consumer-context.js';
import type { ConsumerDefinition, ConsumerOptions } from './consumer-definition.js';

/** A consumer's handler of one class of events; made with {@link consume}. */
export interface ConsumerHandler {
  readonly event: Constructor;
  readonly handle: (event: object, context: ConsumerContext) => Promise<void> | void;
  readonly policy?: HandlerPolicy;
}

/** Pairs a class of events with the function that takes it, for {@link defineConsumer}; the compiler checks that they fit. */
export function consume<E extends object>(
  event: Constructor<E>,
  handle: (event: E, context: ConsumerContext) => Promise<void> | void,
  policy?: HandlerPolicy,
): ConsumerHandler {
  return { event, handle: handle as ConsumerHandler['handle'], ...(policy !== undefined && { policy }) };
}

/**
 * The functional twin of `@Consumer`: the same definition from plain functions. Throws `NAME_INVALID`, `CONSUMER_INVALID`, and `OPTION_INVALID` for
 * what is out of bounds.
 *
 *     defineConsumer({ name: 'stock', on: [consume(OrderPlaced, (event, { send }) => void send(new Reserve(event.article, 1)))] })
 */
export function defineConsumer({
  on: handlers,
  ...options
}: ConsumerOptions & { readonly name: string; readonly on: readonly ConsumerHandler[] }): ConsumerDefinition {
  const byEvent = new Map(handlers.map((handler) => [handler.event, handler]));
  return checkConsumer({
    rows: 'shared',
    tables: [],
    ...options,
    kind: 'consumer',
    events: handlers.map(({ event }) => event),
    policyOf: (event) => byEvent.get(event)?.policy,
    handle: (event, context) => byEvent.get(event.constructor as Constructor)?.handle(event, context),
  });
}
