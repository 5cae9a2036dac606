import { EventspanError } from '../errors/eventspan-error.js';

/** Source: "Guidelines to name a topic, subscription, schema, or snapshot", Pub/Sub documentation. */
const RESOURCE_ID = /^(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;
const RESOURCE_BOUND = '3 to 255 of A-Z a-z 0-9 - _ . ~ + %, a letter first, not beginning with goog';
const PROJECT_ID = /^[a-z0-9][a-z0-9\-.:]*$/;

export function checkProject(project: string): string {
  if (!PROJECT_ID.test(project)) throw optionInvalid('pubsub.project', project, 'a project id, such as my-project');
  return project;
}

export function topicName(project: string, topic: string): string {
  if (!RESOURCE_ID.test(topic)) throw optionInvalid('pubsub.topic', topic, RESOURCE_BOUND);
  return `projects/${project}/topics/${topic}`;
}

export function subscriptionName(project: string, subscription: string): string {
  if (!RESOURCE_ID.test(subscription)) throw optionInvalid('pubsub.subscription', subscription, RESOURCE_BOUND);
  return `projects/${project}/subscriptions/${subscription}`;
}

export function schemaName(project: string, schema: string): string {
  if (!RESOURCE_ID.test(schema)) throw optionInvalid('pubsub.schema', schema, RESOURCE_BOUND);
  return `projects/${project}/schemas/${schema}`;
}

export function optionInvalid(path: string, value: unknown, bound: string): EventspanError {
  return new EventspanError('OPTION_INVALID', { path, value, bound });
}
