import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { comparePositions, seededRandom, type Position } from 'eventspan';
import { makeFolder } from './places.js';
import { CONSUMER, type Code } from './poison-app.js';
import { auditSightings, untilPoison, type SightingsAudit } from './poison-audit.js';
import { writePoisonLog } from './poison-log.js';
import type { ParkedComparison } from './poison-parked.js';
import { EVENTS_A_STREAM, planPoison, type Poison, type PoisonPlan } from './poison-plan.js';
import { redriveInVain, redriveWithKills, type KilledRedrive, type VainRedrive } from './poison-redrive.js';
import { inWorld, until, type PoisonWorld } from './poison-world.js';

export interface PoisonSettings {
  readonly streams: number;
  /** Streams with a poison event of each kind. */
  readonly poison: number;
  readonly rounds: number;
  readonly kills: number;
  readonly seed: number;
  /** Called with what happens next. */
  readonly say: (what: string) => void;
}

/** One projection from nothing until every event is handled or waits. */
export interface PoisonRun {
  readonly ms: number;
  readonly deaths: number;
  readonly audit: SightingsAudit;
  readonly parked: ParkedComparison;
}

export interface PoisonFindings {
  readonly plan: PoisonPlan;
  readonly clean: readonly PoisonRun[];
  readonly poisoned: readonly PoisonRun[];
  readonly vain: VainRedrive;
  readonly killed: KilledRedrive;
}

/** Projects a log with and without poison events, and re-drives what was parked. */
export async function findPoison(settings: PoisonSettings): Promise<PoisonFindings> {
  const { folder, remove } = makeFolder();
  try {
    return await new PoisonBench(settings, folder).run();
  } finally {
    remove();
  }
}

class PoisonBench {
  private readonly plan: PoisonPlan;
  private runs = 0;

  constructor(
    private readonly settings: PoisonSettings,
    private readonly folder: string,
  ) {
    this.plan = planPoison(settings);
  }

  async run(): Promise<PoisonFindings> {
    const { streams, rounds, kills, seed, say } = this.settings;
    say(`writing ${streams * EVENTS_A_STREAM} events, without and with ${this.plan.poison.size} poison events`);
    await writePoisonLog(this.file('clean'), this.plan, true);
    await writePoisonLog(this.file('poisoned'), this.plan, false);
    const clean: PoisonRun[] = [];
    const poisoned: PoisonRun[] = [];
    for (let round = 0; round < rounds; round++) {
      clean.push(await this.project('clean'));
      poisoned.push(await this.project('poisoned'));
    }
    say('re-driving with the code as it was');
    const vain = await this.inStore('broken', redriveInVain);
    say('re-driving with corrected code, and killing its process');
    const random = seededRandom(seed + 1);
    const killed = await this.inStore('mended', (world) => redriveWithKills(world, { kills, random }));
    return { plan: this.plan, clean, poisoned, vain, killed };
  }

  private async project(log: 'clean' | 'poisoned'): Promise<PoisonRun> {
    await rm(this.folderOf(this.runs), { recursive: true, force: true });
    await mkdir(this.folderOf(++this.runs));
    await copyFile(this.file(log), this.store);
    const plan = log === 'clean' ? { ...this.plan, poison: new Map<string, Poison>() } : this.plan;
    const run = await inWorld({ file: this.store, code: 'broken', plan }, projectAll);
    this.settings.say(`${log}: ${run.ms} ms, ${run.deaths} deaths, ${run.parked.found} parked`);
    return run;
  }

  /** In what the last poisoned run has left. */
  private inStore<T>(code: Code, work: (world: PoisonWorld) => Promise<T>): Promise<T> {
    return inWorld({ file: this.store, code, plan: this.plan }, work);
  }

  /** Of the run that was last; those before are removed, for they are large. */
  private get store(): string {
    return path.join(this.folderOf(this.runs), 'store.db');
  }

  private folderOf(run: number): string {
    return path.join(this.folder, `run-${run}`);
  }

  private file(name: string): string {
    return path.join(this.folder, `${name}.db`);
  }
}

/** The time is from the start of the process until the cursors are at the end of the log: what is before them is handled or parked. */
async function projectAll(world: PoisonWorld): Promise<PoisonRun> {
  const { plan, app, child, parked } = world;
  const extents = await app.store.describeShards();
  const begun = performance.now();
  child.start();
  const isPassed = async (): Promise<boolean> => {
    const { cursors } = await app.store.cursors.read(CONSUMER);
    const positions = new Map(cursors.map(({ shard, position }) => [shard, position]));
    return extents.every(({ shard, last }) => last === undefined || isAtOrAfter(positions.get(shard), last));
  };
  await until(world, isPassed, 'every event is handled or waits');
  const ms = Math.round(performance.now() - begun);
  await child.stop();
  return { ms, deaths: child.deaths, audit: await auditSightings(app, plan, untilPoison), parked: await parked.compare() };
}

function isAtOrAfter(position: Position | undefined, last: Position): boolean {
  return position !== undefined && comparePositions(position, last) >= 0;
}
