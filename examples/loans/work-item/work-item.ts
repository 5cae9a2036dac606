import { Aggregate, AggregateRoot, Apply, Command, Event, Handle } from 'eventspan';
import { must } from '../refusal.js';
import { Step } from '../step.js';

/** The kinds of work, in the bank's Dutch. */
export const WORK_KINDS = [
  'Afhandelen leads',
  'Beoordelen fraude',
  'Completeren aanvraag',
  'Nabellen incomplete dossiers',
  'Nabellen offertes',
  'Valideren aanvraag',
  'Wijzigen contractgegevens',
] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

/** Two clerks have been seen to work on the same item, never three. */
const MOST_AT_WORK = 2;

const aggregateId = (command: WorkCommand): string => `${command.application}.${command.kind.toLowerCase().replaceAll(' ', '-')}`;

/** Every command names the application, the kind of work, the time and the clerk. */
export class WorkCommand {
  constructor(
    readonly application: string,
    readonly kind: WorkKind,
    readonly at: string,
    readonly clerk?: string,
  ) {}
}

@Command('work.schedule', { aggregateId })
export class ScheduleWork extends WorkCommand {}

@Command('work.start', { aggregateId })
export class StartWork extends WorkCommand {}

@Command('work.complete', { aggregateId })
export class CompleteWork extends WorkCommand {}

/** What every event of a work item says. */
export class WorkStep extends Step {
  constructor(
    readonly application: string,
    readonly kind: WorkKind,
    at: string,
    clerk?: string,
  ) {
    super(at, clerk);
  }
}

@Event('work.scheduled')
export class WorkScheduled extends WorkStep {}

@Event('work.started')
export class WorkStarted extends WorkStep {}

@Event('work.completed')
export class WorkCompleted extends WorkStep {}

/**
 * One kind of work on one application: scheduled by the system, started and completed by clerks, often several times. An
 * aggregate of its own, since clerks work side by side and no rule ties one kind of work to another.
 *
 * An odd fact of the real log: a work item may be completed though nobody is at work on it (1,040 times).
 */
@Aggregate('work')
export class WorkItem extends AggregateRoot {
  private scheduled = false;
  private atWork = 0;

  @Handle(ScheduleWork, { stream: 'any' })
  schedule({ application, kind, at, clerk }: ScheduleWork): void {
    must(WORK_KINDS.includes(kind), `There is no work called ${kind}.`);
    this.record(new WorkScheduled(application, kind, at, clerk));
  }

  @Handle(StartWork, { stream: 'existing' })
  start({ application, kind, at, clerk }: StartWork): void {
    must(this.scheduled, 'Work must be scheduled before it starts.');
    must(this.atWork < MOST_AT_WORK, `${MOST_AT_WORK} clerks are at work on it already.`);
    this.record(new WorkStarted(application, kind, at, clerk));
  }

  @Handle(CompleteWork, { stream: 'existing' })
  complete({ application, kind, at, clerk }: CompleteWork): void {
    must(this.scheduled, 'Work must be scheduled before it is completed.');
    this.record(new WorkCompleted(application, kind, at, clerk));
  }

  @Apply(WorkScheduled)
  protected onScheduled(): void {
    this.scheduled = true;
  }

  @Apply(WorkStarted)
  protected onStarted(): void {
    this.atWork++;
  }

  @Apply(WorkCompleted)
  protected onCompleted(): void {
    this.atWork = Math.max(0, this.atWork - 1);
  }
}
