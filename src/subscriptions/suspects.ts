import { KeyMutex } from '../support/key-mutex.js';

/**
 * Runs what may end the process, one at a time, so that of the events that are noted as begun the one that ended it is the one at work.
 * One for all subscriptions of a process.
 */
export class Suspects {
  private readonly turns = new KeyMutex();

  run<T>(task: () => Promise<T>): Promise<T> {
    return this.turns.run('process', task);
  }
}
