import { systemEnvironment } from '../index.js';
import { storeAt } from './store-address.js';

/** `eventspan migrate`: brings a store's schema up to date and says what it did. */
export async function migrate(options: { readonly store: string; readonly shards?: number; readonly json?: boolean }): Promise<void> {
  const provider = storeAt(options.store, options.shards);
  const applied = await provider.migrate(systemEnvironment());
  // Opening checks what migrating does not touch: that the number of shards is the one asked for.
  await (await provider.open(systemEnvironment())).close();
  if (options.json === true) console.log(JSON.stringify({ store: options.store, applied }));
  else if (applied.length === 0) console.log(`${options.store} is up to date.`);
  else console.log(`${options.store}: applied ${applied.join(', ')}.`);
}
