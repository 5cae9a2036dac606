import { EventspanError } from '../errors/eventspan-error.js';
import type { Logger } from '../telemetry/logger.js';
import type { Admin } from './admin.js';
import { hasStatus } from './grpc-status.js';
import type { PubSubSettings } from './pubsub-options.js';
import { planDeadLetters, type SubscriptionPlan } from './subscription-plan.js';
import {
  changeableDifferences,
  fixedDifferences,
  isOrphaned,
  wantedSubscription,
  type Difference,
  type SubscriptionResource,
} from './subscription-settings.js';

/** Makes a topic exist. Answers what it did; safe when many do it at once. */
export async function ensureTopic(admin: Admin, { topic }: { readonly topic: string }): Promise<readonly string[]> {
  if ((await admin.hasTopic(topic)) === true) return [];
  return (await admin.createTopic(topic)) === true ? [`created ${topic}`] : [];
}

/**
 * Makes a subscription of an existing topic as planned, with its dead letters: their topic, and before anything can go there a subscription that
 * keeps it. Answers what it did. Throws `SUBSCRIPTION_DIFFERS`, `TRANSPORT_MISSING`.
 */
export async function ensureSubscription(admin: Admin, settings: PubSubSettings, plan: SubscriptionPlan): Promise<readonly string[]> {
  const { deadLetters } = plan;
  if (deadLetters === undefined) return ensureOne(admin, settings, plan);
  const prepared = [...(await ensureTopic(admin, deadLetters)), ...(await ensureOne(admin, settings, planDeadLetters(deadLetters)))];
  return [...prepared, ...(await ensureOne(admin, settings, plan))];
}

async function ensureOne(admin: Admin, settings: PubSubSettings, plan: SubscriptionPlan): Promise<readonly string[]> {
  const { name, topic } = plan;
  const wanted = { ...wantedSubscription(settings, plan), name, topic };
  const found = await admin.getSubscription(name);
  if (found === undefined) {
    if (await create(admin, wanted)) return [`created ${name}`];
    return ensureOne(admin, settings, plan);
  }
  if (isOrphaned(found)) {
    // Its backlog goes with it: of a log's topic it is read from the log, and nobody publishes to a deleted one.
    await admin.deleteSubscription(name);
    await create(admin, wanted);
    return [`replaced ${name}, whose topic had been deleted`];
  }
  refuseFixed(name, fixedDifferences(found, wanted));
  return update(admin, wanted, changeableDifferences(found, wanted));
}

/** Which subscription is looked at, and who hears of what could be better. */
export interface SubscriptionCheck {
  readonly name: string;
  readonly logger: Logger;
}

/** As {@link SubscriptionCheck}, with what the subscription should be. */
export interface PlanCheck {
  readonly plan: SubscriptionPlan;
  readonly logger: Logger;
}

/**
 * Compares and changes nothing, also of the subscription that keeps the dead letters. Throws `TRANSPORT_MISSING`, `SUBSCRIPTION_DIFFERS`; what an
 * update could set right is logged.
 */
export async function checkSubscription(admin: Admin, settings: PubSubSettings, { plan, logger }: PlanCheck): Promise<void> {
  if (plan.deadLetters !== undefined) await checkSubscription(admin, settings, { plan: planDeadLetters(plan.deadLetters), logger });
  const check = { name: plan.name, logger };
  const found = await findSubscription(admin, check);
  if (found === 'forbidden') return;
  const wanted = wantedSubscription(settings, plan);
  refuseFixed(check.name, fixedDifferences(found, wanted));
  const differing = changeableDifferences(found, wanted);
  if (differing.length > 0)
    check.logger.warn({ subscription: check.name, differing }, 'The subscription is not as configured; run: npx eventspan ensure');
}

/**
 * The subscription as it is; throws `TRANSPORT_MISSING` when there is none. `'forbidden'` where the account may receive but not
 * look: `roles/pubsub.subscriber` alone does not hold `pubsub.subscriptions.get`.
 */
export async function findSubscription(admin: Admin, { name, logger }: SubscriptionCheck): Promise<SubscriptionResource | 'forbidden'> {
  try {
    const found = await admin.getSubscription(name);
    if (found !== undefined) return found;
  } catch (error) {
    const cause = error instanceof EventspanError ? error.cause : error;
    if (!hasStatus(cause, 'permissionDenied')) throw error;
    logger.warn({ subscription: name }, 'The subscription is not checked: that needs the permission pubsub.subscriptions.get');
    return 'forbidden';
  }
  throw new EventspanError('TRANSPORT_MISSING', { resource: name });
}

type Wanted = SubscriptionResource & { readonly name: string; readonly topic: string };

/** False when another was quicker. */
async function create(admin: Admin, wanted: Wanted): Promise<boolean> {
  const made = await admin.createSubscription(wanted);
  if (made === undefined) throw new EventspanError('TRANSPORT_MISSING', { resource: wanted.topic });
  return made;
}

async function update(admin: Admin, wanted: Wanted, differing: readonly Difference[]): Promise<readonly string[]> {
  if (differing.length === 0) return [];
  await admin.updateSubscription(
    wanted,
    differing.map(({ setting }) => setting),
  );
  return differing.map(({ setting, found, wanted: value }) => `changed ${setting} of ${wanted.name} from ${found} to ${value}`);
}

function refuseFixed(resource: string, [difference]: readonly Difference[]): void {
  if (difference !== undefined) throw new EventspanError('SUBSCRIPTION_DIFFERS', { resource, ...difference });
}
