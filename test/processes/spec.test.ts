import { executed, refused, spec } from 'eventspan/testing';
import { defineProcessManager } from '../../src/processes/define-process-manager.js';
import { ProcessManager } from '../../src/processes/process-manager.decorator.js';
import { StartsOn } from '../../src/processes/starts-on.decorator.js';
import {
  Apologise,
  Checkout,
  OrderPlaced,
  OVERDUE_MS,
  Paid,
  PaymentOverdue,
  Refund,
  ReleaseStock,
  ReserveStock,
  Ship,
  Shipped,
  StockReserved,
  TakePayment,
} from './support/checkout.js';

const placed = new OrderPlaced('1', 70);
const reserved = spec(Checkout).given(placed, executed(new ReserveStock('1')));
const asked = reserved.given(new StockReserved('1'));
const paid = asked.given(executed(new TakePayment('1', 70)), new Paid('1'));

describe('a spec of a process manager', () => {
  it('tells what a message made it send, schedule, cancel and remember', async () => {
    await spec(Checkout).when(placed).thenSends(new ReserveStock('1')).thenState({ amount: 70 });
    await reserved
      .when(new StockReserved('1'))
      .thenSends(new TakePayment('1', 70))
      .thenSchedules(new PaymentOverdue('1'), { in: OVERDUE_MS });
    await asked.when(new Paid('1')).thenCancels(PaymentOverdue).thenSends(new Ship('1'));
    await paid.when(new Shipped('1')).thenCompletes();
    await paid.given(new Shipped('1')).when(new Paid('1')).thenNothing();
  });

  it('runs compensations to their end', async () => {
    await asked
      .when(refused(new TakePayment('1', 70), 'no credit'))
      .thenSends(new Apologise('1'))
      .thenCompensates(new ReleaseStock('1'));
    await paid.when(refused(new Ship('1'))).thenCompensates(new Refund('1', 70), new ReleaseStock('1'));
    await asked
      .given(refused(new TakePayment('1', 70)))
      .when(new PaymentOverdue('1'))
      .thenNothing();
    const taken = asked.given(executed(new TakePayment('1', 70)));
    await taken.when(new PaymentOverdue('1')).thenCompensates(new Refund('1', 70), new ReleaseStock('1'));
  });

  it('parks where a compensation is refused', async () => {
    const undoing = asked.given(new PaymentOverdue('1'), refused(new TakePayment('1', 70)));
    await undoing.when(refused(new ReleaseStock('1'), 'closed')).thenParks('closed');
  });

  it('does not fire a timer that was taken back', async () => {
    const later = spec(Checkout).given(placed, executed(new ReserveStock('1')), new StockReserved('1'), new Paid('1'));
    await later.when(new PaymentOverdue('1')).thenNothing();
    await later.when(executed(new TakePayment('1', 70))).thenNothing();
  });

  it('fails with what is different', async () => {
    const failing: readonly [PromiseLike<void>, string][] = [
      [spec(Checkout).when(placed).thenSends(new ReserveStock('2')), "orderId: expected '2', found '1'"],
      [spec(Checkout).when(placed).thenNothing(), "sent ReserveStock { orderId: '1' }"],
      [reserved.when(new StockReserved('1')).thenSchedules(new PaymentOverdue('1'), { in: 1 }), 'in 60000 ms'],
      [reserved.when(new StockReserved('1')).thenCancels('x'), 'cancelled none'],
      [spec(Checkout).when(placed).thenCompletes(), 'was to be completed and is running'],
      [spec(Checkout).when(placed).thenCompensates(), 'was to be compensated and is running'],
      [asked.when(new PaymentOverdue('1')).thenCompensates(new ReleaseStock('1')), 'waits to hear of TakePayment'],
      [spec(Checkout).when(placed).thenParks(), 'was to be parked and is running'],
      [spec(Checkout).when(placed).thenState({ amount: 71 }), 'amount: expected 71, found 70'],
      [spec(Checkout).when(placed).thenThrows('X'), 'threw nothing'],
      [
        spec(Checkout)
          .when(executed(new Ship('1')))
          .thenNothing(),
        'does not wait for',
      ],
      [spec(Checkout).given(placed).when(new Paid('2')).thenNothing(), 'is for the process 2'],
      [spec(Checkout).when(placed), 'no expectation'],
    ];
    for (const [outcome, text] of failing) {
      const error = await outcome.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: 'PROCESS_SPEC_FAILED', message: expect.stringContaining(text) as string });
    }
  });

  it('takes functional process managers, and what handlers throw', async () => {
    const strict = defineProcessManager({
      name: 'strict',
      initialState: () => 0,
      correlate: (message: { orderId: string }) => message.orderId,
      startsOn: (on) => [on(OrderPlaced, ({ amount }) => amount)],
      on: (on) => [
        on(Paid, () => {
          throw new RangeError('never paid');
        }),
      ],
    });
    await spec(strict)
      .when(placed)
      .thenState(({ value }: { value: number }) => value === 70);
    await spec(strict).given(placed).when(new Paid('1')).thenThrows(RangeError);
  });
});

describe('a process manager', () => {
  it('is checked when it is used', () => {
    @ProcessManager('no-start', { correlate: () => '1' })
    class NoStart {}
    @ProcessManager('with-arguments', { correlate: () => '1' })
    class WithArguments {
      constructor(readonly what: string) {}

      @StartsOn(OrderPlaced)
      placed(): void {}
    }
    @ProcessManager('secretive', { correlate: () => '1' })
    class Secretive {
      #secret = 1;

      @StartsOn(OrderPlaced)
      placed(): void {
        this.#secret += 1;
        expect(this.#secret).toBe(0);
      }
    }
    const correlate = (): string => '1';
    const options = {
      name: 'x',
      initialState: () => ({}),
      correlate,
      startsOn: (on: never) => [(on as Function)(OrderPlaced, () => undefined)],
    };
    expect(() => spec(NoStart)).toThrow(expect.objectContaining({ code: 'PROCESS_INVALID' }));
    expect(() => spec(WithArguments)).toThrow(expect.objectContaining({ code: 'PROCESS_INVALID' }));
    expect(() => spec(Secretive)).toThrow(expect.objectContaining({ code: 'CLASS_NOT_STORABLE' }));
    expect(() => defineProcessManager({ ...options, version: 0 } as never)).toThrow(/version is 0/);
    expect(() => defineProcessManager({ ...options, onRefused: 'x' } as never)).toThrow(/onRefused is x/);
    expect(() => defineProcessManager({ ...options, onError: 'skip' } as never)).toThrow(/must not miss/);
    expect(() => defineProcessManager({ ...options, timeoutMs: -1 } as never)).toThrow(/timeoutMs/);
    expect(() => defineProcessManager({ ...options, name: '1x' } as never)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
    expect(() => defineProcessManager({ ...options, initialState: () => Number.NaN } as never)).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_NOT_EXACT' }),
    );
    const twice = (on: Function): unknown[] => [on(OrderPlaced, () => undefined), on(OrderPlaced, () => undefined)];
    expect(() => defineProcessManager({ ...options, startsOn: twice } as never)).toThrow(/two rules for OrderPlaced/);
  });
});
