import { EventspanError } from '../../src/errors/eventspan-error.js';
import { OutcomeUnknownError } from '../../src/errors/store-errors.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import type { Constructor } from '../../src/messages/constructor.js';
import type { ProjectorDefinition } from '../../src/projections/projector-definition.js';
import { projectorDefinitionOf } from '../../src/projections/projector-definition-of.js';
import { Accounts, Closed, Customers, Noted, Paid } from './support/domain.js';
import { HostileTransport } from './support/hostile-transport.js';
import { withFate } from './support/with-fate.js';
import { World } from './support/world.js';

const SEEDS = Array.from({ length: 30 }, (_, at) => at + 1);
const LEASE_MS = 1_500;

/**
 * The store as one process sees it: replies get lost, requests fail or arrive late, transactions are given up. Once the process is killed nothing
 * comes back to it; a request on its way is carried out, now or later, or never.
 */
class FaultyProcess {
  isDead = false;
  readonly store: EventStore;

  constructor(private readonly world: World) {
    this.store = withFate(world.store, (operation, next) => this.call(operation, next));
  }

  private async call(operation: string, next: () => Promise<unknown>): Promise<unknown> {
    const { random, clock } = this.world;
    await clock.sleep(1 + Math.floor(random() * 8));
    if (this.isDead) return this.afterDeath(operation, next);
    const dice = random();
    if (operation === 'ensureTables' || operation === 'abandon' || operation === 'openBatch') return next();
    if (dice < 0.02) throw new EventspanError('STORE_UNAVAILABLE', { reason: 'chaos' });
    const isWrite = operation === 'commit' || operation === 'advance' || operation === 'take';
    if (!isWrite || dice > 0.1) return this.alive(next());
    if (dice < 0.04 && operation === 'commit') throw new EventspanError('BATCH_ABORTED', { reason: 'chaos' });
    if (dice < 0.07) void this.carryOutLater(next);
    else await next();
    throw new OutcomeUnknownError(operation, [], new Error('chaos'));
  }

  private async carryOutLater(request: () => Promise<unknown>): Promise<void> {
    await this.world.clock.sleep(Math.floor(this.world.random() * 40));
    await request().catch(() => undefined); // nobody hears what becomes of it
  }

  private async alive(answer: Promise<unknown>): Promise<unknown> {
    const value = await answer;
    return this.isDead ? new Promise(() => undefined) : value;
  }

  private async afterDeath(operation: string, next: () => Promise<unknown>): Promise<unknown> {
    if (operation !== 'release' && this.world.random() < 0.5) await next().catch(() => undefined);
    return new Promise(() => undefined);
  }
}

/** The projector, telling when two of its handlers run in one shard of one process. */
function watched(type: Constructor, overlaps: string[]): ProjectorDefinition {
  const definition = projectorDefinitionOf(type);
  const busy = new Set<number>();
  return {
    ...definition,
    handle: async (event, context) => {
      if (busy.has(context.shard)) overlaps.push(`${definition.name} shard ${context.shard}`);
      busy.add(context.shard);
      try {
        await definition.handle(event, context);
      } finally {
        busy.delete(context.shard);
      }
    },
  };
}

async function wholeLog(store: EventStore): Promise<readonly StoredEvent[]> {
  const ranges = Array.from({ length: store.shardCount }, (_, shard) => ({ shard }));
  return store.readShards(ranges, { limit: 10_000, caller: 'test' });
}

/** What the read models must be, by a fold of its own. */
function fold(log: readonly StoredEvent[]): { accounts: object[]; counts: object[]; customers: object[]; payments: object[] } {
  const accounts = new Map<
    string,
    { id: string; total: number | null; events: number | null; last_version: number; closed: boolean | null }
  >();
  const customers = new Map<string, { customer: string; total: number; payments: number }>();
  const payments: { event_id: string; amount: number }[] = [];
  const counts = new Map<string, { kind: string; n: number; amount: number }>();
  for (const { type, streamId, version, eventId, data } of log) {
    if (type === 'noted') continue;
    const payload = JSON.parse(data) as { customer: string; amount: number };
    const account = accounts.get(streamId) ?? { id: streamId, total: null, events: null, last_version: 0, closed: null };
    accounts.set(streamId, account);
    account.last_version = version;
    const count = counts.get(type) ?? { kind: type, n: 0, amount: 0 };
    counts.set(type, count);
    count.n++;
    if (type === 'closed') {
      account.closed = true;
      continue;
    }
    account.total = (account.total ?? 0) + payload.amount;
    account.events = (account.events ?? 0) + 1;
    count.amount += payload.amount;
    payments.push({ event_id: eventId, amount: payload.amount });
    const customer = customers.get(payload.customer) ?? { customer: payload.customer, total: 0, payments: 0 };
    customers.set(payload.customer, customer);
    customer.total += payload.amount;
    customer.payments++;
  }
  return { accounts: [...accounts.values()], counts: [...counts.values()], customers: [...customers.values()], payments };
}

const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).sort();

interface Run {
  readonly world: World;
  readonly overlaps: string[];
  readonly processes: FaultyProcess[];
}

async function writeSome({ world }: Run, count: number): Promise<void> {
  const { random } = world;
  for (let at = 0; at < count; at++) {
    const streamId = `acc-${Math.floor(random() * 12)}`;
    const dice = random();
    const event =
      dice < 0.1 ? new Noted('n') : dice < 0.2 ? new Closed('c') : new Paid(`c-${Math.floor(random() * 3)}`, Math.floor(random() * 9) + 1);
    await world.append(streamId, event, ...(random() < 0.3 ? [new Paid('c-0', 1)] : []));
    if (random() < 0.5) await world.publish();
    if (random() < 0.5) await world.clock.advance(Math.floor(random() * 30));
  }
}

async function startOne({ world, overlaps, processes }: Run, type: Constructor): Promise<void> {
  const process = new FaultyProcess(world);
  const engine = world.engine(watched(type, overlaps), {
    store: process.store,
    leaseMs: LEASE_MS,
    batchSize: 5,
    concurrency: 3,
    tailCheckMs: 300,
    retry: { attempts: 5, initialMs: 5, maxMs: 100 },
  });
  const started = engine.start();
  await world.run(started);
  processes.push(process);
}

async function chaos(seed: number, type: Constructor): Promise<Run> {
  const world = await World.open({ shards: 3, seed, transport: (w) => HostileTransport.provider(w) });
  const run: Run = { world, overlaps: [], processes: [] };
  const definition = projectorDefinitionOf(type);
  await writeSome(run, 15);
  await startOne(run, type);
  await startOne(run, type);
  await writeSome(run, 25);
  const victim = run.processes[world.random() < 0.5 ? 0 : 1]!;
  victim.isDead = true;
  (world.transport as HostileTransport).kill(`${definition.name}-v${definition.version}`, run.processes.indexOf(victim));
  await writeSome(run, 15);
  await startOne(run, type);
  await writeSome(run, 15);
  await world.publish();
  const log = await wholeLog(world.store);
  const survivor = world.engines.at(-1)!;
  const ends = new Map(log.map(({ shard, position }) => [shard, position]));
  await world.run(survivor.caughtUp(ends, { timeoutMs: 100_000 }), 110_000);
  await world.clock.advance(3_000); // late copies arrive
  return run;
}

async function finish(run: Run): Promise<void> {
  remember(run);
  const { world, processes } = run;
  // The dead process's engine is never stopped, as a killed process is not: its calls do not come back.
  const living = world.engines.filter((_, at) => processes[at]?.isDead !== true);
  await world.run(Promise.all(living.map((engine) => engine.stop({ deadlineMs: 500 }))));
  await world.transport.close();
}

const met = { duplicates: 0, gapsRead: 0, cursorLosses: 0, retries: 0 };

function remember({ world }: Run): void {
  for (const { counts } of world.engines.map((engine) => engine.status())) {
    for (const name of Object.keys(met) as (keyof typeof met)[]) met[name] += counts[name];
  }
}

/** The runs are worth something only if they met what they are about. */
afterAll(() => {
  expect(Math.min(...Object.values(met))).toBeGreaterThan(50);
});

describe('two and three instances on a hostile transport and a faulty store, one of them killed', () => {
  it.each(SEEDS)('rows of one stream and counters are exactly the fold of the log (seed %i)', async (seed) => {
    const run = await chaos(seed, Accounts);
    const expected = fold(await wholeLog(run.world.store));
    const readModel = run.world.readModel(Accounts);
    expect(sorted(await readModel.all('accounts'))).toEqual(sorted(expected.accounts));
    expect(sorted(await readModel.all('counts'))).toEqual(sorted(expected.counts));
    expect(run.overlaps).toEqual([]);
    await finish(run);
  });

  it.each(SEEDS)('rows that shards share are exactly the fold of the log, each event once (seed %i)', async (seed) => {
    const run = await chaos(seed, Customers);
    const expected = fold(await wholeLog(run.world.store));
    const readModel = run.world.readModel(Customers);
    expect(sorted(await readModel.all('customers'))).toEqual(sorted(expected.customers));
    expect(sorted(await readModel.all('payments'))).toEqual(sorted(expected.payments));
    expect(run.overlaps).toEqual([]);
    await finish(run);
  });
});
