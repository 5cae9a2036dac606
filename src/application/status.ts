import type { CommandStatistics } from '../command-handling/command-statistics.js';
import type { ProjectionStatus } from '../projections/projection-engine.js';
import type { RebuildProgress } from '../projections/rebuild/rebuild-progress.js';
import type { RelayStatus } from '../relay/relay-status.js';

/** `open`: commands may be executed. `running`: relay and projections run too. */
export type AppState = 'open' | 'running' | 'stopping' | 'stopped';

/** A projection that this process maintains, and the rebuild of its projector, as of the last look at the rows. */
export interface AppProjectionStatus extends ProjectionStatus {
  readonly rebuild?: RebuildProgress;
}

/** What an application is doing. Plain data, fit for JSON. */
export interface AppStatus {
  readonly state: AppState;
  readonly name: string;
  readonly owner: string;
  readonly store: string;
  readonly transport?: string;
  /** Absent without the role `commands`. */
  readonly commands?: CommandStatistics & { readonly inFlight: number };
  /** Absent without the role `relay`. */
  readonly relay?: RelayStatus;
  /** One entry a generation that is maintained here; empty before `start` and without the role `projectors`. */
  readonly projections: readonly AppProjectionStatus[];
  /** Consumers, process managers, timers and the like, by name; each as its own documentation says. */
  readonly engines: Readonly<Record<string, object>>;
  /** Requests sent to store and transport, by caller and method. */
  readonly rpcs: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
