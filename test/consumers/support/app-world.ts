import {
  Eventspan,
  inProcess,
  memory,
  seededRandom,
  type EventspanOptions,
  type Logger,
  type Random,
  type StoreProvider,
  type TransportProvider,
} from 'eventspan';
import { FakeClock, sequentialIds } from 'eventspan/testing';

/** Applications on one store, one transport and a clock that stands still. */
export class AppWorld {
  readonly clock = new FakeClock();
  readonly store: StoreProvider;
  readonly transport: TransportProvider;
  readonly logged: { readonly fields: object; readonly message: string }[] = [];
  readonly apps: Eventspan[] = [];
  readonly random: Random;
  private readonly ids = sequentialIds();
  private readonly logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (fields, message) => void this.logged.push({ fields, message }),
    error: (fields, message) => void this.logged.push({ fields, message }),
  };

  constructor({
    shards = 2,
    seed = 7,
    transport,
  }: { readonly shards?: number; readonly seed?: number; readonly transport?: (world: AppWorld) => TransportProvider } = {}) {
    this.random = seededRandom(seed);
    this.store = memory({ shards });
    this.transport = transport?.(this) ?? inProcess();
  }

  async open(options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
    const { clock, random, logger, ids, store, transport } = this;
    const owner = `process-${this.apps.length + 1}`;
    const app = await Eventspan.open({
      store,
      transport,
      clock,
      random,
      logger,
      ids,
      owner,
      roles: ['commands', 'relay', 'consumers'],
      ...options,
    });
    this.apps.push(app);
    return app;
  }

  async started(options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
    const app = await this.open(options);
    await this.run(app.start());
    return app;
  }

  /** Lets time go on in small steps until the promise is settled. */
  async run<T>(promise: Promise<T>, maxMs = 120_000): Promise<T> {
    const state = { isDone: false };
    const settle = (): void => void (state.isDone = true);
    promise.then(settle, settle);
    await this.until(() => state.isDone, 'a promise is settled', maxMs);
    return promise;
  }

  async until(condition: () => boolean | Promise<boolean>, what: string, maxMs = 120_000): Promise<void> {
    for (const end = this.clock.now() + maxMs; !(await condition());) {
      if (this.clock.now() >= end) throw new Error(`waited ${maxMs} ms of the clock in vain until ${what}`);
      await this.clock.advance(10);
    }
  }

  /** Resolves when the command is settled; answers how. */
  async settled(app: Eventspan, commandId: string): Promise<Awaited<ReturnType<Eventspan['outcomeOf']>>> {
    let outcome = await app.outcomeOf(commandId);
    const isSettled = async (): Promise<boolean> => {
      outcome = await app.outcomeOf(commandId);
      return outcome.state !== 'pending' && outcome.state !== 'unknown';
    };
    await this.until(isSettled, `${commandId} is settled`);
    return outcome;
  }

  async close(): Promise<void> {
    await this.run(Promise.all(this.apps.map((app) => app.stop({ timeoutMs: 1_000 }).catch(() => undefined))));
  }
}

/** All events of the log, as stored. */
export async function wholeLog(
  app: Eventspan,
): Promise<readonly { streamId: string; type: string; data: string; metadata: string; eventId: string }[]> {
  const ranges = Array.from({ length: app.store.shardCount }, (_, shard) => ({ shard }));
  return app.store.readShards(ranges, { limit: 10_000 });
}
