import { setTimeout as sleep } from 'node:timers/promises';
import type { Eventspan } from 'eventspan';
import { openSightings, type Code } from './poison-app.js';
import { ParkedPoison } from './poison-parked.js';
import type { PoisonPlan } from './poison-plan.js';
import { PoisonProcess } from './poison-process.js';

/** A store, the process that maintains its projection, and this process, which looks on. */
export interface PoisonWorld {
  readonly plan: PoisonPlan;
  /** Not started: it reads. */
  readonly app: Eventspan;
  readonly child: PoisonProcess;
  readonly parked: ParkedPoison;
}

const MAX_MS = 600_000;
const LOOK_MS = 20;

/** Lets `work` use a store; nothing runs after it. */
export async function inWorld<T>(
  { file, code, plan }: { readonly file: string; readonly code: Code; readonly plan: PoisonPlan },
  work: (world: PoisonWorld) => Promise<T>,
): Promise<T> {
  const app = await openSightings(file, code);
  const child = new PoisonProcess(file, code);
  try {
    return await work({ plan, app, child, parked: new ParkedPoison(app.store, plan) });
  } finally {
    await child.kill();
    await app.stop();
  }
}

/** Looks until it is so. Throws when the process ended as no handler ends it, and when that takes too long. */
export async function until({ child }: PoisonWorld, condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + MAX_MS; !(await condition()); await sleep(LOOK_MS)) {
    child.check();
    if (performance.now() > end) throw new Error(`Waited ${MAX_MS} ms in vain until ${what}.`);
  }
}
