/** Runs tasks of one key one after another, in the order they came; tasks of different keys run side by side. */
export class KeyMutex {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** How many keys have a task running or waiting. */
  get size(): number {
    return this.tails.size;
  }

  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const previous = this.tails.get(key);
    const current = previous === undefined ? task() : previous.then(task, task);
    const tail = current.catch(() => undefined);
    this.tails.set(key, tail);
    void tail.then(() => {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    });
    return current;
  }
}
