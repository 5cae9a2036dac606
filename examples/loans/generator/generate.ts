import { seededRandom, type Random } from 'eventspan';
import type { LoanRecord, LoanTrace, Transition } from '../trace.js';
import { AMOUNTS, BRANCHES, PACE, SECONDS_BETWEEN_APPLICATIONS } from './statistics.js';
import { TraceState, WORK_CODES } from './trace-state.js';

/** What to generate. */
export interface GeneratorOptions {
  /** Applications. */
  readonly count: number;
  /** The same seed gives the same applications. Default 1. */
  readonly seed?: number;
}

/** How an activity is done. */
interface Pace {
  /** Logarithms of the seconds at the {@link MARKS}. */
  readonly logSeconds: readonly number[];
  readonly bySystem: number;
  readonly byNobody: number;
}

/** The statistics' quantiles; beyond the outermost it goes on evenly. */
const MARKS = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];
const FIRST_DAY_MS = Date.parse('2011-10-01T00:00:00+02:00');
/** Amsterdam leaves summer time. */
const WINTER_MS = Date.parse('2011-10-30T01:00:00Z');
const FIRST_NUMBER = 173_688;
const SYSTEM = '112';
const CLERKS = 60;
const TRANSITIONS: Readonly<Record<string, Transition>> = { '+': 'SCHEDULE', '>': 'START', '=': 'COMPLETE' };

const BRANCHES_OF = new Map(rowsOf(BRANCHES).map(([state = '', branches = '']) => [state, branches.split(', ').map(readBranch)]));
const PACE_OF = new Map(rowsOf(PACE).map(([activity = '', seconds = '', who = '']) => [activity, readPace(seconds, who)]));

/**
 * Applications like those of the real log, sorted by their first record: at each step what came next there in the same state,
 * as often. Every one obeys the rules of the domain. Throws `RangeError` for a count that is no whole number.
 */
export function* generateApplications({ count, seed = 1 }: GeneratorOptions): Generator<LoanTrace> {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`The count of applications is ${count}.`);
  const random = seededRandom(seed);
  let atMs = FIRST_DAY_MS;
  for (let n = 0; n < count; n++) {
    atMs += -Math.log(1 - random()) * SECONDS_BETWEEN_APPLICATIONS * 1000;
    yield generateApplication(String(FIRST_NUMBER + 3 * n), atMs, random);
  }
}

function generateApplication(application: string, startMs: number, random: Random): LoanTrace {
  const state = new TraceState();
  const amount = Math.round(between(AMOUNTS, random() * (AMOUNTS.length - 1)));
  const records: LoanRecord[] = [];
  let atMs = startMs;
  for (;;) {
    const activity = pick(state, random);
    if (activity === 'END') break;
    const pace = PACE_OF.get(activity);
    if (pace === undefined) throw new Error(`The statistics say nothing of the pace of ${activity}.`);
    if (records.length > 0) atMs += secondsFor(pace, random) * 1000;
    records.push({ ...describe(activity), at: localTime(atMs), ...clerkOf(pace, random) });
    state.follow(activity);
  }
  return { application, amount, registeredAt: localTime(startMs), records };
}

/** One of the activities that followed this state, by how often they did; rare states that were left out end the application. */
function pick(state: TraceState, random: Random): string {
  const branches = (BRANCHES_OF.get(state.key) ?? []).filter(([activity]) => state.allows(activity));
  let left = random() * branches.reduce((sum, [, count]) => sum + count, 0);
  for (const [activity, count] of branches) {
    left -= count;
    if (left < 0) return activity;
  }
  return 'END';
}

function describe(activity: string): Pick<LoanRecord, 'activity' | 'transition'> {
  const kind = WORK_CODES.get(activity.slice(1));
  const transition = TRANSITIONS[activity.charAt(0)];
  return kind === undefined || transition === undefined ? { activity, transition: 'COMPLETE' } : { activity: `W_${kind}`, transition };
}

/** Between two marks the logarithm is even, since the durations lie orders of magnitude apart. */
function secondsFor({ logSeconds }: Pace, random: Random): number {
  const chance = random();
  const upper = MARKS.findIndex((mark) => chance < mark);
  const [from = 0, to = 1] = [MARKS[upper - 1], MARKS[upper]];
  return Math.expm1(between(logSeconds, upper - 1 + (chance - from) / (to - from)));
}

/** The value at a place between two entries. */
function between(values: readonly number[], place: number): number {
  const lower = values[Math.floor(place)] ?? 0;
  const upper = values[Math.ceil(place)] ?? lower;
  return lower + (upper - lower) * (place - Math.floor(place));
}

function clerkOf({ bySystem, byNobody }: Pace, random: Random): { readonly clerk?: string } {
  const chance = random() * 100;
  if (chance < bySystem) return { clerk: SYSTEM };
  return chance < bySystem + byNobody ? {} : { clerk: String(10_800 + Math.floor(random() * CLERKS)) };
}

/** `2011-10-01T00:38:44.546+02:00` */
function localTime(ms: number): string {
  const hours = ms < WINTER_MS ? 2 : 1;
  return `${new Date(Math.round(ms) + hours * 3_600_000).toISOString().slice(0, -1)}+0${hours}:00`;
}

/** The lines of a table, cut at their colons. */
function rowsOf(table: string): readonly (readonly string[])[] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.split(' : '));
}

function readBranch(text: string): readonly [activity: string, count: number] {
  const [activity = '', count = ''] = text.split(' ');
  return [activity, Number(count)];
}

function readPace(seconds: string, who: string): Pace {
  const [bySystem = 0, byNobody = 0] = who.split(' ').map(Number);
  const logs = seconds.split(' ').map((value) => Math.log1p(Number(value)));
  return { logSeconds: [logs[0] ?? 0, ...logs, logs.at(-1) ?? 0], bySystem, byNobody };
}
