import { LEDGER, NEW_VERSION, openLedger } from './ledger.js';
import type { Place } from './places.js';

const REPORT_MS = 100;

/** What the child tells its parent: that it runs, and its greatest memory so far. */
export interface ChildReport {
  readonly peakRssKb: number;
}

/** Maintains the new version of the ledger, and asks for it where it is not live; until it is killed or its parent is gone. */
async function main(): Promise<void> {
  const app = await openLedger(JSON.parse(process.argv[2] ?? '') as Place, NEW_VERSION);
  process.once('disconnect', () => void app.stop().then(() => process.exit(0)));
  const { live } = await app.projections.status(LEDGER);
  if (live?.version !== NEW_VERSION) await app.projections.rebuild(LEDGER, { switch: 'manual' });
  await app.start();
  const report = (): void => {
    if (process.connected) process.send?.({ peakRssKb: process.resourceUsage().maxRSS } satisfies ChildReport);
  };
  report();
  setInterval(report, REPORT_MS);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
