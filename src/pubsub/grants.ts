import type { ConsumerSettings } from '../messaging/transport.js';
import type { Grant } from '../support/grant.js';
import type { PubSubSettings } from './pubsub-options.js';
import { planSubscription, type SubscriptionPlan } from './subscription-plan.js';

/**
 * The roles that a topic and the subscriptions of these consumers need. Dead letters are moved by Pub/Sub itself: without the roles of its agent
 * messages go on being delivered, and nothing says so. Pure. Throws `OPTION_INVALID`.
 */
export function pubsubGrants(settings: PubSubSettings, consumers: readonly (string | ConsumerSettings)[]): readonly Grant[] {
  const { topic, project } = settings;
  const plans = consumers.map((consumer) => planSubscription(settings, consumer));
  return [
    { member: 'app', role: 'roles/pubsub.publisher', resource: topic, reason: 'publishes' },
    ...plans.flatMap(subscriptionGrants),
    {
      member: 'migrations',
      role: 'roles/pubsub.editor',
      resource: `projects/${project}`,
      reason: 'makes and changes topics and subscriptions: eventspan ensure',
    },
  ];
}

function subscriptionGrants({ name, deadLetters }: SubscriptionPlan): readonly Grant[] {
  const own: readonly Grant[] = [
    { member: 'app', role: 'roles/pubsub.subscriber', resource: name, reason: 'receives and acknowledges' },
    { member: 'app', role: 'roles/pubsub.viewer', resource: name, reason: 'compares the subscription with its configuration at start' },
  ];
  if (deadLetters === undefined) return own;
  return [
    ...own,
    { member: 'app', role: 'roles/pubsub.subscriber', resource: deadLetters.subscription, reason: 'reads dead letters' },
    { member: 'pubsub-agent', role: 'roles/pubsub.publisher', resource: deadLetters.topic, reason: 'moves dead letters to their topic' },
    { member: 'pubsub-agent', role: 'roles/pubsub.subscriber', resource: name, reason: 'takes dead letters from the subscription' },
  ];
}
