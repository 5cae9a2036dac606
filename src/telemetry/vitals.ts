/** What tells of an engine whether its loop turns and whether it reaches what it needs. */
export interface Vitals {
  readonly name: string;
  /** When its loop last began a turn: RFC 3339, UTC. Absent before the first, and when it does not run. */
  readonly turnedAt?: string;
  /** A loop turns several times in a lease. */
  readonly leaseMs: number;
  /** Why it does not reach the transport, while it does not. */
  readonly unreachable?: string;
}
