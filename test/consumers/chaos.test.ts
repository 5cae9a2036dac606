import {
  Consumer,
  counterTable,
  EventspanError,
  On,
  OutcomeUnknownError,
  readModelTable,
  type ConsumerContext,
  type EventStore,
  type Eventspan,
  type OpenBatchOptions,
  type ReadModelBatch,
  type StoreProvider,
  type TransportProvider,
} from 'eventspan';
import { HostileTransport } from '../projections/support/hostile-transport.js';
import { AppWorld, wholeLog } from './support/app-world.js';
import { Check, Reserve, Reserved, stock } from './support/shop.js';

const SEEDS = Array.from({ length: 15 }, (_, at) => at + 1);
const tuning = {
  leaseMs: 1_500,
  batchSize: 5,
  concurrency: 3,
  tailCheckMs: 300,
  retry: { attempts: 20, initialMs: 5, maxMs: 100, totalMs: 600_000 },
};

/** For each reservation of a pen one of ink, and a row; with rows of several streams that are read and written. */
@Consumer('reorder', {
  tables: [
    readModelTable('reorders', { key: ['id'], columns: { id: 'string', commands: 'integer' } }),
    readModelTable('handled', { key: ['id'], columns: { id: 'string' } }),
    counterTable('reorder_sums', { key: { what: 'string' }, counters: ['n'] }),
  ],
  ...tuning,
  circuitBreaker: false,
})
class Reorder {
  @On(Reserved)
  async reserved({ amount }: Reserved, { view, send, streamId, messageId }: ConsumerContext): Promise<void> {
    if (!streamId.startsWith('stock-pen')) return;
    view.insert('handled', { id: messageId });
    const row = await view.get('reorders', { id: 'all' });
    view.upsert('reorders', { id: 'all', commands: Number(row?.['commands'] ?? 0) + 1 });
    view.increment('reorder_sums', { what: 'pens' }, { n: 1 });
    send(new Reserve(`ink${amount % 3}`, 1));
    if (amount === 1) send(new Check('ink'));
  }
}

/** The store as one process sees it: requests fail, arrive late, get lost, or their replies do. */
class FaultyProcess {
  isDead = false;

  constructor(private readonly world: AppWorld) {}

  provider(provider: StoreProvider): StoreProvider {
    return { ...provider, open: async (environment) => this.wrap(await provider.open(environment)) };
  }

  private async call(operation: string, next: () => Promise<unknown>): Promise<unknown> {
    const { random, clock } = this.world;
    await clock.sleep(1 + Math.floor(random() * 5));
    if (this.isDead) {
      if (operation !== 'release' && random() < 0.5) await next().catch(() => undefined);
      return new Promise(() => undefined);
    }
    const dice = random();
    if (dice < 0.02) throw new EventspanError('STORE_UNAVAILABLE', { reason: 'chaos' });
    const isWrite = ['commit', 'append', 'advance', 'take'].includes(operation);
    if (!isWrite || dice > 0.08) return this.alive(await next());
    if (dice < 0.05) void this.carryOutLater(next);
    else await next();
    throw new OutcomeUnknownError(operation, [], new Error('chaos'));
  }

  private async carryOutLater(request: () => Promise<unknown>): Promise<void> {
    await this.world.clock.sleep(Math.floor(this.world.random() * 40));
    await request().catch(() => undefined); // nobody hears what becomes of it
  }

  private alive(answer: unknown): unknown {
    return this.isDead ? new Promise(() => undefined) : answer;
  }

  private wrap(store: EventStore): EventStore {
    const openBatch = async (options: OpenBatchOptions): Promise<ReadModelBatch> =>
      this.methods(await store.readModels.openBatch(options), ['get', 'commit', 'append']);
    const readModels = Object.assign(this.methods(store.readModels, ['get']), { openBatch });
    const cursors = this.methods(store.cursors, ['read', 'take', 'advance', 'release']);
    const own = this.methods(store, ['append', 'findAppend', 'load', 'readShards']);
    return Object.create(own, { readModels: { value: readModels }, cursors: { value: cursors } }) as EventStore;
  }

  private methods<T extends object>(target: T, names: readonly string[]): T {
    const properties = names.map((name) => {
      const method = (target as Record<string, (...args: unknown[]) => Promise<unknown>>)[name]!;
      return [name, { value: (...args: unknown[]) => this.call(name, () => method.apply(target, args)) }] as const;
    });
    return Object.create(target, { ...Object.fromEntries(properties), openBatch: { writable: true, value: undefined } }) as T;
  }
}

/** One for all applications of a world. */
function shared(world: AppWorld): TransportProvider {
  const transport = new HostileTransport(world);
  return { name: 'hostile', open: () => Promise.resolve(transport), ensure: () => Promise.resolve([]) };
}

async function chaos(
  seed: number,
): Promise<{ readonly world: AppWorld; readonly quiet: Eventspan; readonly pens: number; readonly ones: number }> {
  const world = new AppWorld({ shards: 3, seed, transport: shared });
  const quiet = await world.started({ aggregates: [stock], roles: ['commands', 'relay'] });
  const processes: FaultyProcess[] = [];
  const start = async (): Promise<void> => {
    const process = new FaultyProcess(world);
    processes.push(process);
    const app = await world.open({
      aggregates: [stock],
      consumers: [Reorder],
      consuming: tuning,
      dispatch: { ...tuning, deadlineMs: 2_000 },
      store: process.provider(world.store),
      roles: ['commands', 'consumers'],
    });
    await world.run(app.start());
  };
  let ones = 0;
  let pens = 0;
  const write = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at++, pens++) {
      const amount = 1 + Math.floor(world.random() * 3);
      ones += amount === 1 ? 1 : 0;
      await quiet.execute(new Reserve(`pen${Math.floor(world.random() * 10)}`, amount));
      if (world.random() < 0.5) await world.clock.advance(Math.floor(world.random() * 30));
    }
  };
  await start();
  await start();
  await write(12);
  processes[Math.floor(world.random() * 2)]!.isDead = true;
  await write(6);
  await start();
  await write(6);
  const isDone = async (): Promise<boolean> => {
    const log = await wholeLog(quiet);
    return log.filter(({ type }) => type === 'eventspan.command-executed').length === pens + ones;
  };
  await world.until(isDone, 'every command is executed', 300_000);
  await world.clock.advance(3_000); // late copies arrive
  return { world, quiet, pens, ones };
}

const met = { retries: 0, cursorLosses: 0, gapsRead: 0, duplicates: 0 };

function remember({ apps }: AppWorld): void {
  const engines = apps.flatMap((app) => Object.values(app.status().engines) as { readonly counts: typeof met }[]);
  for (const { counts } of engines) for (const name of Object.keys(met) as (keyof typeof met)[]) met[name] += counts[name];
}

/** The runs are worth something only if they met what they are about. */
afterAll(() => expect(Math.min(...Object.values(met))).toBeGreaterThan(10));

it.each(SEEDS)(
  'on a hostile transport and faulty stores, with a process that dies, every effect and every command is there once (seed %i)',
  async (seed) => {
    const { world, quiet, pens, ones } = await chaos(seed);
    remember(world);
    const log = await wholeLog(quiet);
    const count = (type: string, stream = ''): number =>
      log.filter((event) => event.type === type && event.streamId.startsWith(stream)).length;
    expect(count('eventspan.command-sent')).toBe(pens + ones);
    expect(count('eventspan.command-executed')).toBe(pens + ones);
    expect(count('eventspan.command-refused')).toBe(0);
    expect(count('stock.reserved', 'stock-ink')).toBe(pens);
    const rows = (await world.open({ aggregates: [stock], consumers: [Reorder], roles: ['commands'] })).consumerRows('reorder');
    expect(await rows.get('reorders', { id: 'all' })).toEqual({ id: 'all', commands: pens });
    expect(await rows.all('handled')).toHaveLength(pens);
    expect(await rows.get('reorder_sums', { what: 'pens' })).toEqual({ what: 'pens', n: pens });
  },
);
