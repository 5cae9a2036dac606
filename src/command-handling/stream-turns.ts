import { EventspanError } from '../errors/eventspan-error.js';
import { orAbort } from '../support/abort.js';
import { KeyMutex } from '../support/key-mutex.js';
import type { CommandExecution } from './command-execution.js';
import { isHeldAround } from './message-context.js';

/**
 * One queue per stream: a command waits for those of this process that came before it, so that they never conflict.
 *
 * A command that must hold several streams takes them in one order, that of their ids; so no two wait for each other.
 * Waiting ends with the command's deadline (`COMMAND_ABORTED`); the turn that then comes is passed on.
 */
export class StreamTurns {
  private readonly mutex = new KeyMutex();

  /** Throws `COMMAND_NESTED` when a handler that holds one of the streams waits for this command. */
  run<T>(execution: CommandExecution, streamIds: readonly string[], task: () => Promise<T>): Promise<T> {
    const ordered = [...new Set(streamIds)].sort();
    for (const streamId of ordered) {
      if (isHeldAround(execution.scope, this, streamId)) {
        throw new EventspanError('COMMAND_NESTED', { command: execution.name, streamId });
      }
    }
    return this.take(execution, ordered, async () => {
      execution.scope.held = { queues: this, streamIds: ordered };
      try {
        return await task();
      } finally {
        execution.scope.held = undefined;
      }
    });
  }

  private take<T>(execution: CommandExecution, streamIds: readonly string[], task: () => Promise<T>): Promise<T> {
    const [first, ...rest] = streamIds;
    if (first === undefined) return task();
    let waiting = true;
    const start = (): Promise<T> => {
      waiting = false;
      execution.deadline.check();
      return this.take(execution, rest, task);
    };
    const turn = this.mutex.run(first, async () => start());
    return waiting ? this.waitFor(execution, turn, () => waiting) : turn;
  }

  /** The deadline ends the waiting, not the work: once begun, a command says itself what became of it. */
  private async waitFor<T>(execution: CommandExecution, turn: Promise<T>, isWaiting: () => boolean): Promise<T> {
    try {
      return await execution.deadline.within((signal) => orAbort(turn, signal));
    } catch (error) {
      if (isWaiting()) throw error;
      return turn;
    }
  }
}
