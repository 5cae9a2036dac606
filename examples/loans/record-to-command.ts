import * as application from './application/commands.js';
import { InputError } from './input-error.js';
import type { LoanRecord, LoanTrace } from './trace.js';
import { CompleteWork, ScheduleWork, StartWork, WORK_KINDS, type WorkKind } from './work-item/work-item.js';

/** Commands on the application, by activity. A_SUBMITTED, which carries more, is made apart. */
const APPLICATION_COMMANDS = new Map([
  ['A_PARTLYSUBMITTED', application.PartlySubmitApplication],
  ['A_PREACCEPTED', application.PreacceptApplication],
  ['A_ACCEPTED', application.AcceptApplication],
  ['A_FINALIZED', application.FinalizeApplication],
  ['A_CANCELLED', application.CancelApplication],
  ['A_DECLINED', application.DeclineApplication],
  ['A_REGISTERED', application.RegisterLoan],
  ['A_APPROVED', application.ApproveLoan],
  ['A_ACTIVATED', application.ActivateLoan],
  ['O_SELECTED', application.SelectOffer],
  ['O_CREATED', application.CreateOffer],
  ['O_SENT', application.SendOffer],
  ['O_SENT_BACK', application.ReceiveOfferBack],
  ['O_CANCELLED', application.CancelOffer],
  ['O_ACCEPTED', application.AcceptOffer],
  ['O_DECLINED', application.DeclineOffer],
]);

const WORK_COMMANDS = { SCHEDULE: ScheduleWork, START: StartWork, COMPLETE: CompleteWork };

/** The command that a record of an application stands for. Throws `RECORD_UNKNOWN`. */
export function recordToCommand(trace: LoanTrace, record: LoanRecord): object {
  const { activity, transition, at, clerk } = record;
  if (activity.startsWith('W_')) return new WORK_COMMANDS[transition](trace.application, workKindOf(trace, activity), at, clerk);
  if (transition !== 'COMPLETE') throw unknown(trace, `${activity} with the transition ${transition}`);
  if (activity === 'A_SUBMITTED') {
    return new application.SubmitApplication(trace.application, trace.amount, trace.registeredAt, at, clerk);
  }
  const CommandClass = APPLICATION_COMMANDS.get(activity);
  if (CommandClass === undefined) throw unknown(trace, activity);
  return new CommandClass(trace.application, at, clerk);
}

function workKindOf(trace: LoanTrace, activity: string): WorkKind {
  const kind = WORK_KINDS.find((known) => activity === `W_${known}`);
  if (kind === undefined) throw unknown(trace, activity);
  return kind;
}

function unknown({ application: id }: LoanTrace, what: string): InputError {
  return new InputError('RECORD_UNKNOWN', `Application ${id} has the activity ${what}, which is no step of the loan process.`);
}
