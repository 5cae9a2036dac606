import { Command } from 'eventspan';

const aggregateId = (command: { readonly application: string }): string => command.application;

/** Every command names its application, the time and the clerk. */
export class ApplicationCommand {
  constructor(
    readonly application: string,
    readonly at: string,
    readonly clerk?: string,
  ) {}
}

@Command('application.submit', { aggregateId })
export class SubmitApplication extends ApplicationCommand {
  constructor(
    application: string,
    readonly amount: number,
    readonly registeredAt: string,
    at: string,
    clerk?: string,
  ) {
    super(application, at, clerk);
  }
}

@Command('application.submit-partly', { aggregateId })
export class PartlySubmitApplication extends ApplicationCommand {}

@Command('application.preaccept', { aggregateId })
export class PreacceptApplication extends ApplicationCommand {}

@Command('application.accept', { aggregateId })
export class AcceptApplication extends ApplicationCommand {}

@Command('application.finalize', { aggregateId })
export class FinalizeApplication extends ApplicationCommand {}

@Command('application.cancel', { aggregateId })
export class CancelApplication extends ApplicationCommand {}

@Command('application.decline', { aggregateId })
export class DeclineApplication extends ApplicationCommand {}

@Command('loan.register', { aggregateId })
export class RegisterLoan extends ApplicationCommand {}

@Command('loan.approve', { aggregateId })
export class ApproveLoan extends ApplicationCommand {}

@Command('loan.activate', { aggregateId })
export class ActivateLoan extends ApplicationCommand {}

@Command('offer.select', { aggregateId })
export class SelectOffer extends ApplicationCommand {}

@Command('offer.create', { aggregateId })
export class CreateOffer extends ApplicationCommand {}

@Command('offer.send', { aggregateId })
export class SendOffer extends ApplicationCommand {}

@Command('offer.receive-back', { aggregateId })
export class ReceiveOfferBack extends ApplicationCommand {}

@Command('offer.cancel', { aggregateId })
export class CancelOffer extends ApplicationCommand {}

@Command('offer.accept', { aggregateId })
export class AcceptOffer extends ApplicationCommand {}

@Command('offer.decline', { aggregateId })
export class DeclineOffer extends ApplicationCommand {}
