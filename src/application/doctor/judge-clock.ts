import type { Finding } from '../../support/finding.js';

const WARN_MS = 1_000;
const FAIL_MS = 10_000;

/** The machine's clock against the store's: `aheadMs` of the machine, known to within `unsureMs`. Pure. */
export function judgeClock(aheadMs: number, unsureMs: number): Finding {
  const off = Math.max(0, Math.abs(aheadMs) - unsureMs);
  const way = aheadMs > 0 ? 'ahead of' : 'behind';
  const message =
    off === 0 ? "the machine's clock agrees with the store's" : `the machine's clock is ${Math.round(off)} ms ${way} the store's`;
  if (off <= WARN_MS) return { check: 'clock', level: 'ok', message };
  const todo = 'Set the clock by NTP. Leases are judged by the store alone, but times in metadata and of timers are as wrong as the clock.';
  return { check: 'clock', level: off <= FAIL_MS ? 'warn' : 'fail', message, todo };
}
