import { Eventspan } from 'eventspan';
import { Faults } from './faults.js';
import { storeAt, transportAt, type Place } from './home.js';
import { serviceOf, type ServiceName } from './services.js';

/** One service as a process of its own: `service.js <name> <place> <faults>`. Says `ready` on stdout, and stops cleanly by SIGTERM. */
async function main(): Promise<void> {
  const [name, place, isOn] = process.argv.slice(2) as [ServiceName, string, string];
  const where = JSON.parse(place) as Place;
  const faults = new Faults(isOn === 'true');
  const app = await Eventspan.open(serviceOf(name, { store: await storeAt(where), transport: await transportAt(where), faults }));
  await app.start();
  console.log('ready');
  await new Promise((resolve) => process.once('SIGTERM', resolve));
  await app.stop();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
