export { pubsub } from './pubsub.js';
export type { PubSubOptions } from './pubsub-options.js';
