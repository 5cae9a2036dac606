import type { Finding } from '../../support/finding.js';

/** One shard of a consumer of the log, by the store's clock. */
export interface ShardFacts {
  readonly shard: number;
  /** Empty: nobody holds it. */
  readonly owner: string;
  /** Since it was last renewed; absent where it was never held. */
  readonly leaseAgeMs?: number;
  /** How long the first event waits that the cursor has not passed; absent where none does. */
  readonly waitingMs?: number;
}

/** Events that wait so long have been forgotten: engines look at the log every second or so. */
const STUCK_MS = 60_000;
/** The longest lease that engines have by default, three times. */
const DEAD_MS = 30_000;
const SHOWN_SHARDS = 8;

/** Whether a consumer goes on. Pure. */
export function judgeConsumer(consumer: string, shards: readonly ShardFacts[], leaseMs: number = DEAD_MS / 3): Finding {
  const check = `consumer.${consumer}`;
  const isDead = ({ owner, leaseAgeMs = 0 }: ShardFacts): boolean => owner !== '' && leaseAgeMs > Math.max(DEAD_MS, 3 * leaseMs);
  const isAlive = (facts: ShardFacts): boolean => facts.owner !== '' && !isDead(facts);
  const stuck = shards.filter(({ waitingMs = 0 }) => waitingMs > STUCK_MS);
  const left = stuck.filter((facts) => !isAlive(facts));
  if (left.length > 0) {
    const owners = [...new Set(left.filter(isDead).map(({ owner }) => owner))];
    const who = owners.length === 0 ? 'nobody holds them' : `held by ${owners.join(', ')}, which ended without giving them back`;
    const message = `${shardsText(left)} stand still, the first event since ${secondsText(left)} s: ${who}`;
    return {
      check,
      level: 'fail',
      message,
      todo: 'Start a process with its role; it takes the shards at once where their leases are over.',
    };
  }
  if (stuck.length > 0) {
    const message = `${shardsText(stuck)} are behind by ${secondsText(stuck)} s, and are worked on`;
    return {
      check,
      level: 'warn',
      message,
      todo: 'Look at app.status() for what it waits for or tries again, and whether one process is enough.',
    };
  }
  const dead = shards.filter(isDead);
  if (dead.length > 0) {
    const message = `nothing waits; ${shardsText(dead)} are held by processes that ended without giving them back`;
    return { check, level: 'warn', message, todo: 'Nothing, if no process should be running: the next one takes them.' };
  }
  const held = shards.filter(isAlive).length;
  return {
    check,
    level: 'ok',
    message: held === 0 ? 'nothing waits; nobody holds a shard' : `up to date; ${held} of ${shards.length} shards held`,
  };
}

function shardsText(shards: readonly ShardFacts[]): string {
  const numbers = shards.slice(0, SHOWN_SHARDS).map(({ shard }) => shard);
  return `${shards.length} shards (${numbers.join(', ')}${shards.length > SHOWN_SHARDS ? ', ...' : ''})`;
}

function secondsText(shards: readonly ShardFacts[]): number {
  return Math.round(Math.max(...shards.map(({ waitingMs = 0 }) => waitingMs)) / 1_000);
}
