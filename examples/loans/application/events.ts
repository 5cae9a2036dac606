import { Event } from 'eventspan';
import { Step } from '../step.js';

@Event('application.submitted')
export class ApplicationSubmitted extends Step {
  constructor(
    readonly amount: number,
    readonly registeredAt: string,
    at: string,
    clerk?: string,
  ) {
    super(at, clerk);
  }
}

@Event('application.partly-submitted')
export class ApplicationPartlySubmitted extends Step {}

@Event('application.preaccepted')
export class ApplicationPreaccepted extends Step {}

@Event('application.accepted')
export class ApplicationAccepted extends Step {}

@Event('application.finalized')
export class ApplicationFinalized extends Step {}

@Event('application.cancelled')
export class ApplicationCancelled extends Step {}

@Event('application.declined')
export class ApplicationDeclined extends Step {}

@Event('loan.registered')
export class LoanRegistered extends Step {}

@Event('loan.approved')
export class LoanApproved extends Step {}

@Event('loan.activated')
export class LoanActivated extends Step {}

@Event('offer.selected')
export class OfferSelected extends Step {}

@Event('offer.created')
export class OfferCreated extends Step {}

@Event('offer.sent')
export class OfferSent extends Step {}

@Event('offer.sent-back')
export class OfferSentBack extends Step {}

@Event('offer.cancelled')
export class OfferCancelled extends Step {}

@Event('offer.accepted')
export class OfferAccepted extends Step {}

@Event('offer.declined')
export class OfferDeclined extends Step {}
