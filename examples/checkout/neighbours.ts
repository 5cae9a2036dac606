import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Eventspan } from 'eventspan';
import type { Place } from './home.js';
import { serviceOf, SERVICES, type ServiceName, type Shared } from './services.js';

/** The other four services, wherever they run. */
export interface Neighbours {
  stop(): Promise<void>;
}

const OTHERS = SERVICES.filter((name) => name !== 'orders');

/** In this process, each with its own connection to the log. */
export async function startHere(shared: Shared): Promise<Neighbours> {
  const apps: Eventspan[] = [];
  for (const name of OTHERS) {
    const app = await Eventspan.open(serviceOf(name, shared));
    await app.start();
    apps.push(app);
  }
  return { stop: async () => void (await Promise.all(apps.map((app) => app.stop()))) };
}

/** A process each. */
export async function startProcesses(place: Place, hasFaults: boolean): Promise<Neighbours> {
  const children = await Promise.all(OTHERS.map((name) => startProcess(name, place, hasFaults)));
  return { stop: async () => void (await Promise.all(children.map(endProcess))) };
}

async function startProcess(name: ServiceName, place: Place, hasFaults: boolean): Promise<ChildProcess> {
  const args = [path.join(__dirname, 'service.js'), name, JSON.stringify(place), String(hasFaults)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function endProcess(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
