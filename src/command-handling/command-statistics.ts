/** Counts since the bus was made. */
export interface CommandStatistics {
  /** Commands that ended with a result, repeats included. */
  readonly executed: number;
  /** Commands whose `commandId` had taken effect before. */
  readonly repeated: number;
  /** Commands that ended with an error: refused, aborted, conflicted, unknown. */
  readonly failed: number;
  /** Appends that met another writer. */
  readonly conflicts: number;
  /** Decisions made again after a conflict. */
  readonly retries: number;
  /** Commands that found their aggregate in the cache. */
  readonly cacheHits: number;
}

/** {@link CommandStatistics} while they are counted. */
export class CommandCounters implements CommandStatistics {
  executed = 0;
  repeated = 0;
  failed = 0;
  conflicts = 0;
  retries = 0;
  cacheHits = 0;

  snapshot(): CommandStatistics {
    const { executed, repeated, failed, conflicts, retries, cacheHits } = this;
    return { executed, repeated, failed, conflicts, retries, cacheHits };
  }
}
