import { EventspanError } from '../errors/eventspan-error.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import type { Random } from '../support/random.js';
import type { CommandExecution } from './command-execution.js';
import type { CommandCounters } from './command-statistics.js';

export interface ConflictRetryOptions {
  /** Decisions after the first, at most. */
  readonly conflictRetries: number;
  readonly backoff: Backoff;
  readonly random: Random;
  readonly counters: CommandCounters;
}

/** Counts the attempts of one command and says whether there is to be another. */
export class ConflictRetry {
  /** The attempt under way; 1 for the first. */
  attempts = 1;

  constructor(
    private readonly options: ConflictRetryOptions,
    private readonly execution: CommandExecution,
  ) {}

  /** Waits its jittered while and returns; throws `COMMAND_CONFLICTED` when the attempts are used up, `COMMAND_ABORTED`. */
  async next(conflict: EventspanError): Promise<void> {
    const { conflictRetries, backoff, random, counters } = this.options;
    if (this.attempts > conflictRetries) {
      const details = { command: this.execution.name, streamId: conflict.details['streamId'], attempts: this.attempts };
      throw new EventspanError('COMMAND_CONFLICTED', details, { cause: conflict });
    }
    await this.execution.deadline.pause(nextDelayMs(backoff, this.attempts, random));
    this.attempts++;
    counters.retries++;
  }
}
