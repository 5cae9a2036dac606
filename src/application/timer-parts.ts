import type { AppendResult } from '../event-store/append.js';
import { TASK_ENQUEUED } from '../messages/framework/task-events.js';
import { enqueuing } from '../queues/outgoing-tasks.js';
import { uuidV7 } from '../support/uuid-v7.js';
import { OutgoingTimers } from '../timers/outgoing-timers.js';
import { StoreClock } from '../timers/store-clock.js';
import { TimerEngine } from '../timers/timer-engine.js';
import { timerShardsOf } from '../timers/timer-entry.js';
import { Timers } from '../timers/timers.js';
import type { AppEngine } from './app-engine.js';
import { contextIn } from './context-in.js';
import type { ProcessParts } from './engine-parts.js';

/** Everything of one process about timers. */
export interface TimerParts {
  /** What fires them; none without the role `timers`. */
  readonly engines: readonly AppEngine[];
  /** What is scheduled from outside of handlers. */
  readonly timers: Timers;
  /** What handlers schedule in their commits. */
  readonly outgoing: OutgoingTimers;
}

/** `onAppended` is told of messages that were appended. Throws `OPTION_INVALID`. */
export function createTimerParts(parts: ProcessParts, onAppended: (result: AppendResult) => void): TimerParts {
  const { composition, owner, registry, store, environment, options, telemetry } = parts;
  const { clock, random, logger } = environment;
  const storeClock = new StoreClock(clock);
  const engine = new TimerEngine({
    ...options.timers,
    store,
    owner,
    clock,
    random,
    logger,
    storeClock,
    effects: new Map([[TASK_ENQUEUED, enqueuing]]),
    onFired: onAppended,
    telemetry,
  });
  const isHere = composition.roles.has('timers');
  const onScheduled = (dueAtMs: number): void => engine.nudge(dueAtMs);
  const common = { events: registry.events, source: composition.name, ...(isHere && { onScheduled }) };
  return {
    engines: isHere ? [engine] : [],
    timers: new Timers({ ...common, store, storeClock, ids: options.ids ?? uuidV7(), context: () => contextIn(telemetry) }),
    outgoing: new OutgoingTimers({ ...common, shards: timerShardsOf(store.shardCount), now: () => storeClock.now() }),
  };
}
