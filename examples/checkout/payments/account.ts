import { Aggregate, AggregateRoot, Apply, Handle } from 'eventspan';
import { Refusal } from '../refusal.js';
import { AccountOpened, ChargePayment, OpenAccount, PaymentCharged, PaymentRefunded, RefundPayment } from './messages.js';

/** A customer's money. */
@Aggregate('account')
export class Account extends AggregateRoot {
  private balance = 0;
  private readonly charges = new Map<string, number>();

  @Handle(OpenAccount, { stream: 'new' })
  open({ balance }: OpenAccount): void {
    this.record(new AccountOpened(balance));
  }

  /** Refuses by an error: the process manager that sent the command is told. */
  @Handle(ChargePayment, { stream: 'existing' })
  charge({ orderId, amount }: ChargePayment): void {
    if (amount > this.balance) throw new Refusal(`The account has ${this.balance} of ${amount} cents.`);
    this.record(new PaymentCharged(orderId, amount));
  }

  @Handle(RefundPayment, { stream: 'existing' })
  refund({ orderId }: RefundPayment): void {
    const amount = this.charges.get(orderId);
    if (amount === undefined) throw new Refusal(`Nothing was charged for order ${orderId}, or it was refunded.`);
    this.record(new PaymentRefunded(orderId, amount));
  }

  @Apply(AccountOpened)
  protected onOpened({ balance }: AccountOpened): void {
    this.balance = balance;
  }

  @Apply(PaymentCharged)
  protected onCharged({ orderId, amount }: PaymentCharged): void {
    this.balance -= amount;
    this.charges.set(orderId, amount);
  }

  @Apply(PaymentRefunded)
  protected onRefunded({ orderId, amount }: PaymentRefunded): void {
    this.balance += amount;
    this.charges.delete(orderId);
  }
}
