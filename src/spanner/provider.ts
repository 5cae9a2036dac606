import type { AdapterEnvironment, StoreProvider } from '../event-store/store-provider.js';
import { SpannerContext } from './context.js';
import { diagnoseSpanner } from './diagnose.js';
import { SpannerEventStore } from './event-store.js';
import { spannerGrants } from './grants.js';
import { SpannerMigrator } from './migrator.js';
import { spannerSettings, type SpannerOptions, type SpannerSettings } from './options.js';

/** Milliseconds for a migration: creating an index on a large table takes its time. */
const MIGRATION_DEADLINE_MS = 600_000;

/**
 * A store on Google Cloud Spanner (GoogleSQL), or on its emulator. Loads `@google-cloud/spanner`, an optional peer, when opened.
 * One client and one session serve all calls; no environment variable is needed, and `SPANNER_EMULATOR_HOST` is honoured.
 * Signals end a program as they did before: the listeners that the package installs for SIGINT and SIGTERM are taken away again,
 * unless the program had loaded it first.
 *
 * `open` throws `PACKAGE_MISSING`, `MIGRATIONS_PENDING`, `SCHEMA_TOO_NEW`, `SHARD_COUNT_DIFFERS`, `STORE_UNAVAILABLE`,
 * `STORE_FAILED`; this function throws `OPTION_INVALID`. On the emulator writes of one store go one after another, since it
 * runs one transaction at a time. RPCs: see {@link EventStore}.
 */
export function spanner(options: SpannerOptions): StoreProvider {
  const settings = spannerSettings(options);
  return {
    name: 'spanner',
    open: (environment) => open(settings, environment),
    openAsIs: (environment) => open({ ...settings, migrate: 'check' }, environment),
    diagnose: async (environment) => diagnoseSpanner(settings, environment),
    grants: () => spannerGrants(settings),
    migrate: async (environment) => {
      const context = new SpannerContext(settings, environment);
      try {
        return await migrate(context);
      } finally {
        await context.close();
      }
    },
  };
}

async function open(settings: SpannerSettings, environment: AdapterEnvironment): Promise<SpannerEventStore> {
  const context = new SpannerContext(settings, environment);
  try {
    if (settings.migrate === 'auto') await migrate(context);
    await new SpannerMigrator(context).check(context.calls.begin());
    return new SpannerEventStore(context);
  } catch (error) {
    await context.close();
    throw error;
  }
}

function migrate(context: SpannerContext): Promise<readonly string[]> {
  return new SpannerMigrator(context).migrate(context.calls.begin({ deadlineMs: MIGRATION_DEADLINE_MS }));
}
