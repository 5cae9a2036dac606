import type { TaskNotice } from './task-channel.js';

/** A task that a worker is to do. */
export interface PooledTask extends TaskNotice {
  /** It is done with, for good. */
  readonly settle: () => void;
  /** It is to come again after so long. */
  readonly refuse: (delayMs: number) => void;
}

/**
 * The tasks that a process has at hand and has not begun: the highest priority comes out first, of equal ones the first that came. One task is
 * in it once. Not bounded by itself: whoever fills it waits for {@link room}.
 */
export class TaskPool {
  /** By priority; each list in order of arrival. */
  private readonly lists = new Map<number, PooledTask[]>();
  private readonly ids = new Set<string>();
  private readonly waiting: { readonly resolve: (task: PooledTask | undefined) => void }[] = [];
  private readonly filling: (() => void)[] = [];
  private isClosed = false;

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.ids.size;
  }

  /** Answers false for a task that is in it. */
  put(task: PooledTask): boolean {
    if (this.isClosed || this.ids.has(task.taskId)) return false;
    const next = this.waiting.shift();
    if (next !== undefined) {
      next.resolve(task);
      return true;
    }
    this.ids.add(task.taskId);
    const list = this.lists.get(task.priority);
    if (list === undefined) this.lists.set(task.priority, [task]);
    else list.push(task);
    return true;
  }

  /** The next task; waits for one. Undefined once it is closed. */
  take(): Promise<PooledTask | undefined> {
    if (this.isClosed) return Promise.resolve(undefined);
    const task = this.first();
    if (task === undefined) return new Promise((resolve) => this.waiting.push({ resolve }));
    if (this.size < this.capacity) for (const go of this.filling.splice(0)) go();
    return Promise.resolve(task);
  }

  /** Resolves once fewer than its capacity are in it, or it is closed. */
  async room(): Promise<void> {
    while (!this.isClosed && this.size >= this.capacity) await new Promise<void>((resolve) => this.filling.push(resolve));
  }

  /** Ids of those in it. */
  taskIds(): readonly string[] {
    return [...this.ids];
  }

  /** Gives out nothing more, and answers what was in it. */
  close(): readonly PooledTask[] {
    this.isClosed = true;
    const left = [...this.lists.values()].flat();
    this.lists.clear();
    this.ids.clear();
    for (const { resolve } of this.waiting.splice(0)) resolve(undefined);
    for (const go of this.filling.splice(0)) go();
    return left;
  }

  private first(): PooledTask | undefined {
    let highest = -Infinity;
    for (const priority of this.lists.keys()) highest = Math.max(highest, priority);
    const list = this.lists.get(highest);
    const task = list?.shift();
    if (list?.length === 0) this.lists.delete(highest);
    if (task !== undefined) this.ids.delete(task.taskId);
    return task;
  }
}
