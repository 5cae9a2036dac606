import type * as PubSubLibrary from '@google-cloud/pubsub';
import type { PubSub, v1 } from '@google-cloud/pubsub';
import { EventspanError } from '../errors/eventspan-error.js';
import { reasonOf } from './grpc-status.js';
import type { PubSubSettings } from './pubsub-options.js';

type ClientOptions = NonNullable<ConstructorParameters<typeof v1.PublisherClient>[0]>;

/** The client library's objects for schemas of topics. */
export interface SchemaClients {
  readonly schemas: v1.SchemaServiceClient;
  readonly publisher: v1.PublisherClient;
  close(): Promise<void>;
}

/** The client library's objects of one transport. */
export interface PubSubClients {
  readonly library: typeof PubSubLibrary;
  /** For subscriptions alone: its publisher loses the order of a key after an error. */
  readonly pubsub: PubSub;
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  close(): Promise<void>;
}

/** gRPC's own wait between connection attempts is up to 120 s; after an outage that is time lost. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 1_000 };

/** Loads the optional package and makes clients. Throws `PACKAGE_MISSING`; `TRANSPORT_UNAVAILABLE` where there are no credentials. */
export async function openClients(settings: PubSubSettings): Promise<PubSubClients> {
  const library = await loadLibrary();
  try {
    const pubsub = new library.PubSub({ ...RECONNECT, ...settings.client, projectId: settings.project, ...endpoint(settings) });
    const config = (await pubsub.getClientConfig()) as ClientOptions;
    const publisher = new library.v1.PublisherClient(config);
    const subscriber = new library.v1.SubscriberClient(config);
    // Awaited here: a first call would do it too, but turn its failure into an unhandled rejection.
    await Promise.all([publisher.initialize(), subscriber.initialize()]);
    return { library, pubsub, publisher, subscriber, close: () => closeAll([publisher, subscriber, pubsub]) };
  } catch (cause) {
    throw new EventspanError('TRANSPORT_UNAVAILABLE', { transport: 'pubsub', reason: reasonOf(cause) }, { cause });
  }
}

/** As {@link openClients}, for schemas. */
export async function openSchemaClients(settings: PubSubSettings): Promise<SchemaClients> {
  const { library, pubsub, publisher, subscriber } = await openClients(settings);
  const schemas = new library.v1.SchemaServiceClient((await pubsub.getClientConfig()) as ClientOptions);
  return { schemas, publisher, close: () => closeAll([schemas, publisher, subscriber, pubsub]) };
}

async function closeAll(clients: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()));
}

function endpoint({ emulatorHost, apiEndpoint }: PubSubSettings): object {
  // A given universe domain keeps the client from asking the metadata server of a cloud that is not there (a warning, 300 ms).
  if (emulatorHost !== undefined) return { apiEndpoint: emulatorHost, emulatorMode: true, universeDomain: 'googleapis.com' };
  return apiEndpoint === undefined ? {} : { apiEndpoint };
}

async function loadLibrary(): Promise<typeof PubSubLibrary> {
  try {
    return await import('@google-cloud/pubsub');
  } catch (cause) {
    const packageName = '@google-cloud/pubsub';
    throw new EventspanError('PACKAGE_MISSING', { packageName, usedBy: 'pubsub({...})', install: packageName }, { cause });
  }
}
