import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { ReceivedMessage } from '../messaging/incoming-message.js';
import { createDeadLetters, type DeadLetters } from '../inbox/dead-letters/dead-letters.js';
import type { MessageOutcome } from '../inbox/held-message.js';
import { TopicConsumerEngine } from '../inbox/topic-consumer-engine.js';
import { Slots } from '../subscriptions/slots.js';
import type { AppEngine } from './app-engine.js';
import type { EngineParts } from './engine-parts.js';
import { topicNamed } from './open-topics.js';
import type { LimitSettings } from './options.js';

/** The consumers of topics of one process, and what an operator does with their dead letters. */
export interface InboxParts {
  readonly engines: readonly AppEngine[];
  readonly deadLetters: DeadLetters;
  /**
   * Gives a consumer a message that came another way than by its subscription, as `pushEndpoint` does; resolves when what became of it is
   * durable. Throws `CONSUMER_UNKNOWN`, `CONSUMER_NOT_RUNNING`, and `CONSUMER_BUSY` when what it has in hand is at its bounds.
   */
  readonly receive: (consumer: string, message: ReceivedMessage) => Promise<MessageOutcome>;
}

const DEFAULT_LIMITS: Required<LimitSettings> = { messages: 10_000, bytes: 128 * 1024 * 1024, concurrency: 64 };

/** Throws `TOPIC_UNKNOWN`, `OPTION_INVALID`, `CONSUMER_INVALID`. */
export function createInbox(parts: EngineParts): InboxParts {
  const { store, environment, options, registry, composition } = parts;
  const { clock } = environment;
  const consumers = composition.roles.has('consumers') ? registry.topicConsumers : [];
  const limits = limitsOf(options.limits);
  const slots = new Slots(limits.concurrency);
  const among = Math.max(1, consumers.length);
  const share = { maxMessages: Math.max(1, Math.floor(limits.messages / among)), maxBytes: Math.max(1, Math.floor(limits.bytes / among)) };
  const engines = new Map(
    consumers.map((consumer) => {
      const isPushed = consumer.delivery === 'push';
      const transport = isPushed ? undefined : topicNamed(parts.topics, consumer.topic, `the consumer ${consumer.name}`);
      const { outgoing, onAppended, owner, telemetry } = parts;
      const common = { store, registry: registry.events, outgoing, onAppended, owner, telemetry, ...environment };
      return [consumer.name, new TopicConsumerEngine({ ...common, consumer, transport, slots, share })];
    }),
  );
  const notify = (consumer: string): void => engines.get(consumer)?.lookForRequests();
  return {
    engines: [...engines.values()].map((engine) => appEngineOf(engine)),
    deadLetters: createDeadLetters({ store, clock, notify, ...(options.ids && { ids: options.ids }) }),
    receive: async (consumer, message) => {
      const engine = engines.get(consumer);
      if (engine === undefined) throw new EventspanError('CONSUMER_UNKNOWN', { consumer, known: [...engines.keys()] });
      return engine.receive(message);
    },
  };
}

/** `lookForRequests` of applications is about parked streams, which consumers of topics have none of. */
function appEngineOf(engine: TopicConsumerEngine): AppEngine {
  return {
    name: engine.name,
    start: () => engine.start(),
    stop: (options) => engine.stop(options),
    status: () => engine.status(),
    signals: (observe) => engine.signals(observe),
    vitals: () => engine.vitals(),
  };
}

function limitsOf(settings: LimitSettings = {}): Required<LimitSettings> {
  const limits = { ...DEFAULT_LIMITS, ...settings };
  checkWholeNumber('limits.messages', limits.messages, { min: 1, max: 1_000_000 });
  checkWholeNumber('limits.bytes', limits.bytes, { min: 1, max: 2 ** 34 });
  checkWholeNumber('limits.concurrency', limits.concurrency, { min: 1, max: 1_024 });
  return limits;
}
