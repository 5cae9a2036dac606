import type { Command } from 'commander';
import { EventspanError, ensureTransports, systemEnvironment } from '../../index.js';
import { pubsub } from '../../pubsub/index.js';
import { APP_MODULE, loadApp } from '../app-module.js';

const TOPIC = /^pubsub:(?:projects\/)?([^/]+)\/(?:topics\/)?([^/]+)$/;

interface EnsureOptions {
  readonly transport?: string;
  readonly app?: string;
  readonly consumer: readonly string[];
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
    .option('--json', 'print one JSON line')
    .action(ensure);
}

/** Says what it did. */
async function ensure(options: EnsureOptions): Promise<void> {
  const { transport, app, consumer, json } = options;
  if (transport !== undefined && app !== undefined) {
    throw new EventspanError('OPTION_INVALID', { path: '--transport', value: transport, bound: 'not given together with --app' });
  }
  const done = transport === undefined ? await ensureTransports(await loadApp(app)) : await ensureTopic(transport, consumer);
  if (json === true) console.log(JSON.stringify({ ...(transport === undefined ? {} : { transport }), done }));
  else console.log(done.length === 0 ? 'Everything is as configured.' : done.join('\n'));
}

/** Makes the topic and the subscriptions of the named consumers exist. */
async function ensureTopic(transport: string, consumers: readonly string[]): Promise<readonly string[]> {
  const [, project, topic] = TOPIC.exec(transport) ?? [];
  if (project === undefined || topic === undefined) {
    throw new EventspanError('OPTION_INVALID', { path: '--transport', value: transport, bound: 'pubsub:PROJECT/TOPIC' });
  }
  return pubsub({ project, topic, ensure: 'create' }).ensure(systemEnvironment(), consumers);
}
