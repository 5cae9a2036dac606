/** Seconds from a time (RFC 3339) to `nowMs`; not negative, since the clocks of store and process differ. */
export function secondsSince(time: string, nowMs: number): number {
  return Math.max(0, nowMs - Date.parse(time)) / 1_000;
}
