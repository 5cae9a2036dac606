import type { EventStore, Position, StoredEvent } from 'eventspan';

/** One row of the loan book, counted from the log. */
export interface FoldedLoan {
  readonly amount: number;
  readonly submittedMs: number;
  status: string;
  decidedMs: number | null;
  offers: number;
  clerk: string | null;
}

/** One work item, counted from the log. */
export interface FoldedWork {
  readonly kind: string;
  scheduled: number;
  started: number;
  completed: number;
  atWork: number;
  busySince: number | null;
  workedMs: number;
}

/** Fields of the payloads that are looked at. */
interface Payload {
  readonly at: string;
  readonly clerk?: string;
  readonly amount?: number;
  readonly application?: string;
  readonly kind?: string;
}

const PAGE = 1_000;

/** Wire name to activity: written out again, so that a mistake in the projectors is not repeated here. */
const ACTIVITY_OF = new Map<string, string>(
  Object.entries({
    'application.submitted': 'A_SUBMITTED',
    'application.partly-submitted': 'A_PARTLYSUBMITTED',
    'application.preaccepted': 'A_PREACCEPTED',
    'application.accepted': 'A_ACCEPTED',
    'application.finalized': 'A_FINALIZED',
    'application.cancelled': 'A_CANCELLED',
    'application.declined': 'A_DECLINED',
    'loan.registered': 'A_REGISTERED',
    'loan.approved': 'A_APPROVED',
    'loan.activated': 'A_ACTIVATED',
    'offer.selected': 'O_SELECTED',
    'offer.created': 'O_CREATED',
    'offer.sent': 'O_SENT',
    'offer.sent-back': 'O_SENT_BACK',
    'offer.cancelled': 'O_CANCELLED',
    'offer.accepted': 'O_ACCEPTED',
    'offer.declined': 'O_DECLINED',
  }),
);
const TRANSITION_OF = new Map([
  ['work.scheduled', 'SCHEDULE'],
  ['work.started', 'START'],
  ['work.completed', 'COMPLETE'],
]);
const DECISIONS = new Set(['application.cancelled', 'application.declined', 'loan.approved']);

/**
 * Everything the read models should say, counted from the store's log without them: shard by shard, by wire names and raw JSON.
 */
export class LogFold {
  events = 0;
  /** By activity. */
  readonly activities = new Map<string, number>();
  /** By `activity/transition`. */
  readonly transitions = new Map<string, number>();
  readonly loans = new Map<string, FoldedLoan>();
  /** By `application/kind`. */
  readonly work = new Map<string, FoldedWork>();
  /** By `decision/days`. */
  readonly decisionDays = new Map<string, number>();
  /** By kind: spells of work, and their milliseconds. */
  readonly workTotals = new Map<string, { spells: number; workedMs: number }>();
  /** Where each shard's log ends. */
  readonly ends = new Map<number, Position>();

  static async of(store: EventStore): Promise<LogFold> {
    const fold = new LogFold();
    for await (const event of everyEvent(store)) fold.add(event);
    return fold;
  }

  private add(event: StoredEvent): void {
    const payload = JSON.parse(event.data) as Payload;
    this.events++;
    this.ends.set(event.shard, event.position);
    const transition = TRANSITION_OF.get(event.type);
    const activity = transition === undefined ? ACTIVITY_OF.get(event.type) : `W_${payload.kind}`;
    if (activity === undefined) throw new Error(`The log has an event called ${event.type}, which is none of the loan process.`);
    addTo(this.activities, activity);
    addTo(this.transitions, `${activity}/${transition ?? 'COMPLETE'}`);
    if (transition === undefined) this.addLoanStep(event, payload);
    else this.addWorkStep(transition, payload);
  }

  private addLoanStep({ type, streamId }: StoredEvent, { at, amount, clerk }: Payload): void {
    const application = applicationOfStream(streamId);
    if (type === 'application.submitted') {
      const submittedMs = Date.parse(at);
      this.loans.set(application, { amount: amount ?? 0, submittedMs, status: 'submitted', decidedMs: null, offers: 0, clerk: null });
    }
    const loan = this.loans.get(application);
    if (loan === undefined) throw new Error(`The log of ${streamId} does not begin with its submission.`);
    if (clerk !== undefined) loan.clerk = clerk;
    if (type === 'offer.sent') loan.offers++;
    if (!type.startsWith('offer.')) loan.status = type.slice(type.indexOf('.') + 1).replace('-', ' ');
    if (DECISIONS.has(type)) this.decide(loan, Date.parse(at));
  }

  private decide(loan: FoldedLoan, atMs: number): void {
    loan.decidedMs = atMs;
    addTo(this.decisionDays, `${loan.status}/${Math.floor((atMs - loan.submittedMs) / 86_400_000)}`);
  }

  private addWorkStep(transition: string, { application, kind = '', at }: Payload): void {
    const key = `${application}/${kind}`;
    const work = this.work.get(key) ?? { kind, scheduled: 0, started: 0, completed: 0, atWork: 0, busySince: null, workedMs: 0 };
    this.work.set(key, work);
    if (transition === 'SCHEDULE') work.scheduled++;
    else if (transition === 'START') startWork(work, Date.parse(at));
    else this.completeWork(work, Date.parse(at));
  }

  private completeWork(work: FoldedWork, atMs: number): void {
    work.completed++;
    if (work.atWork > 0) work.atWork--;
    if (work.atWork > 0 || work.busySince === null) return;
    const spell = atMs - work.busySince;
    work.busySince = null;
    work.workedMs += spell;
    const total = this.workTotals.get(work.kind) ?? { spells: 0, workedMs: 0 };
    this.workTotals.set(work.kind, { spells: total.spells + 1, workedMs: total.workedMs + spell });
  }
}

/** How many records of each application are in the store. */
export async function countRecords(store: EventStore): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for await (const { streamId } of everyEvent(store)) addTo(counts, applicationOfStream(streamId));
  return counts;
}

/** Every event, one shard after another. */
async function* everyEvent(store: EventStore): AsyncGenerator<StoredEvent> {
  for (let shard = 0; shard < store.shardCount; shard++) {
    let after: Position | undefined;
    for (;;) {
      const page = await store.readShards([{ shard, ...(after !== undefined && { after }) }], { limit: PAGE });
      yield* page;
      if (page.length < PAGE) break;
      after = page.at(-1)?.position;
    }
  }
}

/** `application-173688`, `work-173688.nabellen-offertes` */
function applicationOfStream(streamId: string): string {
  return streamId.slice(streamId.indexOf('-') + 1).split('.', 1)[0] ?? '';
}

function startWork(work: FoldedWork, atMs: number): void {
  work.started++;
  work.atWork++;
  work.busySince ??= atMs;
}

function addTo(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
