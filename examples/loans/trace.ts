/** What a work item's record says of it; records of applications and offers are always COMPLETE. */
export type Transition = 'SCHEDULE' | 'START' | 'COMPLETE';

/** One record of the log. */
export interface LoanRecord {
  /** `A_SUBMITTED`, `O_SENT`, `W_Valideren aanvraag`, ... */
  readonly activity: string;
  readonly transition: Transition;
  /** RFC 3339, as it stands in the log. */
  readonly at: string;
  readonly clerk?: string;
}

/** One application with all its records, in order. */
export interface LoanTrace {
  readonly application: string;
  /** Requested, in euros. */
  readonly amount: number;
  /** RFC 3339, as it stands in the log. */
  readonly registeredAt: string;
  readonly records: readonly LoanRecord[];
}
