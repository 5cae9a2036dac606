import type { Clock } from '../support/clock.js';
import type { Observe } from '../telemetry/metrics.js';
import {
  CLOSED,
  circuitPauseMs,
  nextCircuit,
  type CircuitBreakerOptions,
  type CircuitEvent,
  type CircuitState,
} from './circuit-breaker.js';

/** What a consumer's circuit breaker shows. */
export interface CircuitStatus {
  readonly state: CircuitState['kind'];
  /** When it is open: RFC 3339, UTC: until when. */
  readonly until?: string;
  /** How often it has opened since the start. */
  readonly opened: number;
}

/** The circuit breaker of one consumer in one process, in time. */
export class Circuit {
  private state: CircuitState = CLOSED;
  private opened = 0;

  constructor(
    private readonly options: CircuitBreakerOptions,
    private readonly clock: Clock,
  ) {}

  /** Milliseconds for which nothing may begin. */
  get pauseMs(): number {
    return circuitPauseMs(this.state, this.clock.now(), this.options);
  }

  /** Whether a batch may begin now; of those that come together while it is half open, the first. */
  begin(): boolean {
    if (this.pauseMs > 0) return false;
    this.tell('begin');
    return true;
  }

  /** Answers whether it is closed still. */
  tell(event: CircuitEvent): boolean {
    const next = nextCircuit(this.state, event, { now: this.clock.now(), options: this.options });
    if (next.kind === 'open' && event === 'failed' && this.state.kind !== 'open') this.opened++;
    this.state = next;
    return next.kind === 'closed';
  }

  status(): CircuitStatus {
    const { state, opened } = this;
    return { state: state.kind, opened, ...(state.kind === 'open' && { until: new Date(state.until).toISOString() }) };
  }
}

/** Says whether the circuit is open or probed; nothing of a consumer that has none. */
export function observeCircuit(consumer: string, status: CircuitStatus | undefined, observe: Observe): void {
  if (status === undefined) return;
  observe('eventspan.consumer.circuit', status.state === 'closed' ? 0 : 1, { 'eventspan.consumer': consumer });
}
