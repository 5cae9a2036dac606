import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParkedStreams, createProcesses, seededRandom, systemEnvironment, type EventStore } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { makeFolder } from '../verify/places.js';
import { eventOf } from './event-of.js';
import { auditTrips, judgeTrip, noFaults, type Faults } from './trip-audit.js';
import { BRANCHES, type Branch } from './trip-domain.js';
import { TRIP } from './trip-process.js';

export interface KillOptions {
  readonly kills: number;
  readonly trips: number;
  readonly seed: number;
}

export interface KillFindings {
  /** SIGKILLs that met a process that was at work. */
  readonly kills: number;
  readonly trips: number;
  readonly faults: Faults;
}

const SHORTEST_LIFE_MS = 20;
const LONGEST_LIFE_MS = 250;
const DEADLINE_MS = 120_000;

/** Trips of all branches that need no operator, in one SQLite file, whose process is killed with SIGKILL at seeded moments and started again. */
export async function killing({ kills, trips, seed }: KillOptions): Promise<KillFindings> {
  const { folder, remove } = makeFolder();
  const file = path.join(folder, 'trips.db');
  const store = await sqlite(file).open(systemEnvironment());
  try {
    const fates = await requestTrips(store, trips);
    const random = seededRandom(seed);
    let met = 0;
    for (let at = 1; at <= kills; at++) {
      const child = await startChild(file, `child-${at}`);
      await sleep(SHORTEST_LIFE_MS + random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS));
      if (!(await isOver(store, trips))) met++;
      await end(child, () => child.kill('SIGKILL'));
    }
    const last = await startChild(file, 'last');
    for (const giveUpAt = Date.now() + DEADLINE_MS; !(await isOver(store, trips)) && Date.now() < giveUpAt;) await sleep(100);
    await end(last, () => last.disconnect());
    const faults = noFaults();
    for await (const { consumer, streamId, message } of createParkedStreams({ store }).list()) {
      faults.samples.push(`${streamId} is parked for ${consumer}: ${message}`);
    }
    const statuses = await statusesOf(store);
    const audits = await auditTrips(store, async (tripId) => statuses.get(tripId) ?? 'unknown');
    for (const [tripId, fate] of fates) {
      const judged = { label: `${fate.name}, SIGKILL`, fate, isRealTime: true };
      judgeTrip(faults, judged, audits.get(tripId) ?? { status: 'unknown', booked: [], undone: [] });
    }
    return { kills: met, trips, faults };
  } finally {
    await store.close();
    remove();
  }
}

async function requestTrips(store: EventStore, trips: number): Promise<ReadonlyMap<string, Branch>> {
  const branches = BRANCHES.filter(({ stubborn }) => stubborn === undefined);
  const fates = new Map<string, Branch>();
  for (let at = 0; at < trips; at++) {
    const branch = branches[at % branches.length] as Branch;
    const tripId = String(at + 1);
    const { name: _, ...fate } = branch;
    const events = [eventOf('trip.requested', { tripId, fate })];
    await store.append({ writes: [{ streamId: `request-${tripId}`, expectedVersion: 'none', events }] });
    fates.set(tripId, branch);
  }
  return fates;
}

async function statusesOf(store: EventStore): Promise<ReadonlyMap<string, string>> {
  const statuses = new Map<string, string>();
  for await (const { processId, status } of createProcesses({ store }).list({ process: TRIP })) statuses.set(processId, status);
  return statuses;
}

async function isOver(store: EventStore, trips: number): Promise<boolean> {
  const statuses = [...(await statusesOf(store)).values()];
  return statuses.length === trips && statuses.every((status) => status === 'completed' || status === 'compensated');
}

async function startChild(file: string, owner: string): Promise<ChildProcess> {
  const child = fork(path.join(__dirname, 'trip-child.js'), [file, owner], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await Promise.race([once(child, 'message'), once(child, 'exit').then(() => Promise.reject(new Error('The process did not start.')))]);
  return child;
}

async function end(child: ChildProcess, how: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error('The process ended by itself.');
  const ended = once(child, 'exit');
  how();
  await ended;
}
