import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { ConsumerSettings } from '../messaging/transport.js';
import type { Finding } from '../support/finding.js';
import { messageOf } from '../support/message-of.js';
import { silentLogger } from '../telemetry/logger.js';
import { Admin, CALL } from './admin.js';
import { openClients, type PubSubClients } from './clients.js';
import { checkSubscription } from './ensure.js';
import { hasStatus } from './grpc-status.js';
import type { PubSubSettings } from './pubsub-options.js';
import { planSubscription } from './subscription-plan.js';

const ENSURE = 'Run npx eventspan ensure.';

/** Whether the service answers, the topic and the subscriptions are there and as configured, and what the account may do with them. */
export async function diagnosePubSub(
  settings: PubSubSettings,
  environment: AdapterEnvironment,
  consumers: readonly (string | ConsumerSettings)[],
): Promise<readonly Finding[]> {
  let clients: PubSubClients | undefined;
  try {
    clients = await openClients(settings);
    const diagnosis = new Diagnosis(settings, clients, environment);
    return await diagnosis.findings(consumers);
  } catch (error) {
    const todo = isEventspanError(error, 'PACKAGE_MISSING')
      ? 'Install @google-cloud/pubsub.'
      : 'Look whether Pub/Sub can be reached from here, and which credentials are used.';
    return [{ check: 'topic', level: 'fail', message: `${settings.topic}: ${messageOf(error)}`, todo }];
  } finally {
    await clients?.close();
  }
}

class Diagnosis {
  private readonly admin: Admin;

  constructor(
    private readonly settings: PubSubSettings,
    private readonly clients: PubSubClients,
    environment: AdapterEnvironment,
  ) {
    this.admin = new Admin(clients, environment);
  }

  async findings(consumers: readonly (string | ConsumerSettings)[]): Promise<readonly Finding[]> {
    const { emulatorHost } = this.settings;
    const where = emulatorHost === undefined ? '' : ` on the emulator at ${emulatorHost}`;
    const found: Finding[] = [await this.topic(where)];
    for (const consumer of consumers) found.push(...(await this.subscription(consumer)));
    if (emulatorHost === undefined) return [...found, ...(await this.grants(consumers))];
    return [...found, { check: 'grants', level: 'ok', message: 'not checked: the emulator has no IAM' }];
  }

  private async topic(where: string): Promise<Finding> {
    const { topic } = this.settings;
    try {
      const isThere = await this.admin.hasTopic(topic);
      if (isThere === true) return { check: 'topic', level: 'ok', message: `${topic}${where}` };
      return { check: 'topic', level: 'fail', message: `${topic}${where} does not exist`, todo: ENSURE };
    } catch (error) {
      const cause = error instanceof EventspanError ? error.cause : error;
      if (!hasStatus(cause, 'permissionDenied')) throw error;
      return { check: 'topic', level: 'ok', message: `${topic}: not looked at, which needs the permission pubsub.topics.get` };
    }
  }

  private async subscription(consumer: string | ConsumerSettings): Promise<readonly Finding[]> {
    const plan = planSubscription(this.settings, consumer);
    const warned: Finding[] = [];
    const warn = (fields: object, message: string): void => {
      const differing = 'differing' in fields ? ` (${JSON.stringify(fields.differing)})` : '';
      warned.push({ check: 'subscription', level: 'warn', message: `${plan.name}: ${message}${differing}`, todo: ENSURE });
    };
    try {
      await checkSubscription(this.admin, this.settings, { plan, logger: { ...silentLogger, warn } });
    } catch (error) {
      const todo = isEventspanError(error, 'SUBSCRIPTION_DIFFERS')
        ? 'It cannot be changed: delete it, then run npx eventspan ensure. What it held is read from the log.'
        : ENSURE;
      return [{ check: 'subscription', level: 'fail', message: `${plan.name}: ${messageOf(error)}`, todo }];
    }
    return warned.length > 0 ? warned : [{ check: 'subscription', level: 'ok', message: plan.name }];
  }

  private async grants(consumers: readonly (string | ConsumerSettings)[]): Promise<readonly Finding[]> {
    const { publisher, subscriber } = this.clients;
    const names = consumers.map((consumer) => planSubscription(this.settings, consumer).name);
    return [
      await testGrant(publisher, { resource: this.settings.topic, permission: 'pubsub.topics.publish', role: 'roles/pubsub.publisher' }),
      ...(await Promise.all(
        names.map((resource) =>
          testGrant(subscriber, { resource, permission: 'pubsub.subscriptions.consume', role: 'roles/pubsub.subscriber' }),
        ),
      )),
    ];
  }
}

/** The part of a client that tells what its account may do. */
export interface PermissionTester {
  testIamPermissions(
    request: { readonly resource: string; readonly permissions: string[] },
    options: object,
  ): Promise<readonly [{ readonly permissions?: string[] | null }, ...unknown[]]>;
}

/** Whether the account has a permission. */
export async function testGrant(
  client: PermissionTester,
  { resource, permission, role }: { readonly resource: string; readonly permission: string; readonly role: string },
): Promise<Finding> {
  try {
    const [{ permissions }] = await client.testIamPermissions({ resource, permissions: [permission] }, CALL);
    if (permissions?.includes(permission) === true) return { check: 'grants', level: 'ok', message: `${permission} on ${resource}` };
    const todo = `Grant ${role} on ${resource} to the account; npx eventspan ensure --grants lists all.`;
    return { check: 'grants', level: 'fail', message: `the account lacks ${permission} on ${resource}`, todo };
  } catch (error) {
    return { check: 'grants', level: 'warn', message: `${resource}: could not be checked: ${messageOf(error)}` };
  }
}
