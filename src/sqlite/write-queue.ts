import { isEventspanError } from '../errors/eventspan-error.js';
import type { SqliteDatabase } from './database.js';
import { sqliteCode, toStoreError } from './errors.js';

/** Writes of one transaction at most, so that one does not hold the lock for long. */
const MAX_GROUP = 256;

/** Taken at import, so that a test runner's fake timers do not stop the store. */
const nextTurn = setImmediate;

/** A write that waits for its transaction. */
interface Waiting {
  readonly operation: string;
  readonly work: () => unknown;
  /** Makes the error of a COMMIT that may or may not have taken effect. */
  readonly unknown: (cause: unknown) => Error;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What a write did inside the transaction. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** What the queue needs to know of a write besides its work. */
export interface WriteOptions {
  readonly operation: string;
  readonly unknown: (cause: unknown) => Error;
}

/**
 * Carries writes out in transactions. Those that come in one turn of the event loop share one, so that many concurrent appends
 * cost one sync of the disk; each runs in a savepoint of its own, so that one that fails takes only itself back.
 *
 * Invariant: a write is answered after the COMMIT that holds it, and no transaction is open between two turns.
 */
export class WriteQueue {
  private waiting: Waiting[] = [];
  private isScheduled = false;

  constructor(private readonly database: SqliteDatabase) {}

  write<T>(options: WriteOptions, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...options, work, resolve: resolve as (value: unknown) => void, reject });
      this.schedule();
    });
  }

  /** Carries out what waits, at once. */
  drain(): void {
    while (this.waiting.length > 0) this.commitGroup(this.waiting.splice(0, MAX_GROUP));
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    nextTurn(() => {
      this.isScheduled = false;
      this.commitGroup(this.waiting.splice(0, MAX_GROUP));
      if (this.waiting.length > 0) this.schedule();
    });
  }

  private commitGroup(group: readonly Waiting[]): void {
    if (group.length === 0) return;
    let outcomes: readonly Outcome[];
    try {
      this.database.exec('BEGIN IMMEDIATE');
      outcomes = group.map((item) => this.attempt(item));
    } catch (error) {
      this.rollBack();
      for (const item of group) item.reject(toStoreError(error, item.operation));
      return;
    }
    const fault = this.commit();
    group.forEach((item, at) => settle(item, outcomes[at] as Outcome, fault));
  }

  /** Throws only where the transaction itself is lost, as after SQLITE_FULL: then nothing of the group is written. */
  private attempt({ work, operation }: Waiting): Outcome {
    this.database.exec('SAVEPOINT item');
    try {
      const value = work();
      this.database.exec('RELEASE item');
      return { value };
    } catch (error) {
      this.database.exec('ROLLBACK TO item; RELEASE item');
      return { error: isEventspanError(error) ? error : toStoreError(error, operation) };
    }
  }

  private commit(): { readonly error: unknown } | undefined {
    try {
      this.database.exec('COMMIT');
      return undefined;
    } catch (error) {
      this.rollBack();
      return { error };
    }
  }

  private rollBack(): void {
    try {
      this.database.exec('ROLLBACK');
    } catch {
      // There was no transaction: BEGIN failed, or SQLite has rolled back by itself. The first error is the one to report.
    }
  }
}

function settle(item: Waiting, outcome: Outcome, fault: { readonly error: unknown } | undefined): void {
  if ('error' in outcome) item.reject(outcome.error);
  else if (fault === undefined) item.resolve(outcome.value);
  else item.reject(isUndecided(fault.error) ? item.unknown(fault.error) : toStoreError(fault.error, item.operation));
}

/** After an I/O error in COMMIT the frames may have reached the file, and count once it is opened again. */
function isUndecided(error: unknown): boolean {
  return sqliteCode(error).startsWith('SQLITE_IOERR');
}
