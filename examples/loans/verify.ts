import { isEventspanError, type Eventspan, type Row, type ShardPositions } from 'eventspan';
import { Findings } from './findings.js';
import { LogFold, type FoldedLoan, type FoldedWork } from './log-fold.js';
import { PROJECTORS } from './loans-app.js';
import { LOAN_BOOK } from './read-models/loan-book.js';
import { APPLICATION_TIMES, DECISION_DAYS, WORK_TIMES, WORK_TOTALS } from './read-models/process-times.js';

/** What the comparison of read models and log came to. */
export interface Verification {
  readonly events: number;
  readonly applications: number;
  /** By activity, from the read model. */
  readonly counts: Readonly<Record<string, number>>;
  /** Empty when everything is equal; else the first of the differences, in words. */
  readonly differences: readonly string[];
}

/** Longer than a lease, which a process that was killed may leave behind. */
const STANDSTILL_MS = 30_000;

/**
 * Counts the store's log independently, waits until the projections have seen all of it, and compares them row by row.
 * Throws `CATCH_UP_TIMED_OUT` when a projection has stood still for 30 seconds.
 */
export async function verify(app: Eventspan, records: number): Promise<Verification> {
  const fold = await LogFold.of(app.store);
  for (const projector of PROJECTORS) await caughtUp(app, projector, fold.ends);
  const findings = new Findings();
  if (fold.events !== records) findings.add(`the log holds ${fold.events} events and the input ${records} records`);
  const counts = await compareCounts(app, fold, findings);
  await compareLoanBook(app, fold, findings);
  await compareTimes(app, fold, findings);
  return { events: fold.events, applications: fold.loans.size, counts, differences: findings.differences };
}

/** However far the projection is behind: as long as it moves, it is waited for. */
async function caughtUp(app: Eventspan, projector: string, ends: ShardPositions): Promise<void> {
  for (;;) {
    const before = placeOf(app, projector);
    try {
      await app.caughtUp(projector, ends, { timeoutMs: STANDSTILL_MS });
      return;
    } catch (error) {
      if (!isEventspanError(error, 'CATCH_UP_TIMED_OUT') || placeOf(app, projector) === before) throw error;
    }
  }
}

function placeOf(app: Eventspan, projector: string): string {
  const projection = app.status().projections.find(({ name }) => name === projector);
  return JSON.stringify(projection?.shards.map(({ position }) => position));
}

async function compareCounts(app: Eventspan, fold: LogFold, findings: Findings): Promise<Record<string, number>> {
  const model = app.readModel('activity-counts');
  const activities = await model.all('activity_counts');
  const transitions = await model.all('transition_counts');
  findings.compare('activity_counts', fold.activities, new Map(activities.map((row) => [text(row, 'activity'), row['n']])));
  findings.compare(
    'transition_counts',
    fold.transitions,
    new Map(transitions.map((row) => [`${text(row, 'activity')}/${text(row, 'transition')}`, row['n']])),
  );
  return Object.fromEntries(activities.map((row) => [text(row, 'activity'), Number(row['n'])]));
}

async function compareLoanBook(app: Eventspan, fold: LogFold, findings: Findings): Promise<void> {
  const seen = new Set<string>();
  for await (const { application, ...row } of app.readModel('loan-book').scan(LOAN_BOOK)) {
    seen.add(String(application));
    const loan = fold.loans.get(String(application));
    findings.equal(`${LOAN_BOOK} ${String(application)}`, loan && expectedLoan(loan), row);
  }
  findings.complete(LOAN_BOOK, fold.loans.keys(), seen);
}

async function compareTimes(app: Eventspan, fold: LogFold, findings: Findings): Promise<void> {
  const model = app.readModel('process-times');
  await compareApplicationTimes(model.scan(APPLICATION_TIMES), fold, findings);
  await compareWorkTimes(model.scan(WORK_TIMES), fold, findings);
  const days = await model.all(DECISION_DAYS);
  findings.compare(
    DECISION_DAYS,
    fold.decisionDays,
    new Map(days.map((row) => [`${text(row, 'decision')}/${Number(row['days'])}`, row['n']])),
  );
  const totals = await model.all(WORK_TOTALS);
  findings.compare(
    WORK_TOTALS,
    fold.workTotals,
    new Map(totals.map((row) => [text(row, 'kind'), { spells: row['spells'], workedMs: row['worked_ms'] }])),
  );
}

async function compareApplicationTimes(rows: AsyncIterable<Row>, fold: LogFold, findings: Findings): Promise<void> {
  const seen = new Set<string>();
  for await (const { application, ...row } of rows) {
    seen.add(String(application));
    const loan = fold.loans.get(String(application));
    const expected = loan && {
      submitted_at: new Date(loan.submittedMs),
      decided_ms: loan.decidedMs === null ? null : loan.decidedMs - loan.submittedMs,
    };
    findings.equal(`${APPLICATION_TIMES} ${String(application)}`, expected, row);
  }
  findings.complete(APPLICATION_TIMES, fold.loans.keys(), seen);
}

async function compareWorkTimes(rows: AsyncIterable<Row>, fold: LogFold, findings: Findings): Promise<void> {
  const seen = new Set<string>();
  for await (const { application, kind, ...row } of rows) {
    const key = `${String(application)}/${String(kind)}`;
    seen.add(key);
    const work = fold.work.get(key);
    findings.equal(`${WORK_TIMES} ${key}`, work && expectedWork(work), row);
  }
  findings.complete(WORK_TIMES, fold.work.keys(), seen);
}

function expectedLoan(loan: FoldedLoan): Row {
  return {
    amount: loan.amount,
    status: loan.status,
    submitted_at: new Date(loan.submittedMs),
    decided_at: loan.decidedMs === null ? null : new Date(loan.decidedMs),
    offers: loan.offers,
    clerk: loan.clerk,
  };
}

function expectedWork(work: FoldedWork): Row {
  return {
    scheduled: work.scheduled,
    started: work.started,
    completed: work.completed,
    at_work: work.atWork,
    busy_since: work.busySince === null ? null : new Date(work.busySince),
    worked_ms: work.workedMs,
  };
}

function text(row: Row, column: string): string {
  return String(row[column]);
}
