import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { Call, SpannerCalls } from './calls.js';
import type { SpannerClients } from './clients.js';
import type { SpannerSettings } from './options.js';
import type { AdminOptions, DatabaseAdminClient } from './protocol.js';
import { codeOf, STATUS } from './status.js';
import { messageOf } from '../support/message-of.js';

const EMULATOR_CONFIG = 'emulator-config';
/** Another schema change, or (on the emulator) a transaction, is going on. */
const BUSY = /concurrent|in progress|try again|conflicting/i;
const BUSY_WAIT_MS = 50;
/** A constraint of that name is there already: a statement without IF NOT EXISTS was carried out before. */
const DUPLICATE = /duplicate name in schema/i;
/** For a request that begins a long operation; the operation itself is polled for as long as it takes, ten minutes at most. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Changes of the schema and, on the emulator, the making of instance and database. */
export class SpannerDdl {
  private admin: DatabaseAdminClient | undefined;

  constructor(
    private readonly clients: SpannerClients,
    private readonly settings: SpannerSettings,
    private readonly part: { readonly environment: AdapterEnvironment; readonly calls: SpannerCalls },
  ) {}

  /** Carries statements out that do nothing when repeated; waits for other schema changes within the call's deadline. */
  async apply(statements: readonly string[], call: Call): Promise<void> {
    if (statements.length === 0) return;
    const attempt = (): Promise<void> => this.whileBusy(() => this.update(statements, call), call);
    await this.part.calls.run({ name: 'the change of the schema', kind: 'write', attempt }, call);
  }

  /** Carries one statement out that gives a name and fails where that name is there already; then it does nothing. */
  async applyOnce(statement: string, call: Call): Promise<void> {
    const unlessThere = async (): Promise<void> => {
      try {
        await this.update([statement], call);
      } catch (error) {
        if (codeOf(error) !== STATUS.FAILED_PRECONDITION || !DUPLICATE.test(messageOf(error))) throw error;
      }
    };
    const attempt = (): Promise<void> => this.whileBusy(unlessThere, call);
    await this.part.calls.run({ name: 'the change of the schema', kind: 'write', attempt }, call);
  }

  /** Makes instance and database where they are missing. For the emulator alone. */
  async createDatabase(call: Call): Promise<void> {
    const { project, instance, instancePath, database } = this.settings;
    const instanceAdmin = this.clients.instanceAdmin();
    try {
      await this.create(call, async () => {
        const config = `projects/${project}/instanceConfigs/${EMULATOR_CONFIG}`;
        const request = { parent: `projects/${project}`, instanceId: instance, instance: { config, displayName: instance, nodeCount: 1 } };
        return (await instanceAdmin.createInstance(request, this.sending('CreateInstance', call)))[0].promise();
      });
    } finally {
      await instanceAdmin.close();
    }
    await this.create(call, async () => {
      const request = { parent: instancePath, createStatement: `CREATE DATABASE \`${database}\`` };
      return (await this.databaseAdmin().createDatabase(request, this.sending('CreateDatabase', call)))[0].promise();
    });
  }

  async close(): Promise<void> {
    await this.admin?.close();
    this.admin = undefined;
  }

  private async update(statements: readonly string[], call: Call): Promise<void> {
    const request = { database: this.settings.databasePath, statements };
    const [operation] = await this.databaseAdmin().updateDatabaseDdl(request, this.sending('UpdateDatabaseDdl', call));
    await operation.promise();
  }

  private async create(call: Call, attempt: () => Promise<unknown>): Promise<void> {
    const unlessThere = async (): Promise<void> => {
      try {
        await attempt();
      } catch (error) {
        if (codeOf(error) !== STATUS.ALREADY_EXISTS) throw error;
      }
    };
    await this.part.calls.run({ name: 'the making of the database', kind: 'write', attempt: unlessThere }, call);
  }

  private async whileBusy(attempt: () => Promise<void>, call: Call): Promise<void> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const isBusy = codeOf(error) === STATUS.FAILED_PRECONDITION && BUSY.test(messageOf(error));
        if (!isBusy || this.part.calls.remainingMs(call) <= BUSY_WAIT_MS) throw error;
        await this.part.environment.clock.sleep(BUSY_WAIT_MS, call.signal);
      }
    }
  }

  private databaseAdmin(): DatabaseAdminClient {
    this.admin ??= this.clients.databaseAdmin();
    return this.admin;
  }

  private sending(method: string, call: Call): AdminOptions {
    this.part.environment.rpcs.sent({ service: 'spanner', method, caller: call.caller });
    return { timeout: Math.min(REQUEST_TIMEOUT_MS, this.part.calls.remainingMs(call)), retry: this.clients.noRetry };
  }
}
