import { Eventspan, type Clock, type StoreProvider } from 'eventspan';
import { Booking, BookedInSilence, Undone } from './trip-domain.js';
import { tripProcess } from './trip-process.js';

export interface TripAppOptions {
  readonly store: StoreProvider;
  readonly owner: string;
  readonly overdueMs: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Milliseconds after which another process takes over from one that died. */
  readonly leaseMs: number;
}

/** One process that does everything for trips: executes their commands, runs their processes, fires their timers. */
export function openTripApp({ store, owner, overdueMs, clock, leaseMs }: TripAppOptions): Promise<Eventspan> {
  // Kills are no fault of the event that they meet.
  const tuning = { leaseMs, tailCheckMs: 10, maxStarts: 100 };
  return Eventspan.open({
    store,
    owner,
    roles: ['commands', 'consumers', 'timers'],
    aggregates: [Booking],
    processManagers: [tripProcess(overdueMs)],
    events: [BookedInSilence, Undone],
    dispatch: { ...tuning, retry: { attempts: 10, initialMs: 1, maxMs: 20 } },
    processes: { ...tuning, retry: { attempts: 10, initialMs: 1, maxMs: 20 } },
    timers: { pollMs: 50, graceMs: 50, leaseMs: Math.max(1_000, leaseMs) },
    ...(clock && { clock }),
  });
}
