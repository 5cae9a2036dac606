import { Eventspan, type StoreProvider, type TransportProvider } from 'eventspan';
import { Application } from './application/application.js';
import { activityCounts } from './read-models/activity-counts.js';
import { LoanBook } from './read-models/loan-book.js';
import { ProcessTimes } from './read-models/process-times.js';
import { WorkItem } from './work-item/work-item.js';

export const PROJECTORS = ['activity-counts', 'loan-book', 'process-times'] as const;

/** The loan process on any store and transport. */
export function openLoans(store: StoreProvider, transport: TransportProvider): Promise<Eventspan> {
  return Eventspan.open({
    name: 'loans',
    store,
    transport,
    aggregates: [Application, WorkItem],
    projectors: [activityCounts, LoanBook, ProcessTimes],
    // What is being worked on: as many aggregates as overlap in time in the real log.
    commands: { cache: { maxAggregates: 4_000 } },
  });
}
