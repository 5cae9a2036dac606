import { isEventspanError } from '../../errors/eventspan-error.js';
import type { ProcessDefinition } from '../../processes/process-definition.js';
import { ProcessOutcome, type ProcessResult } from './process-outcome.js';
import { ProcessRun } from './process-run.js';

/**
 * Messages that one process has handled, and the one that it meets. Immutable: every step gives a new one, so that a common past can be shared.
 * A message is an event, what `executed` or `refused` says of a command that the process sent, or the message of a timer that it set.
 */
export class ProcessSpec {
  constructor(
    private readonly definition: ProcessDefinition,
    private readonly past: readonly object[] = [],
  ) {}

  /** Adds messages, in order. */
  given(...messages: readonly object[]): ProcessSpec {
    return new ProcessSpec(this.definition, [...this.past, ...messages]);
  }

  /** The message under test. It is handled when the expectations are awaited. */
  when(message: object): ProcessOutcome {
    return new ProcessOutcome(this.definition.name, () => this.run(message));
  }

  private async run(message: object): Promise<ProcessResult> {
    const run = new ProcessRun(this.definition);
    for (const each of this.past) await run.handle(each);
    const before = run.current?.record.status ?? 'not begun';
    try {
      return { run, before, step: await run.handle(message) };
    } catch (error) {
      if (isEventspanError(error, 'PROCESS_SPEC_FAILED')) throw error;
      return { run, before, error };
    }
  }
}
