import {
  Eventspan,
  inProcess,
  memory,
  positionsOf,
  seededRandom,
  type EventspanOptions,
  type GenerationInfo,
  type Row,
  type ShardPositions,
  type StoreProvider,
  type TransportProvider,
} from 'eventspan';
import { FakeClock, sequentialIds } from 'eventspan/testing';
import { Closed, Noted, Paid, registry } from '../../projections/support/domain.js';

/** One database and one broker, a clock that stands still, and applications on them. */
export class Library {
  readonly clock = new FakeClock();
  readonly random = seededRandom(7);
  readonly transport: TransportProvider = inProcess();
  readonly apps: Eventspan[] = [];
  readonly logged: string[] = [];
  private readonly nextId = sequentialIds();
  private readonly logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields: object, message: string) => void this.logged.push(`${message} ${JSON.stringify(fields)}`),
    error: (fields: object, message: string) => void this.logged.push(`${message} ${JSON.stringify(fields)}`),
  };

  constructor(readonly store: StoreProvider = memory({ shards: 3 })) {}

  async open(options: Partial<EventspanOptions>): Promise<Eventspan> {
    const { clock, random, transport, store, logger } = this;
    const app = await Eventspan.open({ store, transport, clock, random, logger, events: [Paid, Closed, Noted], ...options });
    this.apps.push(app);
    return app;
  }

  async started(options: Partial<EventspanOptions>): Promise<Eventspan> {
    const app = await this.open(options);
    await this.run(app.start());
    return app;
  }

  /** Payments of 1, one stream after another. */
  async pay(app: Eventspan, count: number, streams = 7): Promise<ShardPositions> {
    let end: ShardPositions = new Map();
    for (let at = 0; at < count; at++)
      end = new Map([...end, ...(await this.append(app, `acc-${at % streams}`, new Paid(`c-${at % 2}`, 1)))]);
    return end;
  }

  async append(app: Eventspan, streamId: string, event: object): Promise<ShardPositions> {
    const { type, data, schemaVersion } = registry.serialize(event);
    const metadata = JSON.stringify({ correlationId: 'c', time: '2026-01-01T00:00:00.000Z', schemaVersion });
    const stored = { eventId: this.nextId(), type, data, metadata };
    return positionsOf(await app.store.append({ writes: [{ streamId, expectedVersion: 'any', events: [stored] }] }));
  }

  /** Lets time go on in small steps until the promise is settled. */
  async run<T>(promise: Promise<T>, maxMs = 120_000): Promise<T> {
    const state = { isDone: false };
    const settle = (): void => void (state.isDone = true);
    promise.then(settle, settle);
    await this.until(() => state.isDone, 'a promise is settled', maxMs);
    return promise;
  }

  async until(condition: () => boolean, what: string, maxMs = 120_000): Promise<void> {
    for (const end = this.clock.now() + maxMs; !condition();) {
      if (this.clock.now() >= end)
        throw new Error(`waited ${maxMs} ms of the clock in vain until ${what}:\n${this.logged.slice(-20).join('\n')}`);
      await this.clock.advance(20);
    }
  }

  /** Waits until a generation is in a state, as its row says. */
  async untilState(app: Eventspan, generation: string, state: string, maxMs = 120_000): Promise<void> {
    for (const end = this.clock.now() + maxMs; !(await this.states(app)).includes(`${generation} ${state}`);) {
      if (this.clock.now() >= end)
        throw new Error(`${generation} did not become ${state}: ${(await this.states(app)).join()}\n${this.logged.slice(-20).join('\n')}`);
      await this.clock.advance(50);
    }
  }

  /** `1.0 live`, oldest first. */
  async states(app: Eventspan): Promise<string[]> {
    return (await app.projections.list()).map((info: GenerationInfo) => `${info.version}.${info.run} ${info.state}`);
  }

  /** Sums of what readers see. */
  async seen(app: Eventspan): Promise<{ total: number; payments: number; counted: number }> {
    const model = app.readModel('book');
    const sum = (rows: readonly Row[], column: string): number => rows.reduce((all, row) => all + Number(row[column] ?? 0), 0);
    const rows = await model.all('accounts');
    return { total: sum(rows, 'total'), payments: sum(rows, 'payments'), counted: sum(await model.all('counts'), 'n') };
  }

  async close(): Promise<void> {
    await this.run(Promise.all(this.apps.map((app) => app.stop())));
  }
}
