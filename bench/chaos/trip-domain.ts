import { Aggregate, AggregateRoot, Apply, Command, Event, Handle } from 'eventspan';

/** The five services of a trip. */
export const STEPS = ['seat', 'hotel', 'car', 'guide', 'ticket'] as const;

export type Step = (typeof STEPS)[number];

/**
 * What is to go wrong with a trip: `refuse` the step that its service refuses, `mute` the step whose service does its work and never replies,
 * `stubborn` the step whose undoing is refused until an operator has seen to it.
 */
export interface Fate {
  readonly refuse?: Step;
  readonly mute?: Step;
  readonly stubborn?: Step;
}

/** A way in which a trip can go. */
export interface Branch extends Fate {
  readonly name: string;
}

@Event('trip.requested')
export class TripRequested {
  constructor(
    readonly tripId: string,
    readonly fate: Fate,
  ) {}
}

/** A service's reply. */
@Event('trip.booked')
export class Booked {
  constructor(
    readonly tripId: string,
    readonly step: Step,
  ) {}
}

/** A service has done its work, of which nobody hears. */
@Event('trip.booked-in-silence')
export class BookedInSilence {
  constructor(
    readonly tripId: string,
    readonly step: Step,
  ) {}
}

@Event('trip.undone')
export class Undone {
  constructor(
    readonly tripId: string,
    readonly step: Step,
  ) {}
}

/** The time for a trip is over. */
@Event('trip.overdue')
export class TripOverdue {
  constructor(readonly tripId: string) {}
}

@Command('trip.book', { aggregateId: (command: Book) => `${command.step}-${command.tripId}` })
export class Book {
  constructor(
    readonly tripId: string,
    readonly step: Step,
    readonly fate: Fate,
  ) {}
}

@Command('trip.undo', { aggregateId: (command: Undo) => `${command.step}-${command.tripId}` })
export class Undo {
  constructor(
    readonly tripId: string,
    readonly step: Step,
    readonly fate: Fate,
  ) {}
}

/** Whether an operator has seen to a stubborn trip; of this process. */
export const mended = new Set<string>();

/** A service's share of a trip. It does what it is told as often as it is told, so that every repeat shows. */
@Aggregate('booking')
export class Booking extends AggregateRoot {
  @Handle(Book, { stream: 'any' })
  protected book({ tripId, step, fate }: Book): void {
    if (fate.refuse === step) throw new Error(`no ${step}`);
    this.record(fate.mute === step ? new BookedInSilence(tripId, step) : new Booked(tripId, step));
  }

  @Handle(Undo, { stream: 'any' })
  protected undo({ tripId, step, fate }: Undo): void {
    if (fate.stubborn === step && !mended.has(tripId)) throw new Error(`the ${step} cannot be undone`);
    this.record(new Undone(tripId, step));
  }

  @Apply(Booked)
  protected onBooked(): void {}

  @Apply(BookedInSilence)
  protected onBookedInSilence(): void {}

  @Apply(Undone)
  protected onUndone(): void {}
}

const LAST = STEPS[STEPS.length - 1] as Step;

/** Every way in which a trip can go. */
export const BRANCHES: readonly Branch[] = [
  { name: 'happy' },
  ...STEPS.map((step) => ({ name: `${step} refused`, refuse: step })),
  ...STEPS.map((step) => ({ name: `${step} times out`, mute: step })),
  ...STEPS.slice(0, -1).map((step) => ({ name: `${LAST} refused, ${step} not undone at first`, refuse: LAST, stubborn: step })),
];

/** Steps that take effect in a branch, in order; all are undone, newest first, where it is not the happy one. */
export function effectsOf({ refuse, mute }: Fate): readonly Step[] {
  if (refuse !== undefined) return STEPS.slice(0, STEPS.indexOf(refuse));
  return mute === undefined ? STEPS : STEPS.slice(0, STEPS.indexOf(mute) + 1);
}

export function isHappy({ refuse, mute }: Fate): boolean {
  return refuse === undefined && mute === undefined;
}
