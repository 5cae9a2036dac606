import type { CallGate } from '../event-store/call-gate.js';
import type { Clock } from '../support/clock.js';
import type { MemoryLog } from './log.js';

/** What the parts of an open memory store share. */
export interface MemoryContext {
  readonly log: MemoryLog;
  readonly gate: CallGate;
  readonly clock: Clock;
}
