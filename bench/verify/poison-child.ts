import { openSightings, type Code } from './poison-app.js';

/** Maintains the sightings until it dies, is killed, or its parent is gone; tells it of the first event that corrected code handles. */
async function main(): Promise<void> {
  let isTold = false;
  const onHandled = (): void => {
    if (isTold) return;
    isTold = true;
    process.send?.('handling');
  };
  const [, , file = '', code] = process.argv;
  const app = await openSightings(file, code as Code, onHandled);
  process.once('disconnect', () => void app.stop().then(() => process.exit(0)));
  await app.start();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
