import type { Clock } from '../support/clock.js';
import { formatMicros, nextCommitMicros } from '../event-store/commit-time.js';
import type { SqliteConnection, SqliteStatement, SqlRow, SqlTuple, SqlValue } from './driver.js';
import { toStoreError } from './errors.js';

/** Statements kept prepared; those of read models depend on which columns a handler sets, so there is a bound. */
const MAX_STATEMENTS = 500;

/** A connection with its prepared statements and the store's time. */
export class SqliteDatabase {
  private readonly statements = new Map<string, SqliteStatement>();

  constructor(
    private readonly connection: SqliteConnection,
    private readonly clock: Clock,
  ) {}

  run(sql: string, values: readonly SqlValue[] = []): number {
    return this.statement(sql).run(values);
  }

  get(sql: string, values: readonly SqlValue[] = []): SqlRow | undefined {
    return this.statement(sql).get(values);
  }

  all(sql: string, values: readonly SqlValue[] = []): readonly SqlRow[] {
    return this.statement(sql).all(values);
  }

  tuples(sql: string, values: readonly SqlValue[] = []): readonly SqlTuple[] {
    return this.statement(sql).tuples(values);
  }

  exec(sql: string): void {
    this.connection.exec(sql);
  }

  /** Runs `work` on one state of the database, whatever other processes write meanwhile. */
  read<T>(operation: string, work: () => T): T {
    try {
      this.exec('BEGIN');
      try {
        return work();
      } finally {
        this.exec('COMMIT');
      }
    } catch (error) {
      throw toStoreError(error, operation);
    }
  }

  /**
   * The time of a commit; only inside a write transaction. It is above every time given before by any process: the last one is
   * in the database, and the transaction holds the only write lock. The next writer begins after this one's COMMIT, so commits
   * become visible in the order of their times, and no position can appear behind one that has been read.
   */
  nextCommitTime(): string {
    const micros = nextCommitMicros(this.clock.now(), this.lastMicros());
    this.run('UPDATE settings SET last_micros = ?', [micros]);
    return formatMicros(micros);
  }

  /** The clock's time, or the last commit's where the clock is behind it. */
  now(): string {
    return formatMicros(Math.max(nextCommitMicros(this.clock.now(), 0), this.lastMicros()));
  }

  /** {@link now}, kept in the database so that every later commit is after it; only inside a write transaction. */
  lastingNow(): string {
    const micros = Math.max(nextCommitMicros(this.clock.now(), 0), this.lastMicros());
    this.run('UPDATE settings SET last_micros = ?', [micros]);
    return formatMicros(micros);
  }

  /** Later commits get times after this one; only inside a write transaction. */
  passTime(micros: number): void {
    if (micros > this.lastMicros()) this.run('UPDATE settings SET last_micros = ?', [micros]);
  }

  close(): void {
    this.statements.clear();
    this.connection.close();
  }

  private lastMicros(): number {
    return this.get('SELECT last_micros FROM settings')?.['last_micros'] as number;
  }

  private statement(sql: string): SqliteStatement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    if (this.statements.size >= MAX_STATEMENTS) this.statements.clear();
    const statement = this.connection.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}
