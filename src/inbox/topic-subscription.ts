import type { ConsumerSettings } from '../messaging/transport.js';
import type { TopicConsumer } from './topic-consumer.js';

/** What a consumer of a topic needs of its transport. */
export function topicSubscription({
  name,
  filter,
  ordered,
  nativeDeadLetter,
}: Pick<TopicConsumer, 'name' | 'filter' | 'ordered' | 'nativeDeadLetter'>): ConsumerSettings {
  return {
    consumer: `consumer.${name}`,
    ...(filter && { filter }),
    ...(ordered === 'none' && { ordered: false }),
    ...(nativeDeadLetter && { deadLetter: nativeDeadLetter }),
  };
}
