import { Aggregate, AggregateRoot, Apply, Handle } from 'eventspan';
import { must } from '../refusal.js';
import * as command from './commands.js';
import * as event from './events.js';

type Status = 'new' | 'submitted' | 'partly submitted' | 'preaccepted' | 'accepted' | 'finalized' | 'cancelled' | 'declined';
type LoanStep = 'registered' | 'approved' | 'activated';

const CAN_END: readonly Status[] = ['partly submitted', 'preaccepted', 'accepted', 'finalized'];

/**
 * A loan application with its offers. They are one aggregate because they decide together: an offer is created for a
 * finalized application, a loan needs a live or accepted one, an ended application only takes its offer back.
 *
 * At most one offer is in preparation (selected, created) and at most one is live (sent, sent back). The rules are those
 * that all 13,087 applications of the real log obey. An odd fact: the offer is selected just before the application is
 * finalized (2,907 times) or just after (2,108 times), so neither waits for the other.
 */
@Aggregate('application')
export class Application extends AggregateRoot {
  private status: Status = 'new';
  private preparing: 'nothing' | 'selected' | 'created' = 'nothing';
  private live: 'nothing' | 'sent' | 'sent back' = 'nothing';
  private settled: 'open' | 'accepted' | 'declined' = 'open';
  private hasHadOffer = false;
  private readonly loan: LoanStep[] = [];

  @Handle(command.SubmitApplication, { stream: 'new' })
  submit({ amount, registeredAt, at, clerk }: command.SubmitApplication): void {
    must(Number.isSafeInteger(amount) && amount >= 0, `The amount must be a whole number of euros, not ${amount}.`);
    this.record(new event.ApplicationSubmitted(amount, registeredAt, at, clerk));
  }

  @Handle(command.PartlySubmitApplication, { stream: 'existing' })
  submitPartly({ at, clerk }: command.PartlySubmitApplication): void {
    this.mustBe('submitted');
    this.record(new event.ApplicationPartlySubmitted(at, clerk));
  }

  @Handle(command.PreacceptApplication, { stream: 'existing' })
  preaccept({ at, clerk }: command.PreacceptApplication): void {
    this.mustBe('partly submitted');
    this.record(new event.ApplicationPreaccepted(at, clerk));
  }

  @Handle(command.AcceptApplication, { stream: 'existing' })
  accept({ at, clerk }: command.AcceptApplication): void {
    this.mustBe('preaccepted');
    this.record(new event.ApplicationAccepted(at, clerk));
  }

  @Handle(command.FinalizeApplication, { stream: 'existing' })
  finalize({ at, clerk }: command.FinalizeApplication): void {
    this.mustBe('accepted');
    this.record(new event.ApplicationFinalized(at, clerk));
  }

  @Handle(command.CancelApplication, { stream: 'existing' })
  cancel({ at, clerk }: command.CancelApplication): void {
    this.mustBeEndable();
    must(this.settled === 'open', `An application with an ${this.settled} offer cannot be cancelled.`);
    this.record(new event.ApplicationCancelled(at, clerk));
  }

  @Handle(command.DeclineApplication, { stream: 'existing' })
  decline({ at, clerk }: command.DeclineApplication): void {
    this.mustBeEndable();
    must(this.settled !== 'accepted', 'An application with an accepted offer cannot be declined.');
    const isWithOffer = this.live !== 'nothing' || this.settled === 'declined';
    must(this.status !== 'finalized' || isWithOffer, 'A finalized application is declined together with its offer.');
    this.record(new event.ApplicationDeclined(at, clerk));
  }

  @Handle(command.RegisterLoan, { stream: 'existing' })
  register({ at, clerk }: command.RegisterLoan): void {
    this.mustBecomeLoan('registered');
    this.record(new event.LoanRegistered(at, clerk));
  }

  @Handle(command.ApproveLoan, { stream: 'existing' })
  approve({ at, clerk }: command.ApproveLoan): void {
    this.mustBecomeLoan('approved');
    this.record(new event.LoanApproved(at, clerk));
  }

  @Handle(command.ActivateLoan, { stream: 'existing' })
  activate({ at, clerk }: command.ActivateLoan): void {
    this.mustBecomeLoan('activated');
    this.record(new event.LoanActivated(at, clerk));
  }

  @Handle(command.SelectOffer, { stream: 'existing' })
  selectOffer({ at, clerk }: command.SelectOffer): void {
    must(this.status === 'accepted' || this.status === 'finalized', `No offer can be selected while the application is ${this.status}.`);
    must(this.preparing === 'nothing', 'One offer is in preparation already.');
    must(this.settled === 'open', `An offer has been ${this.settled} already.`);
    this.record(new event.OfferSelected(at, clerk));
  }

  @Handle(command.CreateOffer, { stream: 'existing' })
  createOffer({ at, clerk }: command.CreateOffer): void {
    this.mustBe('finalized');
    must(this.preparing === 'selected', 'Only a selected offer can be created.');
    must(this.live === 'nothing', 'The offer before must be cancelled first.');
    this.record(new event.OfferCreated(at, clerk));
  }

  @Handle(command.SendOffer, { stream: 'existing' })
  sendOffer({ at, clerk }: command.SendOffer): void {
    must(this.preparing === 'created', 'Only a created offer can be sent.');
    this.record(new event.OfferSent(at, clerk));
  }

  @Handle(command.ReceiveOfferBack, { stream: 'existing' })
  receiveOfferBack({ at, clerk }: command.ReceiveOfferBack): void {
    must(this.live === 'sent', 'Only a sent offer can come back.');
    this.record(new event.OfferSentBack(at, clerk));
  }

  @Handle(command.CancelOffer, { stream: 'existing' })
  cancelOffer({ at, clerk }: command.CancelOffer): void {
    this.mustHaveLiveOffer();
    must(this.status !== 'declined', 'The offer of a declined application is declined, not cancelled.');
    this.record(new event.OfferCancelled(at, clerk));
  }

  @Handle(command.AcceptOffer, { stream: 'existing' })
  acceptOffer({ at, clerk }: command.AcceptOffer): void {
    this.mustHaveLiveOffer();
    this.mustBe('finalized');
    this.record(new event.OfferAccepted(at, clerk));
  }

  @Handle(command.DeclineOffer, { stream: 'existing' })
  declineOffer({ at, clerk }: command.DeclineOffer): void {
    this.mustHaveLiveOffer();
    must(this.status !== 'cancelled', 'The offer of a cancelled application is cancelled, not declined.');
    this.record(new event.OfferDeclined(at, clerk));
  }

  @Apply(event.ApplicationSubmitted)
  protected onSubmitted(): void {
    this.status = 'submitted';
  }

  @Apply(event.ApplicationPartlySubmitted)
  protected onPartlySubmitted(): void {
    this.status = 'partly submitted';
  }

  @Apply(event.ApplicationPreaccepted)
  protected onPreaccepted(): void {
    this.status = 'preaccepted';
  }

  @Apply(event.ApplicationAccepted)
  protected onAccepted(): void {
    this.status = 'accepted';
  }

  @Apply(event.ApplicationFinalized)
  protected onFinalized(): void {
    this.status = 'finalized';
  }

  @Apply(event.ApplicationCancelled)
  protected onCancelled(): void {
    this.status = 'cancelled';
  }

  @Apply(event.ApplicationDeclined)
  protected onDeclined(): void {
    this.status = 'declined';
  }

  @Apply(event.LoanRegistered)
  protected onRegistered(): void {
    this.loan.push('registered');
  }

  @Apply(event.LoanApproved)
  protected onApproved(): void {
    this.loan.push('approved');
  }

  @Apply(event.LoanActivated)
  protected onActivated(): void {
    this.loan.push('activated');
  }

  @Apply(event.OfferSelected)
  protected onOfferSelected(): void {
    this.preparing = 'selected';
  }

  @Apply(event.OfferCreated)
  protected onOfferCreated(): void {
    this.preparing = 'created';
  }

  @Apply(event.OfferSent)
  protected onOfferSent(): void {
    this.preparing = 'nothing';
    this.live = 'sent';
    this.hasHadOffer = true;
  }

  @Apply(event.OfferSentBack)
  protected onOfferSentBack(): void {
    this.live = 'sent back';
  }

  @Apply(event.OfferCancelled)
  protected onOfferCancelled(): void {
    this.live = 'nothing';
  }

  @Apply(event.OfferAccepted)
  protected onOfferAccepted(): void {
    this.live = 'nothing';
    this.settled = 'accepted';
  }

  @Apply(event.OfferDeclined)
  protected onOfferDeclined(): void {
    this.live = 'nothing';
    this.settled = 'declined';
  }

  private mustBe(status: Status): void {
    must(this.status === status, `The application is ${this.status}; it must be ${status}.`);
  }

  private mustBeEndable(): void {
    must(CAN_END.includes(this.status), `An application that is ${this.status} cannot be ended.`);
    must(this.preparing === 'nothing', 'An offer is in preparation.');
    must(this.status !== 'finalized' || this.hasHadOffer, 'A finalized application gets an offer before it ends.');
    must(this.loan.length === 0, `The loan has been ${this.loan.join(' and ')}.`);
  }

  private mustBecomeLoan(step: LoanStep): void {
    this.mustBe('finalized');
    must(!this.loan.includes(step), `The loan has been ${step} already.`);
    must(this.live !== 'nothing' || this.settled === 'accepted', 'A loan needs an offer that is live or accepted.');
  }

  private mustHaveLiveOffer(): void {
    must(this.live !== 'nothing', 'No offer is live.');
  }
}
