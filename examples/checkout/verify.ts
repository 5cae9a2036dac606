import { readLog, type Eventspan, type StoredEvent } from 'eventspan';
import { emailsSent } from './notifications/emails.js';

type Data = Readonly<Record<string, unknown>>;

/** What became of the orders, counted from the log alone, and whether the books balance. */
export interface Verification {
  readonly orders: number;
  readonly confirmed: number;
  readonly cancelled: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly emails: number;
  /** Orders that are neither confirmed nor cancelled, processes that have not ended, parked streams, tasks that are not done. */
  readonly stuck: number;
  /** What does not hold, a sentence each. */
  readonly faults: readonly string[];
}

/** What one order has brought about, in the order of the log. */
interface OrderStory {
  readonly amount: number;
  readonly quantity: number;
  readonly steps: string[];
}

/** Sums over everything. */
interface Books {
  stock: number;
  added: number;
  money: number;
  opened: number;
}

const TAKES = ['inventory.stock-reserved', 'payments.charged', 'shipping.requested'];
const UNDONE_BY: Readonly<Record<string, string>> = {
  'inventory.stock-reserved': 'inventory.stock-released',
  'payments.charged': 'payments.refunded',
  'shipping.requested': 'shipping.cancelled',
};

/** Reads the whole log. Only to be called when nothing is under way. */
export async function verify(app: Eventspan): Promise<Verification> {
  const stories = new Map<string, OrderStory>();
  const books: Books = { stock: 0, added: 0, money: 0, opened: 0 };
  const reasons = new Map<string, number>();
  for await (const event of readLog(app.store)) note(event, { stories, books, reasons });
  const all = [...stories.entries()];
  const emails = await emailsOf(app);
  const faults = [...all.flatMap(([id, story]) => faultsOf(id, story, emails.has(id))), ...balance(all, books)];
  return {
    orders: all.length,
    confirmed: all.filter(([, { steps }]) => steps.includes('orders.confirmed')).length,
    cancelled: all.filter(([, { steps }]) => steps.includes('orders.cancelled')).length,
    reasons: Object.fromEntries(reasons),
    emails: emails.size,
    stuck: await countStuck(app),
    faults,
  };
}

function note(event: StoredEvent, to: { stories: Map<string, OrderStory>; books: Books; reasons: Map<string, number> }): void {
  const data = JSON.parse(event.data) as Data;
  const { stories, books, reasons } = to;
  const quantity = Number(data['quantity'] ?? 0);
  const amount = Number(data['amount'] ?? 0);
  if (event.type === 'orders.placed') stories.set(String(data['orderId']), { amount, quantity, steps: [] });
  if (event.type === 'inventory.stock-added') [books.stock, books.added] = [books.stock + quantity, books.added + quantity];
  if (event.type === 'inventory.stock-reserved') books.stock -= quantity;
  if (event.type === 'inventory.stock-released') books.stock += quantity;
  if (event.type === 'payments.account-opened') [books.money, books.opened] = plusOpening(books, Number(data['balance']));
  if (event.type === 'payments.charged') books.money -= amount;
  if (event.type === 'payments.refunded') books.money += amount;
  if (event.type === 'eventspan.process-advanced') countReason(data, reasons);
  stories.get(String(data['orderId']))?.steps.push(event.type);
}

function plusOpening({ money, opened }: Books, amount: number): [number, number] {
  return [money + amount, opened + amount];
}

/** The reason stands in the transition that ends the undoing. */
function countReason(data: Data, reasons: Map<string, number>): void {
  const record = data['record'] as Data;
  if (record['status'] !== 'compensated' || typeof record['reason'] !== 'string') return;
  const [reason = ''] = record['reason'].split(':');
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}

/** What an order must be in the end: confirmed with each thing taken once, or cancelled with each undone once, newest first. */
function faultsOf(orderId: string, { steps }: OrderStory, hasEmail: boolean): string[] {
  const faults: string[] = [];
  const count = (type: string): number => steps.filter((step) => step === type).length;
  const ends = count('orders.confirmed') + count('orders.cancelled');
  if (ends !== 1) faults.push(`order ${orderId} has ended ${ends} times`);
  if (!hasEmail) faults.push(`nobody wrote to the customer of order ${orderId}`);
  for (const take of TAKES) if (count(take) > 1) faults.push(`order ${orderId} has ${take} ${count(take)} times`);
  const undone = TAKES.map((take) => count(UNDONE_BY[take] ?? ''));
  if (count('orders.confirmed') === 1) {
    if (undone.some((n) => n > 0)) faults.push(`order ${orderId} is confirmed, and something of it was undone`);
    if (TAKES.some((take) => count(take) !== 1)) faults.push(`order ${orderId} is confirmed, and something of it is missing`);
    return faults;
  }
  TAKES.forEach((take, at) => {
    if (undone[at] !== count(take)) faults.push(`order ${orderId} has ${count(take)} ${take}, undone ${undone[at]} times`);
  });
  const order = steps.filter((step) => Object.values(UNDONE_BY).includes(step));
  const wanted = TAKES.toReversed()
    .map((take) => UNDONE_BY[take])
    .filter((step) => order.includes(step ?? ''));
  if (order.join() !== wanted.join()) faults.push(`order ${orderId} was undone in the order ${order.join(', ')}`);
  return faults;
}

/** Money and stock are conserved: what is gone is with the confirmed orders. */
function balance(stories: readonly (readonly [string, OrderStory])[], { stock, added, money, opened }: Books): string[] {
  const confirmed = stories.map(([, story]) => story).filter(({ steps }) => steps.includes('orders.confirmed'));
  const sold = confirmed.reduce((sum, { quantity }) => sum + quantity, 0);
  const paid = confirmed.reduce((sum, { amount }) => sum + amount, 0);
  const faults: string[] = [];
  if (added - stock !== sold) faults.push(`${added - stock} pieces are gone, and ${sold} were sold`);
  if (opened - money !== paid) faults.push(`${opened - money} cents are gone, and ${paid} were paid`);
  return faults;
}

async function emailsOf({ store }: Eventspan): Promise<ReadonlySet<string>> {
  const emails = new Set<string>();
  const { name, columns, key } = emailsSent;
  for await (const row of store.readModels.scan({ name, columns, key })) emails.add(String(row['order_id']));
  return emails;
}

async function countStuck(app: Eventspan): Promise<number> {
  let stuck = 0;
  for await (const { status } of app.processes.list({ process: 'checkout' }))
    if (status !== 'completed' && status !== 'compensated') stuck++;
  for await (const _ of app.parked.list()) stuck++;
  for await (const _ of app.tasks.list({ queue: 'emails' })) stuck++;
  return stuck;
}
