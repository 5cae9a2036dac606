import type { AdapterEnvironment } from '../event-store/store-provider.js';
import { askService, CALL, falseIfExists } from './admin.js';
import { openSchemaClients, type SchemaClients } from './clients.js';
import { EventspanError } from '../errors/eventspan-error.js';
import { resolvePubSubOptions, type PubSubOptions } from './pubsub-options.js';
import { schemaName } from './resource-names.js';

export interface TopicSchemaOptions extends Omit<PubSubOptions, 'ensure' | 'subscription' | 'ackDeadlineSeconds' | 'publishTimeoutMs'> {
  /** The schema's id in the project: 3 to 255 characters. */
  readonly schema: string;
  /** The Avro schema, as `avroSchemaOf` gives it. */
  readonly definition: object;
  /** How messages of the topic are written. Default `json`. */
  readonly encoding?: 'json' | 'binary';
  /** Leave the topic alone: the schema is made and revised, and not yet demanded of messages. */
  readonly schemaOnly?: boolean;
}

const ENCODINGS = { json: 'JSON', binary: 'BINARY' } as const;

/**
 * Makes a Pub/Sub schema of the given definition exist, a further revision where it is another than the newest, and the topic demand it: from then
 * on the service refuses messages that are not of it. Idempotent. Answers what it did, a line each.
 *
 * Throws `OPTION_INVALID`, `PACKAGE_MISSING`, `TRANSPORT_UNAVAILABLE` (also where the service refuses the definition, with its reason), and
 * `SUBSCRIPTION_DIFFERS` where the topic has another schema already.
 */
export async function ensureTopicSchema(environment: AdapterEnvironment, options: TopicSchemaOptions): Promise<readonly string[]> {
  const { schema, definition, encoding = 'json', schemaOnly = false, ...rest } = options;
  const settings = resolvePubSubOptions(rest);
  const name = schemaName(settings.project, schema);
  const clients = await openSchemaClients(settings);
  const ensuring = new SchemaEnsuring(clients, environment, name);
  try {
    const done = await ensuring.schema(JSON.stringify(definition));
    return schemaOnly ? done : [...done, ...(await ensuring.topic(settings.topic, ENCODINGS[encoding]))];
  } finally {
    await clients.close();
  }
}

class SchemaEnsuring {
  constructor(
    private readonly clients: SchemaClients,
    private readonly environment: AdapterEnvironment,
    private readonly name: string,
  ) {}

  async schema(definition: string): Promise<readonly string[]> {
    const { schemas } = this.clients;
    const { name } = this;
    const found = await this.ask('GetSchema', () => schemas.getSchema({ name, view: 'FULL' }, CALL).then(([schema]) => schema));
    if (found === undefined) {
      const [parent = '', schemaId = ''] = name.split('/schemas/');
      const request = { parent, schemaId, schema: { type: 'AVRO' as const, definition } };
      const isMade = await this.ask('CreateSchema', () => schemas.createSchema(request, CALL).then(() => true, falseIfExists));
      return isMade === true ? [`created ${name}`] : this.schema(definition);
    }
    if (isSameJson(found.definition ?? '', definition)) return [];
    const schema = { name, type: 'AVRO' as const, definition };
    const revised = await this.ask('CommitSchema', () => schemas.commitSchema({ name, schema }, CALL).then(([committed]) => committed));
    return [`revised ${name} (${revised?.revisionId ?? 'a new revision'})`];
  }

  async topic(topic: string, encoding: 'JSON' | 'BINARY'): Promise<readonly string[]> {
    const { publisher } = this.clients;
    const schemaSettings = { schema: this.name, encoding };
    const found = await this.ask('GetTopic', () => publisher.getTopic({ topic }, CALL).then(([each]) => each));
    if (found === undefined) {
      const isMade = await this.ask('CreateTopic', () =>
        publisher.createTopic({ name: topic, schemaSettings }, CALL).then(() => true, falseIfExists),
      );
      return isMade === true ? [`created ${topic} with ${this.name}`] : this.topic(topic, encoding);
    }
    const { schema: other, encoding: otherEncoding } = found.schemaSettings ?? {};
    if (typeof other === 'string' && other !== '') {
      if (other === this.name && otherEncoding === encoding) return [];
      const [wanted, is] = [`${this.name} (${encoding})`, `${other} (${String(otherEncoding)})`];
      throw new EventspanError('SUBSCRIPTION_DIFFERS', { resource: topic, setting: 'schemaSettings', found: is, wanted });
    }
    const request = { topic: { name: topic, schemaSettings }, updateMask: { paths: ['schema_settings'] } };
    await this.ask('UpdateTopic', () => publisher.updateTopic(request, CALL).then(() => true));
    return [`${topic} demands ${this.name}`];
  }

  private ask<T>(method: string, request: () => Promise<T>): Promise<T | undefined> {
    return askService(this.environment, method, request);
  }
}

function isSameJson(a: string, b: string): boolean {
  try {
    return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
  } catch {
    return false;
  }
}
