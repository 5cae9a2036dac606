import { checkOneOf, checkWholeNumber } from '../errors/check-option.js';
import { checkCircuitBreaker } from '../consumers/circuit-breaker.js';
import { EventspanError } from '../errors/eventspan-error.js';
import { assertProjectorName } from '../projections/check-projector.js';
import { checkPolicy } from '../subscriptions/handler-policy.js';
import { DEFAULT_TOPIC_SETTINGS, type ResolvedTopic, type TopicConsumer } from './topic-consumer.js';

/** Throws `NAME_INVALID`, `CONSUMER_INVALID` and `OPTION_INVALID`; answers what it says of its topic, filled in. */
export function checkTopicConsumer(consumer: TopicConsumer): ResolvedTopic {
  assertProjectorName(consumer.name, 'a consumer');
  const reason = reasonAgainst(consumer);
  if (reason !== undefined) throw new EventspanError('CONSUMER_INVALID', { consumer: consumer.name, reason });
  const path = `consumer ${consumer.name}`;
  if (consumer.circuitBreaker) checkCircuitBreaker(`${path}.circuitBreaker`, consumer.circuitBreaker);
  checkPolicy(path, consumer);
  for (const event of consumer.events) checkPolicy(`${path}.on(${event.name})`, consumer, consumer.policyOf?.(event));
  return checkSettings(path, resolve(consumer));
}

const OPTIONAL = ['delivery', 'ordered', 'concurrency', 'batchSize', 'maxMessages', 'maxBytes', 'unknownEvents', 'inboxDays'] as const;

function resolve(consumer: TopicConsumer): ResolvedTopic {
  const { topic, formats, filter, nativeDeadLetter } = consumer;
  const given = OPTIONAL.filter((name) => consumer[name] !== undefined).map((name) => [name, consumer[name]] as const);
  return {
    topic,
    ...DEFAULT_TOPIC_SETTINGS,
    ...(Object.fromEntries(given) as Partial<ResolvedTopic>),
    ...(formats && { formats }),
    ...(filter && { filter }),
    ...(nativeDeadLetter && { nativeDeadLetter }),
  };
}

function checkSettings(path: string, settings: ResolvedTopic): ResolvedTopic {
  checkOneOf(`${path}.delivery`, settings.delivery, ['pull', 'push']);
  checkOneOf(`${path}.ordered`, settings.ordered, ['stream', 'none']);
  checkOneOf(`${path}.unknownEvents`, settings.unknownEvents, ['pass', 'fail']);
  checkWholeNumber(`${path}.concurrency`, settings.concurrency, { min: 1, max: 256 });
  checkWholeNumber(`${path}.batchSize`, settings.batchSize, { min: 1, max: 1_000 });
  checkWholeNumber(`${path}.maxMessages`, settings.maxMessages, { min: 1, max: 100_000 });
  checkWholeNumber(`${path}.maxBytes`, settings.maxBytes, { min: 1, max: 2 ** 30 });
  checkWholeNumber(`${path}.inboxDays`, settings.inboxDays, { min: 1, max: 365 });
  if (settings.nativeDeadLetter !== undefined) {
    checkWholeNumber(`${path}.nativeDeadLetter.maxAttempts`, settings.nativeDeadLetter.maxAttempts, { min: 5, max: 100 });
  }
  return settings;
}

function reasonAgainst({ topic, events, tables, rows, ordered, nativeDeadLetter }: TopicConsumer): string | undefined {
  if (typeof topic !== 'string' || topic === '') return 'its topic has no name';
  if (events.length === 0) return 'it takes no event; mark a method with @On(EventClass)';
  if (rows !== 'shared' && rows !== 'stream') return `its rows are ${String(rows)}, and they must be shared or stream`;
  const counters = tables.find(({ kind }) => kind === 'counters');
  if (counters !== undefined) return `${counters.name} is a table of counters, which belong to shards of the log; a topic has none`;
  if (nativeDeadLetter !== undefined && ordered !== 'none') return "nativeDeadLetter is only for ordered: 'none'";
  return undefined;
}
