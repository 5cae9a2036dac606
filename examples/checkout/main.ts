import { CommanderError } from 'commander';
import Table from 'cli-table3';
import { EventspanError } from 'eventspan';
import { openHome } from './home.js';
import { parseOptions, type CheckoutOptions } from './options.js';
import { runCheckout, type RunResult } from './run.js';

/** Exit codes: 0 all is as it must be, 1 something is not, 2 called wrongly. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv);
  const home = await openHome(options);
  try {
    const result = await runCheckout(options, home.place, (line) => console.error(line));
    const verified = result.faults.length === 0 && result.stuck === 0 && result.confirmed + result.cancelled === options.orders;
    for (const fault of result.faults) console.error(`Not as it must be: ${fault}.`);
    console.log(options.json ? JSON.stringify(summary(options, result, verified)) : tableOf(options, result));
    process.exitCode = verified ? 0 : 1;
  } finally {
    await home.close();
  }
}

function summary({ store, transport, processes, faults }: CheckoutOptions, result: RunResult, verified: boolean): object {
  const { faults: broken, ...rest } = result;
  return { store, transport, processes, injectedFaults: faults, ...rest, broken: broken.length, verified };
}

function tableOf({ orders }: CheckoutOptions, { confirmed, cancelled, reasons, emails, stuck, faults, seconds }: RunResult): string {
  const table = new Table({ head: ['outcome', 'orders'], colAligns: ['left', 'right'], style: { head: [], border: [], compact: true } });
  table.push(['confirmed', confirmed], ['cancelled', cancelled]);
  for (const [reason, count] of Object.entries(reasons)) table.push([`  ${reason}`, count]);
  table.push(['stuck', stuck], ['emails sent', emails]);
  const books =
    faults.length === 0 ? 'Money and stock balance; each effect took place once.' : `${faults.length} things are not as they must be.`;
  return `${table.toString()}\n${orders} orders in ${seconds} s. ${books}`;
}

main().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  console.error(error instanceof EventspanError ? error.message : error);
  process.exitCode = 1;
});
