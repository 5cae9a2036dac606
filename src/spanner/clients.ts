import { EventspanError } from '../errors/eventspan-error.js';
import { keepingSignals } from './keeping-signals.js';
import type { SpannerSettings } from './options.js';
import type { DatabaseAdminClient, DataClient, InstanceAdminClient } from './protocol.js';

type ClientClass<T> = new (options: object, gax: Gax) => T;

interface SpannerPackage {
  readonly v1: {
    readonly SpannerClient: ClientClass<DataClient>;
    readonly DatabaseAdminClient: ClientClass<DatabaseAdminClient>;
    readonly InstanceAdminClient: ClientClass<InstanceAdminClient>;
  };
}

/** What is used of google-gax, the base of the generated clients. */
interface Gax {
  readonly grpc: {
    readonly credentials: { createInsecure(): unknown };
    readonly Metadata: new () => { set(name: string, value: string): void };
  };
  readonly GoogleAuth: new (options: object) => object;
  createRetryOptions(codes: readonly number[], backoff: unknown): unknown;
  createDefaultBackoffSettings(): unknown;
}

/** The generated clients, made for one database. */
export interface SpannerClients {
  readonly data: DataClient;
  /** The headers by which Spanner routes a request. */
  headers(session: string): unknown;
  /** The call option that keeps an admin client from sending a request again by itself. */
  readonly noRetry: unknown;
  databaseAdmin(): DatabaseAdminClient;
  instanceAdmin(): InstanceAdminClient;
}

const CHANNEL_OPTIONS = {
  // A connection that died in silence is noticed by pings; after a restart it is opened again soon.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
};

/** Loads the client package, which is an optional peer, and makes clients. Throws `PACKAGE_MISSING`. */
export function makeClients(settings: SpannerSettings): SpannerClients {
  const { spanner, gax } = loadPackage();
  const options = clientOptions(settings, gax);
  return {
    data: new spanner.v1.SpannerClient({ ...options }, gax),
    headers: (session) => {
      const metadata = new gax.grpc.Metadata();
      metadata.set('google-cloud-resource-prefix', settings.databasePath);
      metadata.set('x-goog-request-params', `session=${encodeURIComponent(session)}`);
      return metadata;
    },
    noRetry: gax.createRetryOptions([], gax.createDefaultBackoffSettings()),
    databaseAdmin: () => new spanner.v1.DatabaseAdminClient({ ...options }, gax),
    instanceAdmin: () => new spanner.v1.InstanceAdminClient({ ...options }, gax),
  };
}

function loadPackage(): { spanner: SpannerPackage; gax: Gax } {
  try {
    // The google-gax of the package itself: insecure credentials of another copy would not be accepted by its clients.
    const gaxPath = require.resolve('google-gax', { paths: [require.resolve('@google-cloud/spanner')] });
    const spanner = keepingSignals(() => require('@google-cloud/spanner') as SpannerPackage);
    return { spanner, gax: require(gaxPath) as Gax };
  } catch (cause) {
    const details = { packageName: '@google-cloud/spanner', usedBy: 'the Spanner store', install: '@google-cloud/spanner' };
    throw new EventspanError('PACKAGE_MISSING', details, { cause });
  }
}

function clientOptions({ project, emulatorHost, client }: SpannerSettings, gax: Gax): object {
  const common = { projectId: project, ...CHANNEL_OPTIONS, ...client };
  if (emulatorHost === undefined) return common;
  const at = emulatorHost.lastIndexOf(':');
  return {
    ...common,
    servicePath: emulatorHost.slice(0, at),
    port: Number(emulatorHost.slice(at + 1)),
    sslCreds: gax.grpc.credentials.createInsecure(),
    auth: anonymousAuth(project, gax),
  };
}

/** The emulator wants no credentials; the usual object would look for them at the metadata server, slowly and with a warning. */
function anonymousAuth(projectId: string, gax: Gax): object {
  const getUniverseDomain = (): Promise<string> => Promise.resolve('googleapis.com');
  return Object.assign(new gax.GoogleAuth({ projectId }), { getUniverseDomain });
}
