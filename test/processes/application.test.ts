import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  defineProcessManager,
  Event,
  Eventspan,
  Handle,
  inProcess,
  memory,
  type EventspanOptions,
  type StoreProvider,
} from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { until } from '../support/until.js';

@Event('seat.booked')
class Booked {
  constructor(
    readonly tripId: string,
    readonly step: number,
  ) {}
}

@Event('seat.undone')
class Undone {
  constructor(readonly tripId: string) {}
}

@Event('trip.overdue')
class Overdue {
  constructor(readonly tripId: string) {}
}

@Command('seat.book', { aggregateId: ({ tripId, step }: Book) => `${tripId}-${step}` })
class Book {
  constructor(
    readonly tripId: string,
    readonly step: number,
  ) {}
}

@Command('seat.undo', { aggregateId: ({ tripId, step }: Undo) => `${tripId}-${step}` })
class Undo {
  constructor(
    readonly tripId: string,
    readonly step: number,
  ) {}
}

@Aggregate('seat')
class Seat extends AggregateRoot {
  @Handle(Book, { stream: 'any' })
  book({ tripId, step }: Book): void {
    if (tripId === 'full' && step === 3) throw new Error('no seats');
    this.record(new Booked(tripId, step));
  }

  @Handle(Undo)
  undo({ tripId }: Undo): void {
    this.record(new Undone(tripId));
  }

  @Apply(Booked)
  protected onBooked(): void {}

  @Apply(Undone)
  protected onUndone(): void {}
}

/** Three seats, one after another; `slow` waits for a fourth that nobody books. */
const trip = defineProcessManager({
  name: 'trip',
  initialState: () => ({ step: 1 }),
  correlate: (message: { tripId: string }) => message.tripId,
  startsOn: (on) => [
    on(Booked, ({ tripId }, { send, schedule }) => {
      schedule(new Overdue(tripId), { in: tripId === 'slow' ? 300 : 60_000 });
      send(new Book(tripId, 2), { compensateWith: new Undo(tripId, 2) });
      return { step: 2 };
    }),
  ],
  on: (on) => [
    on(Booked, ({ tripId, step }, { state, send, complete }) => {
      if (step !== state.step) return;
      if (step === 3) return tripId === 'slow' ? undefined : complete();
      send(new Book(tripId, 3), { compensateWith: new Undo(tripId, 3) });
      return { step: 3 };
    }),
    on(Overdue, (_, { compensate }) => compensate('it takes too long')),
  ],
});

const folder = mkdtempSync(path.join(tmpdir(), 'processes-app-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const opened: Eventspan[] = [];
afterEach(() => Promise.all(opened.splice(0).map((app) => app.stop())));

async function open(options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
  const app = await Eventspan.open({ store: memory(), transport: inProcess(), aggregates: [Seat], processManagers: [trip], ...options });
  opened.push(app);
  return app;
}

const untilStatus = (app: Eventspan, id: string, status: string): Promise<void> =>
  until(async () => (await app.processes.show('trip', id))?.status === status, `${id} is ${status}`);

describe.each<[string, (name: string) => StoreProvider]>([
  ['memory', () => memory()],
  ['sqlite', (name) => sqlite(path.join(folder, `${name}.db`))],
])('[%s] an application with process managers', (_, store) => {
  it('takes commands, replies, refusals and timers to the end of each process', async () => {
    const app = await open({ store: store('one') });
    await app.start();
    for (const id of ['fine', 'full', 'slow']) await app.execute(new Book(id, 1));
    await untilStatus(app, 'fine', 'completed');
    await untilStatus(app, 'full', 'compensated');
    await untilStatus(app, 'slow', 'compensated');
    expect((await app.processes.show('trip', 'slow'))?.reason).toBe('it takes too long');
    expect((await app.processes.show('trip', 'full'))?.reason).toBe('seat.book was refused: no seats');
    const undone = async (id: string, step: number): Promise<number> => {
      let count = 0;
      for await (const { type } of app.store.readStream(`seat-${id}-${step}`)) if (type === 'seat.undone') count++;
      return count;
    };
    expect(await Promise.all([2, 3].map((step) => undone('full', step)))).toEqual([1, 0]);
    expect(await Promise.all([2, 3].map((step) => undone('slow', step)))).toEqual([1, 1]);
    expect(app.status().engines['process.trip']).toMatchObject({ consumer: 'process.trip', state: 'running' });
  });
});

describe('an application', () => {
  it('runs process managers in services with the role consumers, and others may look at them', async () => {
    const store = memory();
    const transport = inProcess();
    const front = await open({ store, transport, roles: ['commands', 'relay'] });
    const back = await open({ store, transport, roles: ['commands', 'consumers', 'timers'] });
    await Promise.all([front.start(), back.start()]);
    await front.execute(new Book('fine', 1));
    await untilStatus(front, 'fine', 'completed');
    expect(front.status().engines['process.trip']).toBeUndefined();
  });

  it('begins with what comes when it is told so, and with the whole log when it is not', async () => {
    for (const [startFrom, status] of [
      ['end', undefined],
      ['beginning', 'completed'],
    ] as const) {
      const store = memory();
      const before = await open({ store, processManagers: [] });
      await before.execute(new Book('fine', 1));
      await before.stop();
      const app = await open({ store, processManagers: [{ ...trip, startFrom }] });
      await app.start();
      await app.execute(new Book('full', 1));
      await untilStatus(app, 'full', 'compensated');
      if (status !== undefined) await untilStatus(app, 'fine', status);
      expect((await app.processes.show('trip', 'fine'))?.status).toBe(status);
    }
  });

  it('leads one correlation through processes, commands and timers, as the log shows', async () => {
    const app = await open();
    await app.start();
    const { correlationId } = (await app.execute(new Book('slow', 1), { metadata: { correlationId: 'web-1' } })) as {
      correlationId?: string;
    };
    await untilStatus(app, 'slow', 'compensated');
    for (const streamId of ['trip-slow', 'seat-slow-2', 'seat-slow-3']) {
      for await (const { metadata } of app.store.readStream(streamId)) {
        expect(JSON.parse(metadata)).toMatchObject({ correlationId: correlationId ?? 'web-1', processName: 'trip', processId: 'slow' });
      }
    }
  });

  it('refuses a process manager that has the name of an aggregate or of another one', async () => {
    const seat = { ...trip, name: 'seat' };
    await expect(open({ processManagers: [seat] })).rejects.toMatchObject({ code: 'PROCESS_NAME_TAKEN' });
    await expect(open({ processManagers: [trip, { ...trip }] })).rejects.toMatchObject({ code: 'PROCESS_NAME_TAKEN' });
  });
});
