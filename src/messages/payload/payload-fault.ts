/**
 * Why a value cannot be stored or read, and where. Made at the faulty value with an empty path; every level on the way out puts its
 * own segment in front, so that a value without fault costs no path at all.
 */
export interface PayloadFault {
  /** From the level that holds the fault so far; `$` is put in front at the end. */
  path: string;
  reason: string;
  /** Set where the limit of depth ended the walk: the object found there. */
  readonly deepest?: object;
  /** Set where there are more values than the limit of characters can hold. */
  readonly isTooLarge?: true;
}

/** The fault as seen from `holder`, one level further out. */
export function enclose(fault: PayloadFault, holder: object, key: string | number): PayloadFault {
  fault.path = segment(key) + fault.path;
  if (fault.deepest === holder) {
    fault.path = '';
    fault.reason = 'it contains itself';
  }
  return fault;
}

/** `.price`, `[3]`, `["unit price"]` */
function segment(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
