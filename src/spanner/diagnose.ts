import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { Finding } from '../support/finding.js';
import { messageOf } from '../support/message-of.js';
import { makeClients } from './clients.js';
import type { SpannerSettings } from './options.js';
import type { DatabaseAdminClient } from './protocol.js';

const TIMEOUT_MS = 5_000;
/** What `roles/spanner.databaseUser` has and the store uses. */
const PERMISSIONS = [
  'spanner.databases.read',
  'spanner.databases.select',
  'spanner.databases.write',
  'spanner.databases.beginReadOnlyTransaction',
  'spanner.databases.beginOrRollbackReadWriteTransaction',
  'spanner.sessions.create',
] as const;

/** Whether it is an emulator, and else what the account may do. */
export async function diagnoseSpanner(settings: SpannerSettings, environment: AdapterEnvironment): Promise<readonly Finding[]> {
  const { databasePath, emulatorHost } = settings;
  if (emulatorHost !== undefined) {
    return [
      { check: 'store.server', level: 'ok', message: `${databasePath} on the emulator at ${emulatorHost}` },
      { check: 'store.grants', level: 'ok', message: 'not checked: the emulator has no IAM' },
    ];
  }
  environment.rpcs.sent({ service: 'spanner', method: 'TestIamPermissions', caller: 'doctor' });
  return [{ check: 'store.server', level: 'ok', message: databasePath }, await grantsOf(settings)];
}

async function grantsOf(settings: SpannerSettings): Promise<Finding> {
  try {
    const admin = makeClients(settings).databaseAdmin();
    return await testGrants(admin, settings.databasePath);
  } catch (error) {
    return { check: 'store.grants', level: 'warn', message: `could not be checked: ${messageOf(error)}` };
  }
}

/** Asks which permissions the account lacks. */
export async function testGrants(admin: Pick<DatabaseAdminClient, 'testIamPermissions' | 'close'>, resource: string): Promise<Finding> {
  try {
    const [{ permissions }] = await admin.testIamPermissions({ resource, permissions: [...PERMISSIONS] }, { timeout: TIMEOUT_MS });
    const held = new Set(permissions ?? []);
    const missing = PERMISSIONS.filter((permission) => !held.has(permission));
    if (missing.length === 0) return { check: 'store.grants', level: 'ok', message: 'the account may read and write' };
    const todo = `Grant roles/spanner.databaseUser on ${resource} to the account; eventspan ensure --grants lists all.`;
    return { check: 'store.grants', level: 'fail', message: `the account lacks ${missing.join(', ')}`, todo };
  } finally {
    await admin.close();
  }
}
