import { counterTable, On, Projector, readModelTable, type ProjectionContext } from 'eventspan';
import { applicationOf } from '../application/application-of.js';
import { ApplicationCancelled, ApplicationDeclined, ApplicationSubmitted, LoanApproved } from '../application/events.js';
import type { Step } from '../step.js';
import { WorkCompleted, WorkScheduled, WorkStarted } from '../work-item/work-item.js';

/** Names of the tables, also for those who read them. */
export const APPLICATION_TIMES = 'application_times';
export const DECISION_DAYS = 'decision_days';
export const WORK_TIMES = 'work_times';
export const WORK_TOTALS = 'work_totals';

const DAY_MS = 86_400_000;

const applicationTimes = readModelTable(APPLICATION_TIMES, {
  key: ['application'],
  columns: { application: 'string', submitted_at: 'timestamp', decided_ms: 'integer' },
});

/** How many applications were decided within how many whole days. */
const decisionDays = counterTable(DECISION_DAYS, { key: { decision: 'string', days: 'integer' }, counters: ['n'] });

const workTimes = readModelTable(WORK_TIMES, {
  key: ['application', 'kind'],
  columns: {
    application: 'string',
    kind: 'string',
    scheduled: 'integer',
    started: 'integer',
    completed: 'integer',
    /** Clerks at work now. */
    at_work: 'integer',
    /** Since when somebody has been at work. */
    busy_since: 'timestamp',
    /** How long somebody was at work, in all. */
    worked_ms: 'integer',
  },
});

const workTotals = counterTable(WORK_TOTALS, { key: { kind: 'string' }, counters: ['spells', 'worked_ms'] });

/**
 * How long things take: from submission to decision, and at work on each item. Rows belong to one stream each; the sums over
 * all applications are counters. A spell of work lasts from the first clerk's start until nobody is at work any more.
 */
@Projector('process-times', { rows: 'stream', tables: [applicationTimes, decisionDays, workTimes, workTotals] })
export class ProcessTimes {
  @On(ApplicationSubmitted)
  submitted({ at }: ApplicationSubmitted, { view, streamId }: ProjectionContext): void {
    view.insert(APPLICATION_TIMES, { application: applicationOf(streamId), submitted_at: new Date(at), decided_ms: null });
  }

  @On(ApplicationCancelled)
  async cancelled(step: ApplicationCancelled, context: ProjectionContext): Promise<void> {
    await this.decided('cancelled', step, context);
  }

  @On(ApplicationDeclined)
  async declined(step: ApplicationDeclined, context: ProjectionContext): Promise<void> {
    await this.decided('declined', step, context);
  }

  @On(LoanApproved)
  async approved(step: LoanApproved, context: ProjectionContext): Promise<void> {
    await this.decided('approved', step, context);
  }

  @On(WorkScheduled)
  async scheduled({ application, kind }: WorkScheduled, { view }: ProjectionContext): Promise<void> {
    const row = await this.workRow({ application, kind }, view);
    view.upsert(WORK_TIMES, { ...row, scheduled: row.scheduled + 1 });
  }

  @On(WorkStarted)
  async started({ application, kind, at }: WorkStarted, { view }: ProjectionContext): Promise<void> {
    const row = await this.workRow({ application, kind }, view);
    const busySince = row.busy_since ?? new Date(at);
    view.upsert(WORK_TIMES, { ...row, started: row.started + 1, at_work: row.at_work + 1, busy_since: busySince });
  }

  @On(WorkCompleted)
  async completed({ application, kind, at }: WorkCompleted, { view }: ProjectionContext): Promise<void> {
    const row = await this.workRow({ application, kind }, view);
    const completed = row.completed + 1;
    if (row.busy_since === null || row.at_work > 1) {
      view.upsert(WORK_TIMES, { ...row, completed, at_work: Math.max(0, row.at_work - 1) });
      return;
    }
    const spell = Date.parse(at) - row.busy_since.getTime();
    view.upsert(WORK_TIMES, { ...row, completed, at_work: 0, busy_since: null, worked_ms: row.worked_ms + spell });
    view.increment(WORK_TOTALS, { kind }, { spells: 1, worked_ms: spell });
  }

  private async decided(decision: string, { at }: Step, { view, streamId }: ProjectionContext): Promise<void> {
    const application = applicationOf(streamId);
    const row = await view.get(APPLICATION_TIMES, { application });
    const { submitted_at: submittedAt } = row as { readonly submitted_at: Date };
    const elapsed = Date.parse(at) - submittedAt.getTime();
    view.update(APPLICATION_TIMES, { application, decided_ms: elapsed });
    view.increment(DECISION_DAYS, { decision, days: Math.floor(elapsed / DAY_MS) }, { n: 1 });
  }

  private async workRow(key: { application: string; kind: string }, view: ProjectionContext['view']): Promise<WorkRow> {
    const row = await view.get(WORK_TIMES, key);
    return (row as WorkRow | undefined) ?? { ...key, ...NOTHING_YET };
  }
}

/** A row of `work_times`. */
interface WorkRow {
  readonly application: string;
  readonly kind: string;
  readonly scheduled: number;
  readonly started: number;
  readonly completed: number;
  readonly at_work: number;
  readonly busy_since: Date | null;
  readonly worked_ms: number;
  readonly [column: string]: unknown;
}

const NOTHING_YET = { scheduled: 0, started: 0, completed: 0, at_work: 0, busy_since: null, worked_ms: 0 };
