import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { Transport, TransportProvider } from '../messaging/transport.js';
import { Admin } from './admin.js';
import { openClients } from './clients.js';
import { ensureSubscription, ensureTopic } from './ensure.js';
import { resolvePubSubOptions, type PubSubOptions, type PubSubSettings } from './pubsub-options.js';
import { PubSubTransport } from './transport.js';

/**
 * Google Cloud Pub/Sub as transport: one topic, one ordered subscription a consumer. Needs the package `@google-cloud/pubsub`.
 *
 * Opening does not talk to the service, so that an application starts while Pub/Sub is away; `subscribe` does. One publish is one
 * request (a message that the service refuses costs some more, to find it). A subscription survives restarts of the service and
 * its own deletion. Throws `OPTION_INVALID`.
 */
export function pubsub(options: PubSubOptions): TransportProvider {
  const settings = resolvePubSubOptions(options);
  return {
    name: 'pubsub',
    open: (environment) => open(settings, environment),
    ensure: (environment, consumers) => ensure(settings, environment, consumers),
  };
}

async function open(settings: PubSubSettings, environment: AdapterEnvironment): Promise<Transport> {
  return new PubSubTransport(await openClients(settings), settings, environment);
}

async function ensure(settings: PubSubSettings, environment: AdapterEnvironment, consumers: readonly string[]): Promise<readonly string[]> {
  const names = consumers.map(settings.subscriptionOf);
  const clients = await openClients(settings);
  try {
    const admin = new Admin(clients, environment);
    const done = [...(await ensureTopic(admin, settings))];
    for (const name of names) done.push(...(await ensureSubscription(admin, settings, name)));
    return done;
  } finally {
    await clients.close();
  }
}
