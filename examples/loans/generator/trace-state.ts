import { WORK_KINDS, type WorkKind } from '../work-item/work-item.js';

/** What the statistics call a kind of work. */
export const WORK_CODES = new Map<string, WorkKind>(WORK_KINDS.map((kind) => [initialsOf(kind), kind]));

/** States that an activity gives the application, its offer in preparation, its live offer, or the outcome of its offers. */
const STATUS = /^A_(SUBMITTED|PARTLYSUBMITTED|PREACCEPTED|ACCEPTED|FINALIZED|CANCELLED|DECLINED)$/;
const LOAN_STEPS = ['approved', 'registered', 'activated'];
const MOST_AT_WORK = 2;

/** Where a generated application is: as much of it as decides what comes next. */
export class TraceState {
  private status = 'new';
  private preparing = '';
  private live = '';
  private outcome = '';
  private readonly loan = new Set<string>();
  private inHand = '-';
  private scheduledLast = '-';
  private readonly scheduled = new Set<string>();
  private readonly atWork = new Map<string, number>();

  /** The state's name in the statistics. */
  get key(): string {
    const loan = LOAN_STEPS.filter((step) => this.loan.has(step));
    const state = [this.status, this.preparing, this.live, this.outcome, ...loan].filter((word) => word !== '').join(' ');
    return `${state} | ${this.inHand} | ${this.scheduledLast}`;
  }

  /** What the statistics' states leave open: whether the work item itself allows it. */
  allows(activity: string): boolean {
    const work = activity.slice(1);
    if (activity.startsWith('=')) return this.scheduled.has(work);
    return !activity.startsWith('>') || (this.scheduled.has(work) && this.clerksOn(work) < MOST_AT_WORK);
  }

  /** The state after `activity`. */
  follow(activity: string): void {
    const work = activity.slice(1);
    if (activity.startsWith('+')) this.workScheduled(work);
    else if (activity.startsWith('>')) this.workStarted(work);
    else if (activity.startsWith('=')) this.workCompleted(work);
    else if (activity.startsWith('A_')) this.applicationMoved(activity);
    else this.offerMoved(activity);
  }

  private workScheduled(work: string): void {
    this.scheduled.add(work);
    this.scheduledLast = work;
  }

  private workStarted(work: string): void {
    this.atWork.set(work, this.clerksOn(work) + 1);
    this.inHand = work;
  }

  private workCompleted(work: string): void {
    this.atWork.set(work, Math.max(0, this.clerksOn(work) - 1));
    if (this.inHand === work) this.inHand = '-';
  }

  private clerksOn(work: string): number {
    return this.atWork.get(work) ?? 0;
  }

  private applicationMoved(activity: string): void {
    const name = activity.slice(2).toLowerCase();
    if (STATUS.test(activity)) this.status = name.replace('partly', 'partly-');
    else this.loan.add(name);
  }

  private offerMoved(activity: string): void {
    const step = activity.slice(2).toLowerCase().replace('_', '-');
    if (step === 'selected' || step === 'created') {
      this.preparing = step;
      return;
    }
    if (step === 'sent') this.preparing = '';
    this.live = step.startsWith('sent') ? step : '';
    if (step === 'accepted') this.outcome = 'taken';
    if (step === 'declined') this.outcome = 'refused';
  }
}

/** `Nabellen incomplete dossiers` is ND: the first and the last word. */
function initialsOf(kind: WorkKind): string {
  const words = kind.split(' ');
  return `${words[0]?.[0] ?? ''}${words.at(-1)?.[0] ?? ''}`.toUpperCase();
}
