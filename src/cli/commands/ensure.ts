import type { Command } from 'commander';
import { EventspanError, ensureTransports, grantsOf, systemEnvironment, type Grant, type TransportProvider } from '../../index.js';
import { pubsub } from '../../pubsub/index.js';
import { APP_MODULE, loadApp } from '../app-module.js';

const TOPIC = /^pubsub:(?:projects\/)?([^/]+)\/(?:topics\/)?([^/]+)$/;

const MEMBERS: Readonly<Record<Grant['member'], string>> = {
  app: 'The account of the application',
  migrations: 'The account that migrates and ensures',
  'pubsub-agent': "Pub/Sub's own account, service-PROJECT_NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com",
};

interface EnsureOptions {
  readonly transport?: string;
  readonly app?: string;
  readonly consumer: readonly string[];
  readonly grants?: boolean;
  readonly json?: boolean;
}

/** `eventspan ensure` */
export function addEnsure(program: Command): void {
  program
    .command('ensure')
    .description('make topics, subscriptions and dead letters exist as an application, or the options, configure them')
    .option('--app <file>', APP_MODULE)
    .option('--transport <transport>', 'pubsub:PROJECT/TOPIC, instead of an application')
    .option('--consumer <names...>', 'with --transport: consumers whose subscriptions are needed, as app.status() names them', [])
    .option('--grants', 'print the roles that accounts need on Google Cloud, and do nothing')
    .option('--json', 'print one JSON line')
    .action(ensure);
}

/** Says what it did. */
async function ensure(options: EnsureOptions): Promise<void> {
  const { transport, app, consumer, json } = options;
  if (transport !== undefined && app !== undefined) {
    throw new EventspanError('OPTION_INVALID', { path: '--transport', value: transport, bound: 'not given together with --app' });
  }
  if (options.grants === true) return printGrants(await grantsFor(options), json);
  const done = transport === undefined ? await ensureTransports(await loadApp(app)) : await ensureTopic(transport, consumer);
  if (json === true) console.log(JSON.stringify({ ...(transport === undefined ? {} : { transport }), done }));
  else console.log(done.length === 0 ? 'Everything is as configured.' : done.join('\n'));
}

/** Makes the topic and the subscriptions of the named consumers exist. */
async function ensureTopic(transport: string, consumers: readonly string[]): Promise<readonly string[]> {
  return topicAt(transport).ensure(systemEnvironment(), consumers);
}

async function grantsFor({ transport, app, consumer }: EnsureOptions): Promise<readonly Grant[]> {
  return transport === undefined ? grantsOf(await loadApp(app)) : (topicAt(transport).grants?.(consumer) ?? []);
}

/** Roles as the accounts' owners read them; whose account it is is theirs to say. */
function printGrants(grants: readonly Grant[], json?: boolean): void {
  if (json === true) return console.log(JSON.stringify({ grants }));
  if (grants.length === 0) return console.log('Nothing of it is on Google Cloud.');
  for (const { member, role, resource, reason } of grants) console.log(`${MEMBERS[member]}: ${role} on ${resource}: ${reason}`);
}

function topicAt(transport: string): TransportProvider {
  const [, project, topic] = TOPIC.exec(transport) ?? [];
  if (project === undefined || topic === undefined) {
    throw new EventspanError('OPTION_INVALID', { path: '--transport', value: transport, bound: 'pubsub:PROJECT/TOPIC' });
  }
  return pubsub({ project, topic, ensure: 'create' });
}
