import { defineProcessManager, type ProcessContext, type ProcessDefinition } from 'eventspan';
import { Book, Booked, STEPS, TripOverdue, TripRequested, Undo, type Fate, type Step } from './trip-domain.js';

export const TRIP = 'trip';

/** A day: only what waits for a reply that never comes is in a hurry. */
const PATIENCE_MS = 86_400_000;

interface TripState {
  readonly fate: Fate;
  /** The step whose reply is awaited. */
  readonly step: Step;
}

/** Books step by step; what it has booked is undone when a step is refused, or when the whole takes too long. */
export function tripProcess(overdueMs: number): ProcessDefinition {
  return defineProcessManager<TripState>({
    name: TRIP,
    initialState: () => ({ fate: {}, step: STEPS[0] }),
    correlate: (message: { readonly tripId: string }) => message.tripId,
    startsOn: (on) => [
      on(TripRequested, ({ tripId, fate }, context) => {
        context.schedule(new TripOverdue(tripId), { in: fate.mute === undefined ? PATIENCE_MS : overdueMs });
        book(tripId, { fate, step: STEPS[0] }, context);
        return { fate, step: STEPS[0] };
      }),
    ],
    on: (on) => [
      on(Booked, ({ tripId, step }, context) => {
        // A reply that comes again finds the process a step further.
        if (step !== context.state.step) return;
        const next = STEPS[STEPS.indexOf(step) + 1];
        if (next === undefined) return context.complete();
        const state = { ...context.state, step: next };
        book(tripId, state, context);
        return state;
      }),
      on(TripOverdue, (_, { compensate }) => compensate('it takes too long')),
    ],
  });
}

function book(tripId: string, { fate, step }: TripState, { send }: ProcessContext<TripState>): void {
  send(new Book(tripId, step, fate), { compensateWith: new Undo(tripId, step, fate) });
}
