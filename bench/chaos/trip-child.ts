import { sqlite } from 'eventspan/sqlite';
import { openTripApp } from './trip-app.js';

/** Does everything for the trips of a SQLite file until it is killed, or its parent is gone. */
async function main(): Promise<void> {
  const [, , file = '', owner = ''] = process.argv;
  const app = await openTripApp({ store: sqlite(file), owner, overdueMs: 1_000, leaseMs: 200 });
  process.once('disconnect', () => void app.stop().then(() => process.exit(0)));
  await app.start();
  process.send?.('started');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
