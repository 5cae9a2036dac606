import { spec } from 'eventspan/testing';
import { Application } from '../../examples/loans/application/application.js';
import * as command from '../../examples/loans/application/commands.js';
import * as event from '../../examples/loans/application/events.js';
import { Refusal } from '../../examples/loans/refusal.js';

const AT = '2011-10-01T00:38:44.546+02:00';
const ID = '173688';

type StepEvent = new (at: string, clerk?: string) => object;
type StepCommand = new (application: string, at: string, clerk?: string) => object;

const submitted = new event.ApplicationSubmitted(20000, AT, AT, '112');
const step = (Type: StepEvent): object => new Type(AT, '10862');
const past = (...types: StepEvent[]): object[] => [submitted, ...types.map(step)];
const asked = (Type: StepCommand): object => new Type(ID, AT, '10862');

const ACCEPTED = past(event.ApplicationPartlySubmitted, event.ApplicationPreaccepted, event.ApplicationAccepted);
const FINALIZED = [...ACCEPTED, step(event.OfferSelected), step(event.ApplicationFinalized)];
const OFFERED = [...FINALIZED, step(event.OfferCreated), step(event.OfferSent)];
const BACK = [...OFFERED, step(event.OfferSentBack)];
const TAKEN = [...BACK, step(event.OfferAccepted)];

describe('an application takes', () => {
  it('its submission, with amount, times and clerk as they are', async () => {
    await spec(Application)
      .when(new command.SubmitApplication(ID, 20000, AT, AT, '112'))
      .then(submitted);
  });

  it('a step without a clerk', async () => {
    await spec(Application)
      .given(submitted)
      .when(new command.PartlySubmitApplication(ID, AT))
      .then(new event.ApplicationPartlySubmitted(AT));
  });

  const allowed: [what: string, given: object[], when: StepCommand, then: StepEvent][] = [
    ['a preacceptance', past(event.ApplicationPartlySubmitted), command.PreacceptApplication, event.ApplicationPreaccepted],
    ['an acceptance', ACCEPTED.slice(0, 3), command.AcceptApplication, event.ApplicationAccepted],
    ['an offer selected before it is finalized', ACCEPTED, command.SelectOffer, event.OfferSelected],
    ['its finalization before an offer is selected', ACCEPTED, command.FinalizeApplication, event.ApplicationFinalized],
    [
      'its finalization after an offer is selected',
      [...ACCEPTED, step(event.OfferSelected)],
      command.FinalizeApplication,
      event.ApplicationFinalized,
    ],
    ['another offer selected while one is out', OFFERED, command.SelectOffer, event.OfferSelected],
    ['the offer back', OFFERED, command.ReceiveOfferBack, event.OfferSentBack],
    ['the cancellation of its offer', BACK, command.CancelOffer, event.OfferCancelled],
    [
      'its decline after its offer was declined',
      [...BACK, step(event.OfferDeclined)],
      command.DeclineApplication,
      event.ApplicationDeclined,
    ],
    ['the decline of its offer after its own', [...BACK, step(event.ApplicationDeclined)], command.DeclineOffer, event.OfferDeclined],
    [
      'the cancellation of its offer after its own',
      [...OFFERED, step(event.ApplicationCancelled)],
      command.CancelOffer,
      event.OfferCancelled,
    ],
    ['a loan approved before its offer is accepted', BACK, command.ApproveLoan, event.LoanApproved],
    ['a loan activated before it is approved', TAKEN, command.ActivateLoan, event.LoanActivated],
  ];
  it.each(allowed)('%s', async (_, given, when, then) => {
    await spec(Application)
      .given(...given)
      .when(asked(when))
      .then(step(then));
  });
});

describe('an application refuses', () => {
  it('what comes before its submission, and a second submission', async () => {
    await spec(Application).when(asked(command.PartlySubmitApplication)).thenThrows('STREAM_MISSING');
    await spec(Application)
      .given(submitted)
      .when(new command.SubmitApplication(ID, 1, AT, AT))
      .thenThrows('STREAM_EXISTS');
  });

  it.each([-1, 0.5, Number.NaN])('an amount of %p euros', async (amount) => {
    await spec(Application)
      .when(new command.SubmitApplication(ID, amount, AT, AT))
      .thenThrows(Refusal);
  });

  const cancelled = (given: object[]): object[] => [...given, step(event.ApplicationCancelled)];
  const declined = (given: object[]): object[] => [...given, step(event.ApplicationDeclined)];
  const refused: [what: string, given: object[], when: StepCommand, reason: string][] = [
    ['a step twice', ACCEPTED, command.AcceptApplication, 'it must be preaccepted'],
    ['a step too early', past(event.ApplicationPartlySubmitted), command.AcceptApplication, 'it must be preaccepted'],
    ['its end before it is partly submitted', [submitted], command.CancelApplication, 'cannot be ended'],
    ['a second end', cancelled(ACCEPTED), command.DeclineApplication, 'cannot be ended'],
    ['its end while an offer is prepared', FINALIZED, command.CancelApplication, 'in preparation'],
    ['its end before its first offer', [...ACCEPTED, step(event.ApplicationFinalized)], command.CancelApplication, 'gets an offer'],
    ['its decline when its offer was cancelled', [...BACK, step(event.OfferCancelled)], command.DeclineApplication, 'with its offer'],
    ['its cancellation when the loan is approved', [...TAKEN, step(event.LoanApproved)], command.CancelApplication, 'been approved'],
    ['its cancellation when an offer is accepted', TAKEN, command.CancelApplication, 'accepted offer'],
    ['its decline when an offer is accepted', TAKEN, command.DeclineApplication, 'accepted offer'],
    ['an offer too early', past(event.ApplicationPartlySubmitted), command.SelectOffer, 'No offer can be selected'],
    ['an offer after its end', cancelled(ACCEPTED), command.SelectOffer, 'No offer can be selected'],
    ['two offers in preparation', FINALIZED, command.SelectOffer, 'in preparation already'],
    ['another offer after one was accepted', TAKEN, command.SelectOffer, 'accepted already'],
    ['an offer created before it is finalized', [...ACCEPTED, step(event.OfferSelected)], command.CreateOffer, 'it must be finalized'],
    ['an offer created that was not selected', OFFERED, command.CreateOffer, 'Only a selected offer'],
    ['an offer created while one is out', [...OFFERED, step(event.OfferSelected)], command.CreateOffer, 'cancelled first'],
    ['an offer sent that was not created', FINALIZED, command.SendOffer, 'Only a created offer'],
    ['an offer back that is not out', FINALIZED, command.ReceiveOfferBack, 'Only a sent offer'],
    ['an offer back twice', BACK, command.ReceiveOfferBack, 'Only a sent offer'],
    ['the end of an offer that is not out', FINALIZED, command.CancelOffer, 'No offer is live'],
    ['an offer accepted after its end', cancelled(BACK), command.AcceptOffer, 'it must be finalized'],
    ['an offer declined after its cancellation', cancelled(BACK), command.DeclineOffer, 'is cancelled, not declined'],
    ['an offer cancelled after its decline', declined(BACK), command.CancelOffer, 'is declined, not cancelled'],
    ['a loan before it is finalized', ACCEPTED, command.ApproveLoan, 'it must be finalized'],
    ['a loan without an offer', FINALIZED, command.RegisterLoan, 'needs an offer'],
    ['a loan approved twice', [...TAKEN, step(event.LoanApproved)], command.ApproveLoan, 'approved already'],
  ];
  it.each(refused)('%s', async (_, given, when, reason) => {
    const outcome = spec(Application)
      .given(...given)
      .when(asked(when));
    await outcome.thenThrows(Refusal);
    await outcome.thenThrows(reason);
  });
});
