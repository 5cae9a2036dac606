import type { Command } from 'commander';
import { systemEnvironment } from '../../index.js';
import { wholeNumber } from '../option-values.js';
import { storeAt, STORE_ADDRESS } from '../store-address.js';

/** `eventspan migrate` */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description("bring a store's schema up to date; safe when run twice at once")
    .requiredOption('--store <store>', STORE_ADDRESS)
    .option('--shards <n>', 'shards of a new store (default 16)', wholeNumber)
    .option('--json', 'print one JSON line')
    .action(migrate);
}

/** Brings a store's schema up to date and says what it did. */
async function migrate(options: { readonly store: string; readonly shards?: number; readonly json?: boolean }): Promise<void> {
  const provider = storeAt(options.store, { migrate: 'auto', ...(options.shards !== undefined && { shards: options.shards }) });
  const applied = await provider.migrate(systemEnvironment());
  // Opening checks what migrating does not touch: that the number of shards is the one asked for.
  await (await provider.open(systemEnvironment())).close();
  if (options.json === true) console.log(JSON.stringify({ store: options.store, applied }));
  else if (applied.length === 0) console.log(`${options.store} is up to date.`);
  else console.log(`${options.store}: applied ${applied.join(', ')}.`);
}
