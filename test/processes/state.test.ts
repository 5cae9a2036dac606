import 'reflect-metadata';
import { Type } from 'class-transformer';
import { OrderPlaced, Paid } from './support/checkout.js';
import { On } from '../../src/projections/on.decorator.js';
import { defineProcessManager } from '../../src/processes/define-process-manager.js';
import type { ProcessContext } from '../../src/processes/process-context.js';
import { ProcessManager } from '../../src/processes/process-manager.decorator.js';
import { StartsOn } from '../../src/processes/starts-on.decorator.js';
import { ProcessWorld } from './support/world.js';

let world: ProcessWorld;
afterEach(() => world.close());

const correlate = (message: { orderId: string }): string => message.orderId;
const stateOf = async (): Promise<unknown> => (await world.processes.show('keeper', '1'))?.record.state;

/** Begins with one program, which is stopped, and goes on with another. */
async function changeOver(before: Parameters<ProcessWorld['start']>[0], after: Parameters<ProcessWorld['start']>[0]): Promise<void> {
  world = await ProcessWorld.open();
  const engine = await world.start(before);
  await world.append('order-1', new OrderPlaced('1', 70));
  await world.until(async () => (await stateOf()) !== undefined, 'it has begun');
  await world.run(engine.stop());
  await world.start(after);
  await world.append('payment-1', new Paid('1'));
}

@ProcessManager('keeper', { correlate })
class Keeper {
  amount = 0;
}
StartsOnly(Keeper);

/** Gives a class the beginning that all of them share. */
function StartsOnly(type: { prototype: object }): void {
  const begin = {
    value: function (this: { amount: number }, { amount }: OrderPlaced) {
      this.amount = amount;
    },
    configurable: true,
  };
  Object.defineProperty(type.prototype, 'placed', begin);
  StartsOn(OrderPlaced)(type.prototype, 'placed', begin as never);
}

describe('the state of a process', () => {
  it('is kept exactly, with nested classes and dates', async () => {
    class Money {
      constructor(readonly cents: number) {}

      get euros(): number {
        return this.cents / 100;
      }
    }
    @ProcessManager('keeper', { correlate })
    class Rich {
      @Type(() => Money)
      money = new Money(0);

      @Type(() => Date)
      since = new Date(0);

      notes: Record<string, unknown> = {};

      @StartsOn(OrderPlaced)
      placed({ amount }: OrderPlaced, { time }: ProcessContext): void {
        this.money = new Money(amount * 100);
        this.since = time;
        this.notes = { deep: [1, { two: null }], text: 'é\u2028' };
      }

      @On(Paid)
      paid(): void {
        if (this.money.euros !== 70 || !(this.since instanceof Date) || this.since.getTime() === 0) throw new Error('another state');
        this.notes = { ...this.notes, paid: true };
      }
    }
    await changeOver(Rich, Rich);
    await world.until(async () => ((await stateOf()) as { notes: { paid?: boolean } }).notes.paid, 'it is paid');
    expect(await stateOf()).toMatchObject({ money: { cents: 7000 }, notes: { deep: [1, { two: null }], text: 'é\u2028' } });
  });

  it('that JSON cannot carry is refused with its path, and the message waits', async () => {
    const exact = defineProcessManager({
      name: 'keeper',
      initialState: () => ({ amount: 0 }),
      correlate,
      startsOn: (on) => [on(OrderPlaced, () => ({ amount: Number.NaN }))],
    });
    world = await ProcessWorld.open();
    await world.start(exact);
    await world.append('order-1', new OrderPlaced('1', 70));
    await world.until(async () => (await world.parked.show('process.keeper', 'order-1')) !== undefined, 'it is parked');
    expect((await world.parked.show('process.keeper', 'order-1'))?.message).toMatch(/keeper 1 cannot handle .*amount.*PAYLOAD_NOT_EXACT/);
  });

  it('gives new fields their initial values', async () => {
    @ProcessManager('keeper', { correlate })
    class Later {
      amount = 0;
      payments = 40;

      @On(Paid)
      paid(): void {
        this.payments++;
      }
    }
    StartsOnly(Later);
    await changeOver(Keeper, Later);
    await world.until(async () => ((await stateOf()) as { payments?: number }).payments !== undefined, 'it is paid');
    expect(await stateOf()).toEqual({ amount: 70, payments: 41 });
  });

  it('of an earlier version is read through upcastState', async () => {
    @ProcessManager('keeper', {
      correlate,
      version: 2,
      upcastState: ({ amount }: { amount: number }, fromVersion: number) => ({ cents: amount * 100, fromVersion }),
    })
    class Cents {
      cents = 0;
      fromVersion = 0;

      @StartsOn(OrderPlaced)
      placed(): void {}

      @On(Paid)
      paid(): void {
        this.cents++;
      }
    }
    await changeOver(Keeper, Cents);
    await world.until(async () => ((await stateOf()) as { cents?: number }).cents, 'it is paid');
    expect((await world.processes.show('keeper', '1'))?.record).toMatchObject({ stateVersion: 2, state: { cents: 7001, fromVersion: 1 } });
  });

  it.each([
    [1, 2, 'it is older'],
    [2, 1, 'it is newer'],
  ])('of version %i stops a message before a program of version %i, and nothing is lost', async (before, after, reason) => {
    const versioned = (version: number): ReturnType<typeof defineProcessManager> =>
      defineProcessManager({
        name: 'keeper',
        version,
        initialState: () => ({ paid: 0 }),
        correlate,
        startsOn: (on) => [on(OrderPlaced, () => undefined)],
        on: (on) => [on(Paid, (_, { state }) => ({ paid: state.paid + 1 }))],
      });
    await changeOver(versioned(before), versioned(after));
    await world.until(async () => (await world.parked.show('process.keeper', 'payment-1')) !== undefined, 'it is parked');
    const parked = await world.parked.show('process.keeper', 'payment-1');
    expect(parked).toMatchObject({ code: 'PROCESS_STATE_UNREADABLE', message: expect.stringContaining(reason) as string });
    await world.run(world.engines.at(-1)!.stop());
    await world.start(versioned(before));
    const { ticket } = await world.parked.redrive({ consumer: 'process.keeper', streamId: 'payment-1' });
    await world.run(world.parked.waitUntilSettled(ticket));
    expect(await stateOf()).toEqual({ value: { paid: 1 } });
  });

  it('is that of its stream where the row is not there', async () => {
    world = await ProcessWorld.open();
    await world.start(Keeper);
    await world.append('order-1', new OrderPlaced('1', 70));
    await world.until(async () => (await stateOf()) !== undefined, 'it has begun');
    const { PROCESSES } = await import('../../src/event-store/messaging-tables.js');
    const batch = await world.store.readModels.openBatch({ rows: 'stream' });
    await batch.commit([{ kind: 'delete', table: PROCESSES, row: { process: 'keeper', process_id: '1' } }]);
    await world.append('order-again', new OrderPlaced('1', 71));
    await world.idle();
    expect(await world.transitions('keeper-1')).toHaveLength(1);
  });

  it('is refused where the stream is not one of a process', async () => {
    world = await ProcessWorld.open();
    await world.append('keeper-1', new Paid('2'));
    await world.start(Keeper);
    await world.append('order-1', new OrderPlaced('1', 70));
    await world.until(async () => (await world.parked.show('process.keeper', 'order-1')) !== undefined, 'it is parked');
    expect((await world.parked.show('process.keeper', 'order-1'))?.code).toBe('PROCESS_STREAM_FOREIGN');
  });
});
