import { On, readModelTable, WorkQueue, type TaskContext } from 'eventspan';
import type { Faults } from '../faults.js';
import { SendEmail } from './messages.js';

/** One row an email. Inserted, so that a second email for an order would be found out. */
export const emailsSent = readModelTable('emails_sent', {
  key: ['order_id'],
  columns: { order_id: 'string', customer: 'string', text: 'string' },
});

/** Stands for a mail server that is not always there. The row is written with the task's end. */
@WorkQueue('emails', { concurrency: 8, retry: { initialMs: 20, maxMs: 200 }, tables: [emailsSent] })
export class Emails {
  constructor(private readonly faults: Faults) {}

  @On(SendEmail)
  send({ orderId, customer, text }: SendEmail, { view, attempt }: TaskContext): void {
    if (this.faults.isMailDown(orderId, attempt)) throw new Error('the mail server does not answer');
    view.insert(emailsSent, { order_id: orderId, customer, text });
  }
}
