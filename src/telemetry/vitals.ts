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

/** What a subscription of a transport's says of itself. */
export interface TransportState {
  readonly state: 'open' | 'waiting' | 'closed';
  readonly reason?: string;
}

/** Of a loop that may have a subscription. */
export function loopVitals(loop: {
  readonly name: string;
  readonly leaseMs: number;
  readonly turnedAtMs: number | undefined;
  readonly transport?: TransportState | undefined;
}): Vitals {
  const { name, leaseMs, turnedAtMs, transport } = loop;
  return {
    name,
    leaseMs,
    ...(turnedAtMs !== undefined && { turnedAt: new Date(turnedAtMs).toISOString() }),
    ...(transport?.state === 'waiting' && { unreachable: transport.reason ?? 'the transport does not answer' }),
  };
}
