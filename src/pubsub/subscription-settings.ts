import type { protos } from '@google-cloud/pubsub';
import type { PubSubSettings } from './pubsub-options.js';
import type { SubscriptionPlan } from './subscription-plan.js';

export type SubscriptionResource = protos.google.pubsub.v1.ISubscription;

/** A setting that a subscription has and should not have. */
export interface Difference {
  readonly setting: string;
  readonly found: string;
  readonly wanted: string;
}

/** The name that Pub/Sub gives to the topic of a subscription whose topic was deleted. */
const DELETED_TOPIC = '_deleted-topic_';

/**
 * A consumer's subscription, never expiring (an idle one is deleted after 31 days otherwise). Where it is ordered, no dead letters and no delays of
 * redelivery: they would part a key's messages. No exactly-once delivery of the broker: log and inbox do that better.
 */
export function wantedSubscription(settings: PubSubSettings, plan: SubscriptionPlan): SubscriptionResource {
  const { name, topic, ordered, filter, retry, deadLetters } = plan;
  return {
    name,
    topic,
    ackDeadlineSeconds: settings.ackDeadlineSeconds,
    enableMessageOrdering: ordered,
    expirationPolicy: {},
    ...(filter !== '' && { filter }),
    ...(retry !== undefined && { retryPolicy: { minimumBackoff: durationOf(retry.minMs), maximumBackoff: durationOf(retry.maxMs) } }),
    ...(deadLetters !== undefined && {
      deadLetterPolicy: { deadLetterTopic: deadLetters.topic, maxDeliveryAttempts: deadLetters.maxAttempts },
    }),
  };
}

/** True when nothing can arrive on it any more. */
export function isOrphaned(found: SubscriptionResource): boolean {
  return found.topic === DELETED_TOPIC || found.detached === true;
}

/** What the service does not let change. */
export function fixedDifferences(found: SubscriptionResource, wanted: SubscriptionResource): readonly Difference[] {
  return differences([
    ['topic', found.topic, wanted.topic],
    ['enableMessageOrdering', found.enableMessageOrdering ?? false, wanted.enableMessageOrdering],
    ['filter', found.filter ?? '', wanted.filter ?? ''],
    ['pushEndpoint', found.pushConfig?.pushEndpoint ?? '', ''],
  ]);
}

/** What an update can set right, under the names of the update mask. Of an ordered subscription, policies that others set stay. */
export function changeableDifferences(found: SubscriptionResource, wanted: SubscriptionResource): readonly Difference[] {
  const policies = [
    ['retry_policy', retryOf(found), retryOf(wanted)],
    ['dead_letter_policy', deadLetterOf(found), deadLetterOf(wanted)],
  ] as const;
  return differences([
    ['ack_deadline_seconds', found.ackDeadlineSeconds, wanted.ackDeadlineSeconds],
    ['expiration_policy', expiry(found), 'never'],
    ...(wanted.enableMessageOrdering === true ? [] : policies),
  ]);
}

function retryOf({ retryPolicy }: SubscriptionResource): string {
  if (retryPolicy === null || retryPolicy === undefined) return '';
  return `${msOf(retryPolicy.minimumBackoff)} to ${msOf(retryPolicy.maximumBackoff)} ms`;
}

function deadLetterOf({ deadLetterPolicy }: SubscriptionResource): string {
  const { deadLetterTopic, maxDeliveryAttempts } = deadLetterPolicy ?? {};
  return deadLetterTopic ? `${deadLetterTopic} after ${String(maxDeliveryAttempts)}` : '';
}

function durationOf(ms: number): { seconds: number; nanos: number } {
  return { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 };
}

function msOf(duration: protos.google.protobuf.IDuration | null | undefined): number {
  return Number(duration?.seconds ?? 0) * 1_000 + (duration?.nanos ?? 0) / 1_000_000;
}

function expiry({ expirationPolicy }: SubscriptionResource): string {
  const ttl = expirationPolicy?.ttl;
  return ttl === null || ttl === undefined ? 'never' : `${String(ttl.seconds)} s`;
}

function differences(rows: readonly (readonly [string, unknown, unknown])[]): readonly Difference[] {
  return rows
    .filter(([, found, wanted]) => found !== wanted)
    .map(([setting, found, wanted]) => ({ setting, found: show(found), wanted: show(wanted) }));
}

function show(value: unknown): string {
  return value === '' ? 'none' : String(value);
}
