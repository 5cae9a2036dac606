import { counterTable, defineProjector, Event, Eventspan, inProcess, on, readModelTable, type ProjectorDefinition } from 'eventspan';
import { providerOf, type Place } from './places.js';

/** The only event of the log that is rebuilt. */
@Event('verify.moved', { fields: { category: 'string', amount: 'integer' } })
export class Moved {
  constructor(
    readonly category: string,
    readonly amount: number,
  ) {}
}

export const LEDGER = 'ledger';
/** The version that is live at first, and the one that takes its place. */
export const OLD_VERSION = 1;
export const NEW_VERSION = 2;
/** How soon a shard of a killed process is taken over. */
export const LEASE_MS = 2_000;

/** One number for all amounts of a stream in their order: an event that is missing, doubled or misplaced changes it. */
export function digestAfter(digest: number, amount: number): number {
  return (digest * 31 + amount) % 1_000_000_007;
}

const COLUMNS = { id: 'string', events: 'integer', total: 'integer', digest: 'integer' } as const;

/** A row a stream, and counters over all streams. The new version says in each row that it made it; all else is the same. */
export function ledger(version: number): ProjectorDefinition {
  const marks = version === OLD_VERSION ? {} : { made_by: version };
  const columns = { ...COLUMNS, ...(version !== OLD_VERSION && { made_by: 'integer' as const }) };
  return defineProjector({
    name: LEDGER,
    version,
    rows: 'stream',
    tables: [
      readModelTable('accounts', { key: ['id'], columns }),
      counterTable('categories', { key: { category: 'string' }, counters: ['events', 'amount'] }),
    ],
    on: [
      on(Moved, async ({ category, amount }, { view, streamId }) => {
        const row = await view.get('accounts', { id: streamId });
        const events = Number(row?.['events'] ?? 0) + 1;
        const total = Number(row?.['total'] ?? 0) + amount;
        const digest = digestAfter(Number(row?.['digest'] ?? 0), amount);
        view.upsert('accounts', { id: streamId, events, total, digest, ...marks });
        view.increment('categories', { category }, { events: 1, amount });
      }),
    ],
  });
}

/** An application that maintains one version of the ledger. */
export function openLedger(place: Place, version: number): Promise<Eventspan> {
  return Eventspan.open({
    store: providerOf(place),
    transport: inProcess(),
    projectors: [ledger(version)],
    roles: ['projectors'],
    projections: { leaseMs: LEASE_MS, pollMs: 200, liveCacheMs: 200, tailCheckMs: 100 },
  });
}
