import { readModelTable, Task, type TableDefinition } from 'eventspan';

@Task('email.send', { queue: 'emails' })
export class SendEmail {
  constructor(
    readonly to: string,
    readonly text: string,
  ) {}
}

/** A table of effects: one row an effect, so that a second one of the same fails. */
export const SENT: TableDefinition = readModelTable('sent_emails', {
  key: ['id'],
  columns: { id: 'string', to: 'string', attempt: 'integer' },
});
