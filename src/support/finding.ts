/** One thing that a diagnosis looked at. */
export interface Finding {
  /** What was looked at: `store.reachable`, `transport.orders`, `parked`. */
  readonly check: string;
  /** `fail`: the application does not run, or not all of it. `warn`: it runs, and somebody should look. `ok`: as it should be, or not checked and why. */
  readonly level: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do, where there is something. */
  readonly todo?: string;
}
