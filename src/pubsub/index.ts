export { pubsub } from './pubsub.js';
export type { PubSubOptions } from './pubsub-options.js';
export { ensureTopicSchema, type TopicSchemaOptions } from './topic-schema.js';
