import { readLog, type Eventspan, type Row } from 'eventspan';
import { digestAfter, LEDGER, type Moved } from './ledger.js';

/** What differs between the rows that readers see and the log. */
export interface Audit {
  readonly events: number;
  readonly streams: number;
  /** Events of the log that a row or a counter does not have. */
  readonly missing: number;
  /** Events that a row or a counter has more than once, or that are not in the log. */
  readonly doubled: number;
  /** Rows and counters with the right number of events and a wrong sum or order. */
  readonly wrong: number;
}

/** As many as a read may have: each costs the emulator the whole rest of the log. */
const PAGE_EVENTS = 10_000;

interface Sum {
  events: number;
  amount: number;
  digest: number;
}

/** Counts the log itself, without any projector, and compares every row and counter of the live model with it. */
export async function audit(app: Eventspan): Promise<Audit> {
  const streams = new Map<string, Sum>();
  const categories = new Map<string, Sum>();
  let events = 0;
  for await (const { streamId, data } of readLog(app.store, { pageSize: PAGE_EVENTS })) {
    const { category, amount } = JSON.parse(data) as Moved;
    add(streams, streamId, amount);
    add(categories, category, amount);
    events++;
  }
  const model = app.readModel(LEDGER);
  const accounts = await compare(model.scan('accounts'), streams, (row) => ({
    key: String(row['id']),
    isRight: (sum) => row['total'] === sum.amount && row['digest'] === sum.digest,
  }));
  const counters = await compare(model.scan('categories'), categories, (row) => ({
    key: String(row['category']),
    isRight: (sum) => row['amount'] === sum.amount,
  }));
  return {
    events,
    streams: streams.size,
    missing: accounts.missing + counters.missing,
    doubled: accounts.doubled + counters.doubled,
    wrong: accounts.wrong + counters.wrong,
  };
}

function add(sums: Map<string, Sum>, key: string, amount: number): void {
  const sum = sums.get(key) ?? { events: 0, amount: 0, digest: 0 };
  sums.set(key, { events: sum.events + 1, amount: sum.amount + amount, digest: digestAfter(sum.digest, amount) });
}

async function compare(
  rows: AsyncIterable<Row>,
  sums: ReadonlyMap<string, Sum>,
  read: (row: Row) => { readonly key: string; readonly isRight: (sum: Sum) => boolean },
): Promise<Pick<Audit, 'missing' | 'doubled' | 'wrong'>> {
  const left = new Map(sums);
  let missing = 0;
  let doubled = 0;
  let wrong = 0;
  for await (const row of rows) {
    const { key, isRight } = read(row);
    const sum = left.get(key);
    const surplus = Number(row['events']) - (sum?.events ?? 0);
    doubled += Math.max(0, surplus);
    missing += Math.max(0, -surplus);
    if (sum === undefined || (surplus === 0 && !isRight(sum))) wrong++;
    left.delete(key);
  }
  for (const { events } of left.values()) missing += events;
  return { missing, doubled, wrong };
}
