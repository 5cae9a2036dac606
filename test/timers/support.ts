import { Event, Eventspan, memory, type EventspanOptions, type StoreProvider } from 'eventspan';
import { FakeClock, sequentialIds } from 'eventspan/testing';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import { seededRandom } from '../../src/support/random.js';

@Event('reminder.due', { version: 2, oldestVersion: 2 })
export class ReminderDue {
  constructor(readonly what: string) {}
}

/** An application with timers alone, on a clock that the test moves. */
export interface TimersUnderTest {
  readonly app: Eventspan;
  readonly clock: FakeClock;
  readonly store: StoreProvider;
}

let opened = 0;

/** Looks are far apart, so that days pass quickly. */
export async function openTimers(options: Partial<EventspanOptions> & { readonly clock?: FakeClock } = {}): Promise<TimersUnderTest> {
  const { clock = new FakeClock(), store = memory() } = options;
  const app = await Eventspan.open({
    roles: ['timers'],
    owner: `process-${++opened}`,
    timers: { pollMs: 60_000, leaseMs: 600_000 },
    events: [ReminderDue],
    ids: sequentialIds(),
    random: seededRandom(5),
    ...options,
    store,
    clock,
  });
  return { app, clock, store };
}

/** Messages of timers in the order of the log. */
export async function firedMessages(app: Eventspan): Promise<readonly StoredEvent[]> {
  const ranges = Array.from({ length: app.store.shardCount }, (_, shard) => ({ shard }));
  const events = await app.store.readShards(ranges, { limit: 10_000 });
  return events.filter(({ streamId }) => streamId.startsWith('eventspan.timer-')).toSorted((a, b) => (a.position < b.position ? -1 : 1));
}

/** What fired and when, in milliseconds since the clock's beginning. */
export async function firedAt(app: Eventspan, startMs = Date.UTC(2026, 0, 1)): Promise<readonly (readonly [string, number])[]> {
  const fired = await firedMessages(app);
  return fired.map(({ data, metadata }) => {
    const { what } = JSON.parse(data) as { what: string };
    return [what, Date.parse((JSON.parse(metadata) as { time: string }).time) - startMs] as const;
  });
}
