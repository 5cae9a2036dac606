import { createEventRegistry } from '../../../src/messages/create-event-registry.js';
import { Event } from '../../../src/messages/event.decorator.js';
import { counterTable } from '../../../src/projections/counter-table.js';
import { On } from '../../../src/projections/on.decorator.js';
import type { ProjectionContext } from '../../../src/projections/projector-definition.js';
import { Projector } from '../../../src/projections/projector.decorator.js';
import { readModelTable } from '../../../src/projections/read-model-table.js';

@Event('paid')
export class Paid {
  constructor(
    readonly customer: string,
    readonly amount: number,
  ) {}
}

@Event('closed')
export class Closed {
  constructor(readonly reason: string) {}
}

/** No projector takes it. */
@Event('noted')
export class Noted {
  constructor(readonly text: string) {}
}

export const registry = createEventRegistry([Paid, Closed, Noted]);

export const accounts = readModelTable('accounts', {
  key: ['id'],
  columns: { id: 'string', total: 'integer', events: 'integer', last_version: 'integer', closed: 'boolean' },
});
export const counts = counterTable('counts', { key: { kind: 'string' }, counters: ['n', 'amount'] });
export const customers = readModelTable('customers', {
  key: ['customer'],
  columns: { customer: 'string', total: 'integer', payments: 'integer' },
});
export const payments = readModelTable('payments', { key: ['event_id'], columns: { event_id: 'string', amount: 'integer' } });

/** Rows of one stream each, and increments. */
@Projector('accounts', { rows: 'stream', tables: [accounts, counts] })
export class Accounts {
  @On(Paid)
  async paid(event: Paid, { view, streamId, version }: ProjectionContext): Promise<void> {
    const row = await view.get('accounts', { id: streamId });
    const total = Number(row?.['total'] ?? 0) + event.amount;
    view.upsert('accounts', { id: streamId, total, events: Number(row?.['events'] ?? 0) + 1, last_version: version });
    view.increment('counts', { kind: 'paid' }, { n: 1, amount: event.amount });
  }

  @On(Closed)
  closed(_event: Closed, { view, streamId, version }: ProjectionContext): void {
    view.upsert('accounts', { id: streamId, last_version: version, closed: true });
    view.increment('counts', { kind: 'closed' }, { n: 1 });
  }
}

/** Rows that streams of several shards write: get and upsert; and an insert that a second application would refuse. */
@Projector('customers', { tables: [customers, payments] })
export class Customers {
  @On(Paid)
  async paid(event: Paid, { view, eventId }: ProjectionContext): Promise<void> {
    const row = await view.get('customers', { customer: event.customer });
    view.insert('payments', { event_id: eventId, amount: event.amount });
    const total = Number(row?.['total'] ?? 0) + event.amount;
    view.upsert('customers', { customer: event.customer, total, payments: Number(row?.['payments'] ?? 0) + 1 });
  }
}
