import { EventspanError } from '../../src/errors/eventspan-error.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { defineProcessManager } from '../../src/processes/define-process-manager.js';
import { Checkout, OrderPlaced, OVERDUE_MS, Paid, PaymentOverdue, ReserveStock, Shipped, StockReserved } from './support/checkout.js';
import { ProcessWorld } from './support/world.js';

let world: ProcessWorld;
afterEach(() => world.close());

const clock = (): FakeClock => world.clock as FakeClock;

/** Up to the payment's being asked for. Events of several streams come in no order, unless one waits. */
async function untilPayment(): Promise<void> {
  await world.append('order-1', new OrderPlaced('1', 70));
  await world.settle('reserve-stock');
  await world.idle();
  await world.append('stock-1', new StockReserved('1'));
  await world.until(async () => (await world.sent('take-payment')).length > 0, 'the payment is asked for');
}

describe('a process', () => {
  it('goes from its first message to its end, and each message is one transition', async () => {
    world = await ProcessWorld.open();
    await world.start(Checkout);
    await untilPayment();
    await world.settle('take-payment');
    await world.idle();
    await world.append('payment-1', new Paid('1'));
    await world.settle('ship');
    await world.idle();
    await world.append('parcel-1', new Shipped('1'));
    await world.untilStatus('1', 'completed');
    await world.idle();
    const sent = await world.sent();
    expect(sent.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, data }) => [name, data])).toEqual([
      ['reserve-stock', { orderId: '1' }],
      ['ship', { orderId: '1' }],
      ['take-payment', { orderId: '1', amount: 70 }],
    ]);
    const transitions = await world.transitions('checkout-1');
    expect(transitions.map(({ message, from, record }) => [message.type, from, record.status])).toEqual([
      ['order-placed', undefined, 'running'],
      ['eventspan.command-executed', 'running', 'running'],
      ['stock-reserved', 'running', 'running'],
      ['eventspan.command-executed', 'running', 'running'],
      ['paid', 'running', 'running'],
      ['eventspan.command-executed', 'running', 'running'],
      ['shipped', 'running', 'completed'],
    ]);
    expect(transitions.at(-1)?.record.state).toEqual({ amount: 70, paid: true });
    expect(await world.timers()).toBe(0);
  });

  it('is compensated when a command is refused, and its refusal handler decides', async () => {
    world = await ProcessWorld.open();
    await world.start(Checkout);
    await untilPayment();
    await world.settle('take-payment', 'no credit');
    await world.settle('release-stock');
    await world.untilStatus('1', 'compensated');
    expect((await world.sent()).map(({ name }) => name).toSorted()).toEqual([
      'apologise',
      'release-stock',
      'reserve-stock',
      'take-payment',
    ]);
    expect(await world.processes.show('checkout', '1')).toMatchObject({ status: 'compensated', reason: 'not paid: no credit' });
    expect(await world.timers()).toBe(0);
  });

  it('is compensated when its timer fires, when it has heard whether the last step took effect', async () => {
    world = await ProcessWorld.open();
    await world.start(Checkout);
    await untilPayment();
    await clock().advance(OVERDUE_MS);
    expect(await world.fireTimers()).toBe(1);
    await world.untilStatus('1', 'compensating');
    await world.settle('take-payment');
    await world.settle('refund');
    await world.settle('release-stock');
    await world.untilStatus('1', 'compensated');
  });

  it('takes replies that come late, twice or without being awaited, and timers after its end, without a trace', async () => {
    world = await ProcessWorld.open();
    await world.start(Checkout);
    await untilPayment();
    const payment = await world.settle('take-payment', 'no credit');
    const release = await world.settle('release-stock');
    await world.untilStatus('1', 'compensated');
    const before = await world.transitions('checkout-1');
    await world.outcome(payment, 'no credit', 'any');
    await world.outcome(payment, undefined, 'any');
    await world.outcome(release, undefined, 'any');
    await world.append('order-1', new OrderPlaced('1', 70));
    await world.append('payment-1', new Paid('1'));
    await world.append('eventspan.timer-x', new PaymentOverdue('1'), { processName: 'checkout', processId: '1' });
    await world.idle();
    expect(await world.transitions('checkout-1')).toEqual(before);
    expect(await world.sent()).toHaveLength(4);
  });

  it('does not begin with a message that is no beginning, and not twice', async () => {
    world = await ProcessWorld.open();
    await world.start(Checkout);
    await world.append('payment-9', new Paid('9'));
    await world.append('order-1', new OrderPlaced('1', 70));
    await world.append('order-1', new OrderPlaced('1', 71));
    await world.idle();
    expect(await world.status('9')).toBeUndefined();
    expect(await world.sent('reserve-stock')).toHaveLength(1);
    expect((await world.transitions('checkout-1')).at(-1)?.record.state).toEqual({ amount: 70, paid: false });
  });

  it('says with what leads from one to the next: correlation, cause and process', async () => {
    world = await ProcessWorld.open();
    await world.start(Checkout);
    const eventId = await world.append('order-1', new OrderPlaced('1', 70), {
      correlationId: 'web-7',
      actor: 'ada',
      traceparent: '00-a-b-01',
    });
    const { event } = await world.until(async () => (await world.sent())[0], 'it is sent');
    const expected = {
      correlationId: 'web-7',
      causationId: eventId,
      actor: 'ada',
      traceparent: '00-a-b-01',
      processName: 'checkout',
      processId: '1',
    };
    expect(JSON.parse(event.metadata)).toMatchObject(expected);
    for await (const { metadata } of world.store.readStream('checkout-1'))
      expect(JSON.parse(metadata)).toMatchObject({ ...expected, source: 'test' });
  });
});

describe('a parked process', () => {
  it('is listed with its reason, and resumed under a new command id', async () => {
    world = await ProcessWorld.open();
    await world.start(Checkout);
    await untilPayment();
    await world.settle('take-payment', 'no credit');
    const first = await world.settle('release-stock', 'the warehouse is closed');
    await world.untilStatus('1', 'parked');
    const listed = [];
    for await (const each of world.processes.list({ status: 'parked' })) listed.push(each);
    expect(listed).toMatchObject([
      { process: 'checkout', processId: '1', reason: expect.stringContaining('the warehouse is closed') as string },
    ]);

    const ticket = await world.processes.resume('checkout', '1', { actor: 'ada' });
    expect(await world.run(world.processes.waitUntilSettled(ticket))).toBe('done');
    const second = await world.settle('release-stock');
    expect(second.commandId).not.toBe(first.commandId);
    expect(second.data).toEqual(first.data);
    await world.untilStatus('1', 'compensated');
    const { transitions } = (await world.processes.show('checkout', '1'))!;
    expect(transitions.find(({ request }) => request !== undefined)).toMatchObject({
      request: { kind: 'resume' },
      from: 'parked',
      to: 'compensating',
    });
  });

  it('goes on without what was refused, with the reason in its stream', async () => {
    world = await ProcessWorld.open();
    await world.start(Checkout);
    await untilPayment();
    await world.settle('take-payment', 'no credit');
    await world.settle('release-stock', 'the warehouse is closed');
    await world.untilStatus('1', 'parked');
    await expect(world.processes.skip('checkout', '1', { reason: ' ' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    const ticket = await world.processes.skip('checkout', '1', { reason: 'put back by hand' });
    const again = await world.processes.skip('checkout', '1', { reason: 'put back by hand' });
    const outcomes = await world.run(Promise.all([ticket, again].map((each) => world.processes.waitUntilSettled(each))));
    expect(outcomes.toSorted()).toEqual(['done', 'out-of-place']);
    const details = await world.processes.show('checkout', '1');
    expect(details).toMatchObject({ status: 'compensated', record: { stack: [{ state: 'skipped' }] } });
    expect(details?.transitions.at(-1)?.request).toEqual({ kind: 'skip', reason: 'put back by hand' });
  });

  it('with onRefused park keeps the messages that come meanwhile, and handles them in order when it is resumed', async () => {
    const parking = defineProcessManager({
      name: 'checkout',
      onRefused: 'park',
      initialState: () => [] as string[],
      correlate: (message: { orderId: string }) => message.orderId,
      startsOn: (on) => [on(OrderPlaced, ({ orderId }, { send }) => send(new ReserveStock(orderId)))],
      on: (on) => [
        on(StockReserved, (_, { state }) => [...state, 'reserved']),
        on(Paid, (_, { state }) => [...state, 'paid']),
        on(Shipped, (_, { state, complete }) => {
          complete();
          return [...state, 'shipped'];
        }),
      ],
    });
    world = await ProcessWorld.open();
    await world.start(parking);
    await world.append('order-1', new OrderPlaced('1', 70));
    await world.settle('reserve-stock', 'out of order');
    await world.untilStatus('1', 'parked');
    for (const message of [new StockReserved('1'), new Paid('1'), new Shipped('1')]) await world.append('stock-1', message);
    await world.idle();
    expect((await world.processes.show('checkout', '1'))?.record).toMatchObject({
      status: 'parked',
      waiting: [{}, {}, {}],
      state: { value: [] },
    });
    const ticket = await world.processes.resume('checkout', '1');
    expect(await world.run(world.processes.waitUntilSettled(ticket))).toBe('done');
    expect((await world.processes.show('checkout', '1'))?.record).toMatchObject({
      status: 'completed',
      waiting: [],
      state: { value: ['reserved', 'paid', 'shipped'] },
    });
    expect(await world.sent('reserve-stock')).toHaveLength(2);
  });

  it('is asked only for what its status allows', async () => {
    world = await ProcessWorld.open();
    await world.start(Checkout);
    await world.append('order-1', new OrderPlaced('1', 70));
    await world.untilStatus('1', 'running');
    await expect(world.processes.resume('checkout', '1')).rejects.toMatchObject({ code: 'PROCESS_STATUS_WRONG' });
    await expect(world.processes.resume('checkout', '2')).rejects.toMatchObject({ code: 'PROCESS_UNKNOWN' });
    await world.settle('reserve-stock');
    const ticket = await world.processes.compensate('checkout', '1', { reason: 'the customer called' });
    await world.run(world.processes.waitUntilSettled(ticket));
    await world.settle('release-stock');
    await world.untilStatus('1', 'compensated');
    expect((await world.processes.show('checkout', '1'))?.reason).toBe('the customer called');
  });
});

describe('a message that cannot be handled', () => {
  it('parks its stream with the process in the reason, and other processes and streams go on', async () => {
    let isBroken = true;
    const fragile = defineProcessManager({
      name: 'fragile',
      initialState: () => ({ paid: 0 }),
      correlate: (message: { orderId: string }) => message.orderId,
      startsOn: (on) => [on(OrderPlaced, () => undefined)],
      on: (on) => [
        on(Paid, ({ orderId }, { state }) => {
          if (isBroken && orderId === '1') throw new Error('no such thing as money');
          return { paid: state.paid + 1 };
        }),
        on(Shipped, (_, { complete }) => complete()),
      ],
    });
    world = await ProcessWorld.open();
    await world.start(fragile);
    for (const id of ['1', '2']) await world.append(`order-${id}`, new OrderPlaced(id, 1));
    await world.idle();
    for (const id of ['1', '2']) await world.append(`payment-${id}`, new Paid(id));
    await world.append('parcel-2', new Shipped('2'));
    await world.until(async () => (await world.status('2', 'fragile')) === 'completed', 'the other process is done');
    await world.idle();
    const parked = [];
    for await (const each of world.parked.list()) parked.push(each);
    expect(parked).toMatchObject([{ consumer: 'process.fragile', streamId: 'payment-1', code: 'PROCESS_FAILED', attempts: 2 }]);
    expect(parked[0]?.message).toContain('The process fragile 1 cannot handle paid: no such thing as money');
    isBroken = false;
    const { ticket } = await world.parked.redrive({ consumer: 'process.fragile', streamId: 'payment-1' });
    await world.run(world.parked.waitUntilSettled(ticket));
    expect((await world.processes.show('fragile', '1'))?.record.state).toEqual({ value: { paid: 1 } });
  });

  it.each<
    [
      string,
      (context: {
        complete: () => void;
        compensate: (reason: string) => void;
        schedule: (m: object, d: { in: number }) => void;
      }) => unknown,
      string,
    ]
  >([
    ['both completes and compensates', ({ complete, compensate }) => (complete(), compensate('x')), 'both completes and compensates'],
    ['compensates without a reason', ({ compensate }) => compensate(' '), 'without a reason'],
    ['schedules what it does not take', ({ schedule }) => schedule(new Shipped('1'), { in: 1 }), 'which no method with @On takes'],
  ])('as one that %s', async (_, decide, reason) => {
    const wrong = defineProcessManager({
      name: 'wrong',
      initialState: () => ({}),
      correlate: (message: { orderId: string }) => message.orderId,
      startsOn: (on) => [on(OrderPlaced, (_message, context) => void decide(context))],
    });
    world = await ProcessWorld.open();
    await world.start(wrong);
    await world.append('order-1', new OrderPlaced('1', 1));
    await world.until(async () => (await world.parked.show('process.wrong', 'order-1')) !== undefined, 'it is parked');
    expect((await world.parked.show('process.wrong', 'order-1'))?.message).toContain(reason);
    expect(await world.status('1', 'wrong')).toBeUndefined();
  });

  it('as one of a process whose handler is not done in time, and what it does later happens to nothing', async () => {
    let late: unknown;
    const slow = defineProcessManager({
      name: 'slow',
      timeoutMs: 100,
      initialState: () => ({}),
      correlate: (message: { orderId: string }) => message.orderId,
      startsOn: (on) => [
        on(OrderPlaced, async ({ orderId }, { send }) => {
          await clock().sleep(500);
          try {
            send(new ReserveStock(orderId));
          } catch (error) {
            late = error;
          }
        }),
      ],
    });
    world = await ProcessWorld.open();
    await world.start(slow);
    await world.append('order-1', new OrderPlaced('1', 1));
    await world.until(async () => (await world.parked.show('process.slow', 'order-1')) !== undefined, 'it is parked');
    expect(await world.parked.show('process.slow', 'order-1')).toMatchObject({ reason: 'timed-out', code: 'HANDLER_TIMED_OUT' });
    await clock().advance(1_000);
    expect(late).toBeInstanceOf(EventspanError);
    expect(await world.sent()).toEqual([]);
  });

  it('as one with an id that no stream can have', async () => {
    const odd = defineProcessManager({
      name: 'odd',
      initialState: () => ({}),
      correlate: () => 7 as unknown as string,
      startsOn: (on) => [on(OrderPlaced, () => undefined)],
    });
    world = await ProcessWorld.open();
    await world.start(odd);
    await world.append('order-1', new OrderPlaced('1', 1));
    await world.until(async () => (await world.parked.show('process.odd', 'order-1')) !== undefined, 'it is parked');
    expect((await world.parked.show('process.odd', 'order-1'))?.code).toBe('PROCESS_ID_INVALID');
  });
});
