import type { SnapshotFault } from '../model/snapshot-fault.js';
import { systemClock, type Clock } from '../support/clock.js';
import type { Logger } from '../telemetry/logger.js';

/** Milliseconds for which one kind of warning about one aggregate is not repeated. */
const QUIET_MS = 600_000;

/** What is wrong, and with which snapshot. */
export interface SnapshotWarning<F = SnapshotFault> {
  /** The aggregate's name. */
  readonly aggregate: string;
  readonly fault: F;
  readonly streamId: string;
  /** Of the snapshot's event, where it is known. */
  readonly version?: number;
  readonly reason?: string;
}

/** Who is told of snapshots that a load passes over. */
export interface PassedOver {
  passedOver(warning: SnapshotWarning): void;
}

interface Told {
  readonly at: number;
  unsaid: number;
}

/**
 * Warns of snapshots that could not be used or taken: once for an aggregate and a fault, then at most every ten minutes, with the number of
 * those left unsaid since. After a deployment that changes a state, every stream has such a snapshot; that is one warning and no flood.
 */
export class SnapshotWarnings implements PassedOver {
  private readonly told = new Map<string, Told>();

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  /** The stream is replayed from an older snapshot or from its beginning. */
  passedOver(warning: SnapshotWarning): void {
    this.warn(warning, 'a snapshot is passed over, and the stream replayed; the next one that is due replaces it');
  }

  notTaken(warning: SnapshotWarning<'oversized' | 'not-storable'>): void {
    this.warn(warning, 'a snapshot is due and cannot be stored; none is taken');
  }

  private warn(warning: SnapshotWarning<string>, message: string): void {
    const key = `${warning.aggregate} ${warning.fault} ${message}`;
    const last = this.told.get(key);
    const now = this.clock.now();
    if (last !== undefined && now - last.at < QUIET_MS) {
      last.unsaid++;
      return;
    }
    this.told.set(key, { at: now, unsaid: 0 });
    this.logger.warn({ ...warning, ...(last && { unsaid: last.unsaid }) }, message);
  }
}
