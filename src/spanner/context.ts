import type { AdapterEnvironment } from '../event-store/store-provider.js';
import { SpannerCalls } from './calls.js';
import { makeClients, type SpannerClients } from './clients.js';
import { SpannerDdl } from './ddl.js';
import type { SpannerSettings } from './options.js';
import { SpannerRequests } from './requests.js';
import { SpannerRpc } from './rpc.js';
import { SpannerSessions } from './sessions.js';

/** What the parts of an open Spanner store share. */
export class SpannerContext {
  readonly calls: SpannerCalls;
  readonly rpc: SpannerRpc;
  readonly ddl: SpannerDdl;
  private readonly clients: SpannerClients;
  private readonly sessions: SpannerSessions;

  /** Throws `PACKAGE_MISSING`. Sends nothing yet. */
  constructor(
    readonly settings: SpannerSettings,
    readonly environment: AdapterEnvironment,
  ) {
    this.clients = makeClients(settings);
    this.calls = new SpannerCalls(environment, settings.emulatorHost !== undefined);
    const requests = new SpannerRequests(this.clients, environment.rpcs);
    this.sessions = new SpannerSessions(requests, settings.databasePath, environment);
    this.rpc = new SpannerRpc(requests, this.sessions, this.calls);
    this.ddl = new SpannerDdl(this.clients, settings, { environment, calls: this.calls });
  }

  /** Gives sessions back and closes the connections. Safe to call again. */
  async close(): Promise<void> {
    if (!this.calls.close()) return;
    await this.sessions.close();
    await Promise.all([this.clients.data.close(), this.ddl.close()]);
  }
}
