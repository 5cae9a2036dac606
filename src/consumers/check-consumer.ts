import { checkOneOf, checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import { assertProjectorName } from '../projections/check-projector.js';
import { checkPolicy } from '../subscriptions/handler-policy.js';
import { checkCircuitBreaker } from './circuit-breaker.js';
import type { ConsumerDefinition } from './consumer-definition.js';

/** Throws `NAME_INVALID`; `what` names the owner in the message. */
export function assertConsumerName(name: string, what: string): void {
  assertProjectorName(name, what);
}

/** Throws `NAME_INVALID`, `CONSUMER_INVALID` and `OPTION_INVALID`; answers the definition. */
export function checkConsumer(definition: ConsumerDefinition): ConsumerDefinition {
  const { name, events, rows, circuitBreaker, concurrency = 1, startFrom = 'beginning', unknownEvents = 'pass' } = definition;
  assertConsumerName(name, 'a consumer');
  const reason = reasonAgainst(definition);
  if (reason !== undefined) throw new EventspanError('CONSUMER_INVALID', { consumer: name, reason });
  const path = `consumer ${name}`;
  checkOneOf(`${path}.rows`, rows, ['shared', 'stream']);
  checkOneOf(`${path}.startFrom`, startFrom, ['beginning', 'end']);
  checkOneOf(`${path}.unknownEvents`, unknownEvents, ['pass', 'fail']);
  checkWholeNumber(`${path}.concurrency`, concurrency, { min: 1, max: 1_024 });
  if (circuitBreaker !== false && circuitBreaker !== undefined) checkCircuitBreaker(`${path}.circuitBreaker`, circuitBreaker);
  checkPolicy(path, definition);
  for (const event of events) checkPolicy(`${path}.on(${event.name})`, definition, definition.policyOf?.(event));
  return definition;
}

function reasonAgainst({ events, tables }: ConsumerDefinition): string | undefined {
  if (events.length === 0) return 'it takes no event; mark a method with @On(EventClass)';
  const eventTwice = events.find((event, at) => events.indexOf(event) < at);
  if (eventTwice !== undefined) return `it has two handlers for ${eventTwice.name}`;
  const names = tables.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) < at);
  return twice === undefined ? undefined : `it declares the table ${twice} twice`;
}
