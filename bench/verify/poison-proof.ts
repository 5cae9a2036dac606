import { isFaultless, type SightingsAudit } from './poison-audit.js';
import { POISON_KINDS } from './poison-kinds.js';
import { EVENTS_A_STREAM, type Poison } from './poison-plan.js';
import type { PoisonFindings, PoisonRun, PoisonSettings } from './poison-run.js';

export interface PoisonProof {
  readonly verified: boolean;
  /** Each part of the promise. */
  readonly holds: Readonly<
    Record<
      | 'parkedAsExpected'
      | 'othersInTime'
      | 'vainRedriveParksAgain'
      | 'vainRedriveKeepsReasons'
      | 'redrivenOnceInOrder'
      | 'discardedAsAsked',
      boolean
    >
  >;
  readonly events: number;
  readonly seed: number;
  /** By kind: streams, and how they are parked. */
  readonly kinds: Readonly<
    Record<string, { readonly streams: number; readonly reason: string; readonly code: string | null; readonly ends: string }>
  >;
  /** Of the poisoned run that was furthest from what was expected. */
  readonly parked: { readonly expected: number; readonly found: number };
  /** Medians, and all rounds. */
  readonly cleanMs: number;
  readonly poisonedMs: number;
  readonly cleanRunsMs: readonly number[];
  readonly poisonedRunsMs: readonly number[];
  readonly ratio: number;
  /** How often a handler ended the process: in a poisoned run at most, and in the re-drive with the code as it was. */
  readonly deaths: number;
  readonly redriveDeaths: number;
  readonly kills: number;
  readonly redriven: number;
  readonly askedAgain: number;
  readonly discarded: number;
  /** Over the audits of all runs and re-drives. */
  readonly missing: number;
  readonly doubled: number;
  readonly outOfOrder: number;
  readonly unexpected: number;
  /** What was parked or discarded otherwise than expected, in words; the first of each run. */
  readonly differences: readonly string[];
  readonly seconds: number;
}

/** Other streams may take so many times as long as without poison. */
const MAX_RATIO = 2;
const MAX_DIFFERENCES = 10;

/** Says what the findings prove. */
export function judge(
  findings: PoisonFindings,
  { streams, seed, kills, seconds }: Omit<PoisonSettings, 'say'> & { readonly seconds: number },
): PoisonProof {
  const { plan, clean, poisoned, vain, killed } = findings;
  const runs = [...clean, ...poisoned];
  const [cleanMs, poisonedMs] = [medianMs(clean), medianMs(poisoned)];
  const ratio = Math.round((poisonedMs / cleanMs) * 100) / 100;
  const holds = {
    parkedAsExpected: runs.every(({ parked, audit }) => parked.differences.length === 0 && isFaultless(audit)),
    othersInTime: poisonedMs <= MAX_RATIO * cleanMs,
    vainRedriveParksAgain: vain.places.differences.length + vain.withoutNewTries === 0 && isFaultless(vain.audit),
    vainRedriveKeepsReasons: vain.parked.differences.length === 0,
    redrivenOnceInOrder: killed.kills === kills && killed.stillParked === 0 && isFaultless(killed.audit),
    discardedAsAsked: killed.discarded.differences.length === 0,
  };
  return {
    verified: Object.values(holds).every(Boolean),
    holds,
    events: streams * EVENTS_A_STREAM,
    seed,
    kinds: kindsOf([...plan.poison.values()]),
    parked: worst(poisoned),
    cleanMs,
    poisonedMs,
    cleanRunsMs: clean.map(({ ms }) => ms),
    poisonedRunsMs: poisoned.map(({ ms }) => ms),
    ratio,
    deaths: Math.max(...poisoned.map((run) => run.deaths)),
    redriveDeaths: vain.deaths,
    kills: killed.kills,
    redriven: killed.audit.handled - vain.audit.handled,
    askedAgain: killed.askedAgain,
    discarded: killed.discarded.found,
    ...sum([...runs.map(({ audit }) => audit), vain.audit, killed.audit]),
    differences: differencesOf(findings),
    seconds,
  };
}

function kindsOf(poison: readonly Poison[]): PoisonProof['kinds'] {
  return Object.fromEntries(
    POISON_KINDS.map(({ name, reason, code, canBeMended }) => {
      const streams = poison.filter(({ kind }) => kind.name === name).length;
      return [name, { streams, reason, code: code ?? null, ends: canBeMended ? 're-driven' : 'discarded' }];
    }),
  );
}

function worst(runs: readonly PoisonRun[]): PoisonProof['parked'] {
  const [first] = runs.map(({ parked }) => parked).sort((a, b) => b.differences.length - a.differences.length);
  return { expected: first?.expected ?? 0, found: first?.found ?? 0 };
}

function sum(audits: readonly SightingsAudit[]): Pick<PoisonProof, 'missing' | 'doubled' | 'outOfOrder' | 'unexpected'> {
  const total = (name: keyof SightingsAudit): number => audits.reduce((so, audit) => so + audit[name], 0);
  return { missing: total('missing'), doubled: total('doubled'), outOfOrder: total('outOfOrder'), unexpected: total('unexpected') };
}

function differencesOf({ clean, poisoned, vain, killed }: PoisonFindings): readonly string[] {
  const found = [
    ...[...clean, ...poisoned].map(({ parked }, at) => ({ of: at < clean.length ? 'clean run' : 'poisoned run', ...parked })),
    { of: 're-drive with the code as it was', ...vain.parked },
    { of: 'discards', ...killed.discarded },
  ];
  return found.flatMap(({ of, differences }) => differences.slice(0, MAX_DIFFERENCES).map((each) => `${of}: ${each}`));
}

function medianMs(runs: readonly PoisonRun[]): number {
  const sorted = runs.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
