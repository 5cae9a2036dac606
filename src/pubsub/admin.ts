import { EventspanError } from '../errors/eventspan-error.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import type { PubSubClients } from './clients.js';
import { hasStatus, isTransient, reasonOf } from './grpc-status.js';
import type { SubscriptionResource } from './subscription-settings.js';

const TIMEOUT_MS = 5_000;
const TRIES = 4;
const BACKOFF: Backoff = { initialMs: 100, factor: 3, maxMs: 2_000 };
/** How each request is sent. */
export const CALL = { timeout: TIMEOUT_MS, retry: null };

/**
 * Requests about topics and subscriptions: each bounded by a time-out and a few tries, counted, and failing with
 * `TRANSPORT_UNAVAILABLE`. "Not found" and "exists already" are answers, not errors: undefined and false.
 */
export class Admin {
  constructor(
    private readonly clients: Pick<PubSubClients, 'publisher' | 'subscriber'>,
    private readonly environment: AdapterEnvironment,
  ) {}

  hasTopic(topic: string): Promise<boolean | undefined> {
    return this.ask('GetTopic', () => this.clients.publisher.getTopic({ topic }, CALL).then(() => true));
  }

  createTopic(name: string): Promise<boolean | undefined> {
    return this.ask('CreateTopic', () => this.clients.publisher.createTopic({ name }, CALL).then(() => true, falseIfExists));
  }

  getSubscription(subscription: string): Promise<SubscriptionResource | undefined> {
    return this.ask('GetSubscription', () => this.clients.subscriber.getSubscription({ subscription }, CALL).then(([found]) => found));
  }

  createSubscription(wanted: SubscriptionResource & { readonly name: string; readonly topic: string }): Promise<boolean | undefined> {
    return this.ask('CreateSubscription', () => this.clients.subscriber.createSubscription(wanted, CALL).then(() => true, falseIfExists));
  }

  async updateSubscription(subscription: SubscriptionResource, paths: string[]): Promise<void> {
    await this.ask('UpdateSubscription', () =>
      this.clients.subscriber.updateSubscription({ subscription, updateMask: { paths } }, CALL).then(() => true),
    );
  }

  async deleteSubscription(subscription: string): Promise<void> {
    await this.ask('DeleteSubscription', () => this.clients.subscriber.deleteSubscription({ subscription }, CALL).then(() => true));
  }

  private ask<T>(method: string, request: () => Promise<T>): Promise<T | undefined> {
    return askService(this.environment, method, request);
  }
}

/** One request of an administrator: bounded tries, counted; undefined where what it is about does not exist. Throws `TRANSPORT_UNAVAILABLE`. */
export async function askService<T>(
  { clock, random, rpcs }: AdapterEnvironment,
  method: string,
  request: () => Promise<T>,
): Promise<T | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      rpcs.sent({ service: 'pubsub', method, caller: 'ensure' });
      return await request();
    } catch (error) {
      if (hasStatus(error, 'notFound')) return undefined;
      if (!isTransient(error) || attempt === TRIES) throw unavailable(method, error);
      await clock.sleep(nextDelayMs(BACKOFF, attempt, random));
    }
  }
}

/** What a creation answers where another was quicker. */
export function falseIfExists(error: unknown): false {
  if (hasStatus(error, 'alreadyExists')) return false;
  throw error;
}

function unavailable(method: string, cause: unknown): EventspanError {
  return new EventspanError('TRANSPORT_UNAVAILABLE', { transport: 'pubsub', reason: `${method}: ${reasonOf(cause)}` }, { cause });
}
