import type { Command } from 'commander';
import { openExport, verifyExport, type VerifyExportResult } from '../../index.js';
import { EventProgress } from '../event-progress.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt } from '../with-store.js';

/** `eventspan verify-export` */
export function addVerifyExport(program: Command): void {
  program
    .command('verify-export')
    .description('check an export, and compare it with a store; nothing is written')
    .argument('<file>', 'an export, compressed where its name ends in .gz')
    .option('--store <store>', `compare with this store, event by event: ${STORE_ADDRESS}`)
    .option('--json', 'print one JSON line')
    .action(verify);
}

async function verify(file: string, options: { readonly store?: string; readonly json?: boolean }): Promise<void> {
  const progress = new EventProgress('verify');
  const result = await checked(file, options.store, progress);
  progress.end();
  if (options.json === true) console.log(JSON.stringify({ file, ...options, ...result }));
  else console.log(`${file} is whole: ${result.events} events of ${result.streams} streams, checksum ${result.digest}.`);
}

function checked(file: string, address: string | undefined, { show: onProgress }: EventProgress): Promise<VerifyExportResult> {
  if (address === undefined) return verifyExport({ onProgress }, openExport(file));
  return withStoreAt(address, (store) => verifyExport({ store, onProgress }, openExport(file)));
}
