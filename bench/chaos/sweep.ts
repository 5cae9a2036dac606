import type { Crash } from './crashing-store.js';
import { judgeTrip, noFaults, type Faults } from './trip-audit.js';
import { BRANCHES } from './trip-domain.js';
import { runTrip, type TripRun } from './trip-world.js';

export interface SweepOptions {
  /** Of the commits, each how-manieth is one at which a process ends; 1: each. */
  readonly every: number;
  readonly onProgress: (done: number, runs: number) => void;
}

export interface SweepFindings {
  readonly runs: number;
  /** Runs in which the process ended at the commit that was meant. */
  readonly crashes: number;
  readonly branches: number;
  /** Of the longest run without a crash. */
  readonly mostCommits: number;
  readonly faults: Faults;
}

/**
 * Every branch, with and without doubled replies: once as it is, which counts the commits of its process, then once for each of those commits (or
 * a share of them) with an end of the process before and after it.
 */
export async function sweep({ every, onProgress }: SweepOptions): Promise<SweepFindings> {
  const faults = noFaults();
  const plans: TripRun[] = [];
  let mostCommits = 0;
  let crashes = 0;
  for (const branch of BRANCHES) {
    for (const isDoubled of [false, true]) {
      const { audit, commits } = await runTrip({ branch, isDoubled });
      judgeTrip(faults, { label: labelOf({ branch, isDoubled }), fate: branch }, audit);
      mostCommits = Math.max(mostCommits, commits);
      plans.push(...crashesOf(commits, every).map((crash) => ({ branch, isDoubled, crash })));
    }
  }
  for (const [at, plan] of plans.entries()) {
    const { audit, hasCrashed } = await runTrip(plan);
    if (hasCrashed) crashes++;
    judgeTrip(faults, { label: labelOf(plan), fate: plan.branch }, audit);
    onProgress(at + 1, plans.length);
  }
  return { runs: plans.length + 2 * BRANCHES.length, crashes, branches: BRANCHES.length, mostCommits, faults };
}

function crashesOf(commits: number, every: number): readonly Crash[] {
  const crashes: Crash[] = [];
  for (let commit = 1; commit <= commits; commit += every) {
    crashes.push({ commit, when: 'before' }, { commit, when: 'after' });
  }
  return crashes;
}

function labelOf({ branch, isDoubled, crash }: TripRun): string {
  const kill = crash === undefined ? 'no kill' : `killed ${crash.when} commit ${crash.commit}`;
  return `${branch.name}${isDoubled ? ', doubled' : ''}, ${kill}`;
}
