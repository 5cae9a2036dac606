import { isTransient } from '../errors/is-transient.js';
import { isEventspanError } from '../errors/eventspan-error.js';
import { Circuit, type CircuitStatus } from '../consumers/circuit.js';
import type { CircuitBreakerOptions } from '../consumers/circuit-breaker.js';
import type { Clock } from '../support/clock.js';

/**
 * The circuit breaker of a consumer, for its workers: while it is open they wait, and while it is half open one of them tries one message. What its
 * state means, says `CircuitState`.
 */
export class CircuitGate {
  private readonly circuit: Circuit | undefined;

  /** `false`: it is always closed. */
  constructor(
    options: CircuitBreakerOptions | false,
    private readonly clock: Clock,
  ) {
    if (options !== false) this.circuit = new Circuit(options, clock);
  }

  /** Whether it may open. */
  get isThere(): boolean {
    return this.circuit !== undefined;
  }

  get status(): CircuitStatus {
    return this.circuit?.status() ?? { state: 'closed', opened: 0 };
  }

  /** Resolves with how many messages may be tried now; at once while it is closed. Rejects with the signal's reason. */
  async pass(signal: AbortSignal): Promise<number> {
    const { circuit } = this;
    if (circuit === undefined) return Number.POSITIVE_INFINITY;
    while (!circuit.begin()) await this.clock.sleep(Math.max(1, circuit.pauseMs), signal);
    return this.status.state === 'half-open' ? 1 : Number.POSITIVE_INFINITY;
  }

  /** What {@link pass} let through is over; where nothing was told of it, the next probe is due. */
  passed(): void {
    this.circuit?.tell('ended');
  }

  succeeded(): void {
    this.circuit?.tell('succeeded');
  }

  /** Answers whether it is an outage, so that the message is not to blame. An answer that says no is one: what handlers need is there. */
  failed(error: unknown): boolean {
    if (this.circuit === undefined) return false;
    const mayPass = isTransient(error) || isEventspanError(error, 'HANDLER_TIMED_OUT');
    return !this.circuit.tell(mayPass ? 'failed' : 'succeeded');
  }
}
