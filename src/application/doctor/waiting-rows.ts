import type { CallOptions } from '../../event-store/call-options.js';
import type { EventStore } from '../../event-store/event-store.js';
import { DEAD_LETTERS, TASKS, TIMERS } from '../../event-store/messaging-tables.js';
import type { Row, TableDefinition } from '../../event-store/read-models.js';
import { PARKED_STREAMS, PROJECTIONS } from '../../event-store/system-tables.js';
import type { Finding } from '../../support/finding.js';

/** Rows that are counted; a table may hold more. */
const MAX_COUNTED = 10_000;
/** Timers fire within a second; so late they are forgotten. */
const OVERDUE_MS = 10_000;

/** What waits for an operator: parked streams, dead letters, dead tasks, failed rebuilds; and timers that should have fired. A scan a table. */
export async function lookAtRows(store: EventStore, now: number, calls: CallOptions): Promise<readonly Finding[]> {
  const count = (table: TableDefinition, isCounted: (row: Row) => boolean, by: string): Promise<Tally> =>
    tally(store.readModels.scan(table, undefined, calls), { isCounted, by });
  const overdue = await count(TIMERS, ({ due_at: due }) => due instanceof Date && now - due.getTime() > OVERDUE_MS, 'shard');
  return [
    found('parked', await count(PARKED_STREAMS, ({ reason }) => reason !== 'rebuild', 'consumer'), {
      what: 'parked streams',
      todo: 'See eventspan parked list; mend the cause, then eventspan parked redrive.',
    }),
    found('dead-letters', await count(DEAD_LETTERS, () => true, 'consumer'), {
      what: 'dead letters',
      todo: 'See why they failed; mend the cause, then have them handled again, or discard them.',
    }),
    found('tasks', await count(TASKS, ({ state }) => state === 'dead', 'queue'), {
      what: 'tasks given up',
      todo: 'See why they failed; mend the cause, then have them done again, or discard them.',
    }),
    found('rebuilds', await count(PROJECTIONS, ({ state }) => state === 'failed', 'projector'), {
      what: 'failed rebuilds',
      todo: 'See eventspan projections for the reason.',
    }),
    overdue.total === 0
      ? { check: 'timers', level: 'ok', message: 'none is overdue' }
      : { check: 'timers', level: 'fail', message: `${overdue.total} timers are overdue`, todo: 'Start a process with the role timers.' },
  ];
}

interface Tally {
  readonly total: number;
  readonly isCut: boolean;
  readonly by: ReadonlyMap<string, number>;
}

async function tally(
  rows: AsyncIterable<Row>,
  { isCounted, by }: { readonly isCounted: (row: Row) => boolean; readonly by: string },
): Promise<Tally> {
  const counts = new Map<string, number>();
  let total = 0;
  let read = 0;
  for await (const row of rows) {
    if (++read > MAX_COUNTED) return { total, isCut: true, by: counts };
    if (!isCounted(row)) continue;
    total++;
    const name = String(row[by]);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return { total, isCut: false, by: counts };
}

function found(check: string, { total, isCut, by }: Tally, { what, todo }: { readonly what: string; readonly todo: string }): Finding {
  if (total === 0) return { check, level: 'ok', message: `no ${what}` };
  const each = [...by].map(([name, count]) => `${name}: ${count}`).join(', ');
  return { check, level: 'warn', message: `${isCut ? 'at least ' : ''}${total} ${what} (${each})`, todo };
}
