import { counterTable, defineProjector, on, type Constructor } from 'eventspan';
import * as application from '../application/events.js';
import { WorkCompleted, WorkScheduled, WorkStarted, type WorkStep } from '../work-item/work-item.js';

/** What an event of an application or its offer is called in the log. */
const ACTIVITIES: readonly (readonly [event: Constructor, activity: string])[] = [
  [application.ApplicationSubmitted, 'A_SUBMITTED'],
  [application.ApplicationPartlySubmitted, 'A_PARTLYSUBMITTED'],
  [application.ApplicationPreaccepted, 'A_PREACCEPTED'],
  [application.ApplicationAccepted, 'A_ACCEPTED'],
  [application.ApplicationFinalized, 'A_FINALIZED'],
  [application.ApplicationCancelled, 'A_CANCELLED'],
  [application.ApplicationDeclined, 'A_DECLINED'],
  [application.LoanRegistered, 'A_REGISTERED'],
  [application.LoanApproved, 'A_APPROVED'],
  [application.LoanActivated, 'A_ACTIVATED'],
  [application.OfferSelected, 'O_SELECTED'],
  [application.OfferCreated, 'O_CREATED'],
  [application.OfferSent, 'O_SENT'],
  [application.OfferSentBack, 'O_SENT_BACK'],
  [application.OfferCancelled, 'O_CANCELLED'],
  [application.OfferAccepted, 'O_ACCEPTED'],
  [application.OfferDeclined, 'O_DECLINED'],
];

const WORK_TRANSITIONS: readonly (readonly [event: Constructor<WorkStep>, transition: string])[] = [
  [WorkScheduled, 'SCHEDULE'],
  [WorkStarted, 'START'],
  [WorkCompleted, 'COMPLETE'],
];

/**
 * How often each activity was done, and each transition of it. Counters, since every application adds to the same few rows:
 * each shard keeps its own partial, so that shards never wait for each other and a batch is one blind commit. Plain functions
 * instead of a decorated class, since all handlers are alike.
 */
export const activityCounts = defineProjector({
  name: 'activity-counts',
  rows: 'stream',
  tables: [
    counterTable('activity_counts', { key: { activity: 'string' }, counters: ['n'] }),
    counterTable('transition_counts', { key: { activity: 'string', transition: 'string' }, counters: ['n'] }),
  ],
  on: [
    ...ACTIVITIES.map(([event, activity]) =>
      on(event, (_, { view }) => {
        view.increment('activity_counts', { activity }, { n: 1 });
        view.increment('transition_counts', { activity, transition: 'COMPLETE' }, { n: 1 });
      }),
    ),
    ...WORK_TRANSITIONS.map(([event, transition]) =>
      on(event, ({ kind }, { view }) => {
        view.increment('activity_counts', { activity: `W_${kind}` }, { n: 1 });
        view.increment('transition_counts', { activity: `W_${kind}`, transition }, { n: 1 });
      }),
    ),
  ],
});
