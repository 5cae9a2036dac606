import { Eventspan } from 'eventspan';
import { accountsFor, orderOf, stockFor } from './customers.js';
import { Faults } from './faults.js';
import { storeAt, transportAt, type Place } from './home.js';
import { AddStock } from './inventory/messages.js';
import { emailsSent } from './notifications/emails.js';
import { startHere, startProcesses } from './neighbours.js';
import type { CheckoutOptions } from './options.js';
import { createFront } from './orders/front.js';
import { OpenAccount } from './payments/messages.js';
import { serviceOf } from './services.js';
import { verify, type Verification } from './verify.js';

const EMAILS = { name: emailsSent.name, columns: emailsSent.columns, key: emailsSent.key };
const AT_A_TIME = 16;
const LOOK_MS = 200;
/** Without news for so long the run is given up, and what is stuck is counted. */
const PATIENCE_MS = 60_000;

export interface RunResult extends Verification {
  readonly seconds: number;
}

/** Opens the shop, has customers order, waits until every order has ended, and audits the log. */
export async function runCheckout(options: CheckoutOptions, place: Place, say: (line: string) => void): Promise<RunResult> {
  const shared = { store: await storeAt(place), transport: await transportAt(place), faults: new Faults(options.faults) };
  const app = await Eventspan.open(serviceOf('orders', shared));
  await app.start();
  const neighbours = options.processes === 5 ? await startProcesses(place, options.faults) : await startHere(shared);
  const front = createFront(app);
  try {
    const begun = performance.now();
    await openShop(app, options.orders);
    const url = await front.listen({ host: '127.0.0.1', port: options.port });
    say(`The shop is open at ${url}.`);
    const watching = watch(url, orderOf(0, options.orders).id, say);
    await placeAll(url, options.orders);
    say(`${options.orders} orders are taken.`);
    await untilEnded(app, options.orders, say);
    await watching;
    return { ...(await verify(app)), seconds: Math.round((performance.now() - begun) / 100) / 10 };
  } finally {
    await front.close();
    await neighbours.stop();
    await app.stop();
  }
}

/** Orders find their stock and their accounts there. */
async function openShop(app: Eventspan, orders: number): Promise<void> {
  const stock = stockFor(orders).map(([sku, quantity]) => new AddStock(sku, quantity));
  const accounts = accountsFor(orders).map(([customer, balance]) => new OpenAccount(customer, balance));
  const sent: string[] = [];
  for (const command of [...stock, ...accounts]) sent.push((await app.send(command)).commandId);
  for (const id of sent) while ((await app.outcomeOf(id)).state !== 'executed') await pause();
}

async function placeAll(url: string, orders: number): Promise<void> {
  let next = 0;
  const customer = async (): Promise<void> => {
    while (next < orders) await order(url, orderOf(next++, orders));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, customer));
}

/** A customer whose request fails sends it again: the order has an id. */
async function order(url: string, { id, request }: ReturnType<typeof orderOf>): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/orders/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    if (answer.status === 202) return;
    if (answer.status < 500) throw new Error(`order ${id} was refused: ${answer.status} ${await answer.text()}`);
  }
}

/** One customer who looks on. */
async function watch(url: string, id: string, say: (line: string) => void): Promise<void> {
  const answer = await fetch(`${url}/orders/${id}/progress`);
  for (const line of (await answer.text()).split('\n')) {
    if (line.startsWith('data: ')) say(`  ${id}: ${String(JSON.parse(line.slice('data: '.length)))}`);
  }
}

/** Every order confirmed or cancelled, every process ended, every email sent; or no news for a minute. */
async function untilEnded(app: Eventspan, orders: number, say: (line: string) => void): Promise<void> {
  let [left, newsAt] = [Infinity, performance.now()];
  for (;;) {
    const now = await countLeft(app, orders);
    if (now === 0) return;
    if (now !== left) [left, newsAt] = [now, performance.now()];
    if (performance.now() - newsAt > PATIENCE_MS) return say(`No news for a minute: ${now} things are not done.`);
    await pause();
  }
}

async function countLeft(app: Eventspan, orders: number): Promise<number> {
  let ended = 0;
  for await (const { status } of app.processes.list({ process: 'checkout' }))
    if (status === 'completed' || status === 'compensated') ended++;
  let closed = 0;
  for await (const { status } of app.readModel('order-book').scan('order_book')) if (status !== 'open') closed++;
  let emails = 0;
  for await (const _ of app.store.readModels.scan(EMAILS)) emails++;
  return 3 * orders - ended - closed - emails;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
