import type { EventStore } from '../event-store/event-store.js';
import type { Clock } from '../support/clock.js';
import { messageOf } from '../support/message-of.js';
import { within } from '../support/within.js';
import type { Vitals } from '../telemetry/vitals.js';
import type { AppState } from './status.js';

/**
 * `ENGINE_STUCK`: the loop of an engine has not turned for so long that it will not by itself. `NOT_STARTED`, `STOPPING`, `STOPPED`: it does not
 * run, or not any more. `STORE_UNREACHABLE`: it did not answer a read. `TRANSPORT_UNREACHABLE`: an engine waits for it.
 */
export type HealthCode = 'ENGINE_STUCK' | 'NOT_STARTED' | 'STOPPING' | 'STOPPED' | 'STORE_UNREACHABLE' | 'TRANSPORT_UNREACHABLE';

export interface HealthReason {
  readonly code: HealthCode;
  /** For people. */
  readonly text: string;
}

export interface HealthVerdict {
  readonly ok: boolean;
  /** Why not; empty when ok. */
  readonly reasons: readonly HealthReason[];
}

/** Plain data, fit for JSON. */
export interface AppHealth {
  /** Not ok: only a new start of the process helps. What is away outside of it does not count. */
  readonly live: HealthVerdict;
  /** Ok: it can do all that its roles are for. */
  readonly ready: HealthVerdict;
}

/** What health is judged by. */
export interface HealthFacts {
  readonly state: AppState;
  readonly vitals: readonly Vitals[];
  /** Why the store did not answer, if it did not. */
  readonly storeFault: string | undefined;
  readonly nowMs: number;
}

/** A loop that waits for a store which does not answer turns in less. */
const STUCK_GRACE_MS = 60_000;
const STUCK_LEASES = 3;
const PROBE_MS = 1_000;
const PROBE_DEADLINE_MS = 2_000;
/** No append has this key. */
const PROBE_KEY = 'eventspan.health';
const STATES: Readonly<Record<Exclude<AppState, 'running'>, HealthReason>> = {
  open: { code: 'NOT_STARTED', text: 'The application is open, and `start` was not called or is not done.' },
  stopping: { code: 'STOPPING', text: 'The application is stopping.' },
  stopped: { code: 'STOPPED', text: 'The application has stopped.' },
};

/** Pure. */
export function judgeHealth({ state, vitals, storeFault, nowMs }: HealthFacts): AppHealth {
  const stuck = state === 'running' ? vitals.flatMap((each) => stuckReason(each, nowMs)) : [];
  const unready: HealthReason[] = state === 'running' ? [...stuck] : [STATES[state]];
  if (storeFault !== undefined) unready.push({ code: 'STORE_UNREACHABLE', text: `The store did not answer: ${storeFault}` });
  for (const { name, unreachable } of vitals) {
    if (unreachable !== undefined) unready.push({ code: 'TRANSPORT_UNREACHABLE', text: `${name} waits for the transport: ${unreachable}` });
  }
  return { live: verdict(stuck), ready: verdict(unready) };
}

function stuckReason({ name, turnedAt, leaseMs }: Vitals, nowMs: number): readonly HealthReason[] {
  if (turnedAt === undefined || nowMs - Date.parse(turnedAt) <= STUCK_LEASES * leaseMs + STUCK_GRACE_MS) return [];
  return [{ code: 'ENGINE_STUCK', text: `The loop of ${name} has not turned since ${turnedAt}.` }];
}

function verdict(reasons: readonly HealthReason[]): HealthVerdict {
  return { ok: reasons.length === 0, reasons };
}

/** Asks the store whether it is there: 1 Read, and none within a second of the last. */
export class StoreProbe {
  private askedAt = -Infinity;
  private answer: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  /** Why it did not answer within two seconds; undefined when it did. Never throws. */
  fault(): Promise<string | undefined> {
    const now = this.clock.now();
    if (now - this.askedAt >= PROBE_MS) {
      this.askedAt = now;
      this.answer = this.ask();
    }
    return this.answer;
  }

  private async ask(): Promise<string | undefined> {
    try {
      const asked = this.store.findAppend(PROBE_KEY, { caller: 'health', deadlineMs: PROBE_DEADLINE_MS });
      return (await within(this.clock, PROBE_DEADLINE_MS, asked)) ? undefined : `there is no answer after ${PROBE_DEADLINE_MS} ms`;
    } catch (error) {
      return messageOf(error);
    }
  }
}
