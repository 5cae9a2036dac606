import { counterTable, defineProjector, on, readModelTable, type ProjectorDefinition } from 'eventspan';
import { Paid } from '../../projections/support/domain.js';

const accounts = readModelTable('accounts', { key: ['id'], columns: { id: 'string', total: 'integer', payments: 'integer' } });
const counts = counterTable('counts', { key: { customer: 'string' }, counters: ['n', 'amount'] });

export interface BookOptions {
  /** What is added to each amount: how a version differs from another. */
  readonly surcharge?: number;
  readonly onPaid?: (streamId: string, event: Paid) => void;
}

/** The projector `book`: rows of streams and counters. */
export function book(version: number, { surcharge = 0, onPaid }: BookOptions = {}): ProjectorDefinition {
  return defineProjector({
    name: 'book',
    version,
    rows: 'stream',
    tables: [accounts, counts],
    on: [
      on(Paid, async (event, { view, streamId }) => {
        onPaid?.(streamId, event);
        const row = await view.get('accounts', { id: streamId });
        const total = Number(row?.['total'] ?? 0) + event.amount + surcharge;
        view.upsert('accounts', { id: streamId, total, payments: Number(row?.['payments'] ?? 0) + 1 });
        view.increment('counts', { customer: event.customer }, { n: 1, amount: event.amount });
      }),
    ],
  });
}
