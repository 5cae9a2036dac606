#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { isEventspanError } from '../index.js';
import { version } from './version.js';
import { ensure } from './ensure.js';
import { emulators } from './emulators.js';
import { migrate } from './migrate.js';

const STORE = 'sqlite:FILE or spanner:PROJECT/INSTANCE/DATABASE';

/** Exit codes: 0 done, 1 failed, 2 called wrongly. */
async function main(): Promise<void> {
  const program = new Command('eventspan').description('Event sourcing and CQRS on Spanner and Pub/Sub.').version(version()).exitOverride();
  program
    .command('migrate')
    .description("bring a store's schema up to date; safe when run twice at once")
    .requiredOption('--store <store>', STORE)
    .option('--shards <n>', 'shards of a new store (default 16)', wholeNumber)
    .option('--json', 'print one JSON line')
    .action(migrate);
  program
    .command('ensure')
    .description('make the topic and the subscriptions of consumers exist as configured')
    .requiredOption('--transport <transport>', 'pubsub:PROJECT/TOPIC')
    .option('--consumer <names...>', 'consumers whose subscriptions are needed, as app.status() names them', [])
    .option('--json', 'print one JSON line')
    .action(ensure);
  program
    .command('emulators')
    .description('start the Spanner and Pub/Sub emulators and print the variables to set')
    .option('--spanner', 'only Spanner')
    .option('--pubsub', 'only Pub/Sub')
    .option('--json', 'print one JSON line')
    .action(emulators);
  await program.parseAsync();
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

main().catch((error: unknown) => {
  if (error instanceof Error && 'exitCode' in error) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  console.error(isEventspanError(error) ? error.message : error);
  process.exitCode = isEventspanError(error, 'OPTION_INVALID') ? 2 : 1;
});
