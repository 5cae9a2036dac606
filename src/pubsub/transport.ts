import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { SubscribeOptions, Transport, TransportMessage, TransportSubscription } from '../messaging/transport.js';
import { Admin } from './admin.js';
import type { PubSubClients } from './clients.js';
import { checkSubscription, ensureSubscription, ensureTopic, findSubscription } from './ensure.js';
import { Publisher } from './publisher.js';
import type { PubSubSettings } from './pubsub-options.js';
import { planSubscriber, type SubscriptionPlan } from './subscription-plan.js';
import { PubSubSubscription } from './subscription.js';

/** One application's connection to Pub/Sub. */
export class PubSubTransport implements Transport {
  readonly name = 'pubsub';
  private readonly admin: Admin;
  private readonly publisher: Publisher;
  private readonly publishing = new Set<Promise<void>>();
  private readonly subscriptions = new Map<PubSubSubscription, SubscriptionPlan>();
  private restoring: Promise<void> | undefined;
  private closed: Promise<void> | undefined;

  constructor(
    private readonly clients: PubSubClients,
    private readonly settings: PubSubSettings,
    private readonly environment: AdapterEnvironment,
  ) {
    this.admin = new Admin(clients, environment);
    this.publisher = new Publisher({ client: clients.publisher, settings, environment, restoreTopic: () => this.restoreTopic() });
  }

  async publish(messages: readonly TransportMessage[], options?: CallOptions): Promise<void> {
    this.mustBeOpen('publish');
    const publishing = this.publisher.publish(messages, options);
    this.publishing.add(publishing);
    await publishing.finally(() => this.publishing.delete(publishing));
  }

  async subscribe(options: SubscribeOptions): Promise<TransportSubscription> {
    this.mustBeOpen('subscribe');
    const plan = planSubscriber(this.settings, options);
    if (this.settings.ensure !== 'off') await this.prepare(plan);
    this.mustBeOpen('subscribe');
    const { clients, environment } = this;
    const subscription = new PubSubSubscription({ clients, environment, options, name: plan.name, prepare: () => this.prepare(plan) });
    this.subscriptions.set(subscription, plan);
    return subscription;
  }

  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  private async shutDown(): Promise<void> {
    await Promise.all([...this.subscriptions.keys()].map((subscription) => subscription.close()));
    await Promise.allSettled(this.publishing);
    await this.clients.close();
  }

  private async prepare(plan: SubscriptionPlan): Promise<void> {
    const { admin, settings } = this;
    const { logger } = this.environment;
    switch (settings.ensure) {
      case 'create':
        return this.report([...(await ensureTopic(admin, plan)), ...(await ensureSubscription(admin, settings, plan))]);
      case 'check':
        return checkSubscription(admin, settings, { plan, logger });
      case 'off':
        await findSubscription(admin, { name: plan.name, logger });
    }
  }

  /** A publish found no topic. Subscriptions of a deleted topic stay behind and receive nothing: they are made anew too. */
  private async restoreTopic(): Promise<boolean> {
    if (this.settings.ensure !== 'create') return false;
    this.restoring ??= this.restore().finally(() => (this.restoring = undefined));
    await this.restoring;
    return true;
  }

  private async restore(): Promise<void> {
    this.report(await ensureTopic(this.admin, this.settings));
    const open = [...this.subscriptions].filter(([subscription]) => subscription.status().state !== 'closed').map(([, plan]) => plan);
    const plans = new Map(open.map((plan) => [plan.name, plan]));
    for (const plan of plans.values()) {
      if (plan.topic === this.settings.topic) this.report(await ensureSubscription(this.admin, this.settings, plan));
    }
  }

  private report(done: readonly string[]): void {
    for (const line of done) this.environment.logger.info({ transport: this.name }, line);
  }

  private mustBeOpen(operation: string): void {
    if (this.closed !== undefined) throw new EventspanError('TRANSPORT_CLOSED', { transport: this.name, operation });
  }
}
