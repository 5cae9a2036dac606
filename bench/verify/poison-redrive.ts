import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from 'eventspan';
import { allReadable, auditSightings, untilPoison, type SightingsAudit } from './poison-audit.js';
import type { ParkedComparison } from './poison-parked.js';
import { until, type PoisonWorld } from './poison-world.js';

/** What a re-drive with the code as it was has come to. */
export interface VainRedrive {
  readonly deaths: number;
  readonly audit: SightingsAudit;
  /** Streams and versions. */
  readonly places: ParkedComparison;
  /** And what they are parked for. */
  readonly parked: ParkedComparison;
  /** Streams whose count of tries did not grow. */
  readonly withoutNewTries: number;
}

/** What a re-drive with corrected code, and kills on its way, has come to. */
export interface KilledRedrive {
  /** Kills that came after an event was handled and before all that was asked for was carried out. */
  readonly kills: number;
  /** Requests that were made again, since kills had met one event so often that its stream was put back. */
  readonly askedAgain: number;
  readonly audit: SightingsAudit;
  readonly stillParked: number;
  readonly discarded: ParkedComparison;
}

/** A kill comes within so many milliseconds of the first event that a process has handled. */
const KILL_WITHIN_MS = 40;

/** Everything is asked for once, and the code is as it was. */
export async function redriveInVain(world: PoisonWorld): Promise<VainRedrive> {
  const { app, child, parked, plan } = world;
  const before = new Map((await parked.list()).map(({ streamId, attempts }) => [streamId, attempts]));
  await parked.parked.redrive({ all: true });
  child.start();
  await until(world, async () => (await parked.pending()) === 0, 'the re-drive is carried out');
  await child.stop();
  const after = await parked.list();
  const withoutNewTries = after.filter(({ streamId, attempts }) => attempts <= (before.get(streamId) ?? 0)).length;
  const audit = await auditSightings(app, plan, untilPoison);
  return { deaths: child.deaths, audit, places: await parked.comparePlaces(), parked: await parked.compare(), withoutNewTries };
}

/** The code is corrected; everything is asked for, and the process is killed again and again. */
export async function redriveWithKills(
  world: PoisonWorld,
  { kills, random }: { readonly kills: number; readonly random: Random },
): Promise<KilledRedrive> {
  const { app, child, parked, plan } = world;
  await parked.settleAll();
  let askedAgain = 0;
  const isSettled = async (): Promise<boolean> => {
    if ((await parked.pending()) > 0) return false;
    const again = await parked.settleAll();
    askedAgain += again;
    return again === 0;
  };
  child.start();
  let killed = 0;
  while (killed < kills && (await isHandling(world, isSettled))) {
    await sleep(random() * KILL_WITHIN_MS);
    if ((await parked.pending()) === 0) continue;
    await child.kill();
    killed++;
    child.start();
  }
  await until(world, isSettled, 'nothing is parked any more');
  await child.stop();
  const audit = await auditSightings(app, plan, allReadable);
  return { kills: killed, askedAgain, audit, stillParked: (await parked.list()).length, discarded: await parked.compareDiscarded() };
}

/** Waits for the process's first event; answers false when there is nothing to do any more. */
async function isHandling(world: PoisonWorld, isSettled: () => Promise<boolean>): Promise<boolean> {
  let isDone = false;
  const isEither = async (): Promise<boolean> => {
    isDone = await isSettled();
    return isDone || world.child.isHandling;
  };
  await until(world, isEither, 'a re-driven event is handled');
  return !isDone;
}
