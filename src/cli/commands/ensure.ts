import type { Command } from 'commander';
import { EventspanError, systemEnvironment } from '../../index.js';
import { pubsub } from '../../pubsub/index.js';

const TOPIC = /^pubsub:(?:projects\/)?([^/]+)\/(?:topics\/)?([^/]+)$/;

/** `eventspan ensure` */
export function addEnsure(program: Command): void {
  program
    .command('ensure')
    .description('make the topic and the subscriptions of consumers exist as configured')
    .requiredOption('--transport <transport>', 'pubsub:PROJECT/TOPIC')
    .option('--consumer <names...>', 'consumers whose subscriptions are needed, as app.status() names them', [])
    .option('--json', 'print one JSON line')
    .action(ensure);
}

/** Makes the topic and the subscriptions of the named consumers exist as configured; says what it did. */
async function ensure(options: {
  readonly transport: string;
  readonly consumer: readonly string[];
  readonly json?: boolean;
}): Promise<void> {
  const [, project, topic] = TOPIC.exec(options.transport) ?? [];
  if (project === undefined || topic === undefined) {
    throw new EventspanError('OPTION_INVALID', { path: '--transport', value: options.transport, bound: 'pubsub:PROJECT/TOPIC' });
  }
  const done = await pubsub({ project, topic, ensure: 'create' }).ensure(systemEnvironment(), options.consumer);
  if (options.json === true) console.log(JSON.stringify({ transport: options.transport, done }));
  else console.log(done.length === 0 ? 'Everything is as configured.' : done.join('\n'));
}
