import type { protos } from '@google-cloud/pubsub';
import type { PubSubSettings } from './pubsub-options.js';

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
 * A consumer's subscription: ordered and unfiltered, since chained delivery needs every message; never expiring (an idle one is
 * deleted after 31 days otherwise). No dead-letter topic and no exactly-once delivery of the broker: the log does both better.
 */
export function wantedSubscription(settings: PubSubSettings, name: string): SubscriptionResource {
  return {
    name,
    topic: settings.topic,
    ackDeadlineSeconds: settings.ackDeadlineSeconds,
    enableMessageOrdering: true,
    expirationPolicy: {},
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
    ['enableMessageOrdering', found.enableMessageOrdering ?? false, true],
    ['filter', found.filter ?? '', ''],
    ['pushEndpoint', found.pushConfig?.pushEndpoint ?? '', ''],
  ]);
}

/** What an update can set right, under the names of the update mask. */
export function changeableDifferences(found: SubscriptionResource, wanted: SubscriptionResource): readonly Difference[] {
  return differences([
    ['ack_deadline_seconds', found.ackDeadlineSeconds, wanted.ackDeadlineSeconds],
    ['expiration_policy', expiry(found), 'never'],
  ]);
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
