import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { ConsumerSettings, Transport, TransportProvider } from '../messaging/transport.js';
import { Admin } from './admin.js';
import { openClients } from './clients.js';
import { diagnosePubSub } from './diagnose.js';
import { ensureSubscription, ensureTopic } from './ensure.js';
import { pubsubGrants } from './grants.js';
import { resolvePubSubOptions, type PubSubOptions, type PubSubSettings } from './pubsub-options.js';
import { planSubscription } from './subscription-plan.js';
import { PubSubTransport } from './transport.js';

/**
 * Google Cloud Pub/Sub as transport: one topic, a subscription a consumer. Needs the package `@google-cloud/pubsub`.
 *
 * Opening does not talk to the service, so that an application starts while Pub/Sub is away; `subscribe` does. One publish is one
 * request (a message that the service refuses costs some more, to find it). A subscription survives restarts of the service and
 * its own deletion. A filter of more than 256 bytes is not given to the service, and the subscriber leaves out what it
 * does not take: that costs their delivery. Throws `OPTION_INVALID`.
 */
export function pubsub(options: PubSubOptions): TransportProvider {
  const settings = resolvePubSubOptions(options);
  return {
    name: 'pubsub',
    open: (environment) => open(settings, environment),
    ensure: (environment, consumers) => ensure(settings, environment, consumers),
    diagnose: (environment, consumers) => diagnosePubSub(settings, environment, consumers),
    grants: (consumers) => pubsubGrants(settings, consumers),
  };
}

async function open(settings: PubSubSettings, environment: AdapterEnvironment): Promise<Transport> {
  return new PubSubTransport(await openClients(settings), settings, environment);
}

async function ensure(
  settings: PubSubSettings,
  environment: AdapterEnvironment,
  consumers: readonly (string | ConsumerSettings)[],
): Promise<readonly string[]> {
  const plans = consumers.map((consumer) => planSubscription(settings, consumer));
  const clients = await openClients(settings);
  try {
    const admin = new Admin(clients, environment);
    const done = [...(await ensureTopic(admin, settings))];
    for (const plan of plans) done.push(...(await ensureSubscription(admin, settings, plan)));
    return done;
  } finally {
    await clients.close();
  }
}
