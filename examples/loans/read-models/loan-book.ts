import { On, Projector, readModelTable, type ProjectionContext, type Row } from 'eventspan';
import * as event from '../application/events.js';
import { applicationOf } from '../application/application-of.js';
import type { Step } from '../step.js';

/** Name of the table, also for those who read it. */
export const LOAN_BOOK = 'loan_book';

const loanBook = readModelTable(LOAN_BOOK, {
  key: ['application'],
  columns: {
    application: 'string',
    amount: 'integer',
    /** The last step that the application took. */
    status: 'string',
    submitted_at: 'timestamp',
    /** When it was cancelled, declined or approved. */
    decided_at: 'timestamp',
    /** Offers sent to the applicant. */
    offers: 'integer',
    /** Who dealt with it last. */
    clerk: 'string',
  },
});

/** One row an application. Each is written by one stream alone, so a batch is one blind commit: `rows: 'stream'`. */
@Projector('loan-book', { rows: 'stream', tables: [loanBook] })
export class LoanBook {
  @On(event.ApplicationSubmitted)
  submitted({ amount, at, clerk }: event.ApplicationSubmitted, { view, streamId }: ProjectionContext): void {
    const application = applicationOf(streamId);
    view.insert(LOAN_BOOK, {
      application,
      amount,
      status: 'submitted',
      submitted_at: new Date(at),
      decided_at: null,
      offers: 0,
      clerk: clerk ?? null,
    });
  }

  @On(event.ApplicationPartlySubmitted)
  partlySubmitted(step: event.ApplicationPartlySubmitted, context: ProjectionContext): void {
    this.write(context, step, { status: 'partly submitted' });
  }

  @On(event.ApplicationPreaccepted)
  preaccepted(step: event.ApplicationPreaccepted, context: ProjectionContext): void {
    this.write(context, step, { status: 'preaccepted' });
  }

  @On(event.ApplicationAccepted)
  accepted(step: event.ApplicationAccepted, context: ProjectionContext): void {
    this.write(context, step, { status: 'accepted' });
  }

  @On(event.ApplicationFinalized)
  finalized(step: event.ApplicationFinalized, context: ProjectionContext): void {
    this.write(context, step, { status: 'finalized' });
  }

  @On(event.ApplicationCancelled)
  cancelled(step: event.ApplicationCancelled, context: ProjectionContext): void {
    this.write(context, step, { status: 'cancelled', decided_at: new Date(step.at) });
  }

  @On(event.ApplicationDeclined)
  declined(step: event.ApplicationDeclined, context: ProjectionContext): void {
    this.write(context, step, { status: 'declined', decided_at: new Date(step.at) });
  }

  @On(event.LoanApproved)
  approved(step: event.LoanApproved, context: ProjectionContext): void {
    this.write(context, step, { status: 'approved', decided_at: new Date(step.at) });
  }

  @On(event.LoanRegistered)
  registered(step: event.LoanRegistered, context: ProjectionContext): void {
    this.write(context, step, { status: 'registered' });
  }

  @On(event.LoanActivated)
  activated(step: event.LoanActivated, context: ProjectionContext): void {
    this.write(context, step, { status: 'activated' });
  }

  @On(event.OfferSent)
  async offerSent(step: event.OfferSent, context: ProjectionContext): Promise<void> {
    const row = await context.view.get(LOAN_BOOK, { application: applicationOf(context.streamId) });
    this.write(context, step, { offers: Number(row?.['offers']) + 1 });
  }

  @On(event.OfferSelected)
  @On(event.OfferCreated)
  @On(event.OfferSentBack)
  @On(event.OfferCancelled)
  @On(event.OfferAccepted)
  @On(event.OfferDeclined)
  offerHandled(step: Step, context: ProjectionContext): void {
    this.write(context, step, {});
  }

  private write({ view, streamId }: ProjectionContext, { clerk }: Step, changes: Row): void {
    view.update(LOAN_BOOK, { application: applicationOf(streamId), ...changes, ...(clerk !== undefined && { clerk }) });
  }
}
