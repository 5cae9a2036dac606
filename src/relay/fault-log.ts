import { isEventspanError } from '../errors/eventspan-error.js';
import type { Clock } from '../support/clock.js';
import type { Logger } from '../telemetry/logger.js';
import type { RelayFault } from './relay-status.js';
import { messageOf } from '../support/message-of.js';

/** Faults that the relay goes on from: each is logged, the newest is kept for the status. */
export class FaultLog {
  private newest: RelayFault | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get last(): RelayFault | undefined {
    return this.newest;
  }

  /** Answers the fault's message. */
  note(error: unknown, fields: object = {}): string {
    const message = messageOf(error);
    const code = isEventspanError(error) ? { code: error.code } : {};
    this.newest = { at: new Date(this.clock.now()).toISOString(), ...code, message };
    this.logger.warn({ ...fields, ...code, err: error }, `relay: ${message}`);
    return message;
  }
}
