import { EventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { TASKS } from '../event-store/messaging-tables.js';
import type { Clock } from '../support/clock.js';
import { taskEntry, taskKey, taskRemoval, taskUpdate, type TaskAudit, type TaskEntry, type TaskKey } from './task-entry.js';
import { commitIfThere } from './task-runner.js';

/** How many tasks of a queue are where. */
export interface QueueDepth {
  readonly waiting: number;
  /** Of those, how many have failed and will be tried again. */
  readonly retrying: number;
  readonly dead: number;
  /** When the one that waits longest was enqueued. */
  readonly oldest?: Date;
}

export interface ListTasksOptions {
  readonly queue: string;
  /** Default: both. */
  readonly state?: TaskEntry['state'];
}

/** Who does something to a task, and why; both are kept with it. */
export interface TaskIntervention {
  readonly by: string;
  readonly reason: string;
}

export interface TaskDiscard extends TaskIntervention {
  /** What was given up. */
  readonly task: TaskEntry;
}

export interface StoredTasksOptions {
  readonly store: EventStore;
  readonly clock: Clock;
  /** Told that tasks of a queue are to be given to workers. Default: nobody; the next sweep finds them. */
  readonly notify?: (queue: string) => void;
}

const CALLER = 'queue';

/** The tasks of a store that are not done: depth, list, show, retry, discard. */
export class StoredTasks {
  constructor(private readonly options: StoredTasksOptions) {}

  /** Reads all tasks of the queue. */
  async depth(queue: string): Promise<QueueDepth> {
    const counts = { waiting: 0, retrying: 0, dead: 0 };
    let oldest: Date | undefined;
    for await (const { state, attempts, enqueuedAt } of this.list({ queue })) {
      counts[state]++;
      if (state === 'waiting' && attempts > 0) counts.retrying++;
      if (state === 'waiting' && (oldest === undefined || enqueuedAt < oldest)) oldest = enqueuedAt;
    }
    return { ...counts, ...(oldest && { oldest }) };
  }

  /** In the order of their ids. */
  async *list({ queue, state }: ListTasksOptions): AsyncGenerator<TaskEntry> {
    for await (const row of this.options.store.readModels.scan(TASKS, { queue }, { caller: CALLER })) {
      const entry = taskEntry(row);
      if (state === undefined || entry.state === state) yield entry;
    }
  }

  /** 1 Read. Undefined where it is done, discarded, or never was. */
  async show(key: TaskKey): Promise<TaskEntry | undefined> {
    const [row] = await this.options.store.readModels.get(TASKS, [taskKey(key)], { caller: CALLER });
    return row && taskEntry(row);
  }

  /**
   * Has a dead task tried again, from its first try; with `data` (a JSON value) as another one: what it was before is kept. 1 Read and 1
   * Commit. Throws `TASK_NOT_FOUND`, `TASK_NOT_DEAD`, `OPTION_INVALID`.
   */
  async retry(key: TaskKey, { by, reason, data }: TaskIntervention & { readonly data?: unknown }): Promise<void> {
    checkWords(by, reason);
    const entry = await this.find(key);
    if (entry.state !== 'dead') throw new EventspanError('TASK_NOT_DEAD', { ...key });
    const isEdited = data !== undefined;
    const at = new Date(this.options.clock.now()).toISOString();
    const before = isEdited ? { before: JSON.parse(entry.data) as unknown } : {};
    const audit: TaskAudit = { action: isEdited ? 'edited' : 'retried', by, reason, at, ...before };
    const fate = {
      state: 'waiting',
      attempts: 0,
      unanswered: 0,
      retry_at: null,
      published_at: new Date(0),
      audit: [...entry.audit, audit],
    };
    await this.commit(key, { ...fate, ...(isEdited && { data: JSON.stringify(data) }) });
    this.options.notify?.(key.queue);
  }

  /** Gives a task up, whatever its state. Answers what it was, for whoever keeps that. 1 Read and 1 Commit. Throws `TASK_NOT_FOUND`, `OPTION_INVALID`. */
  async discard(key: TaskKey, { by, reason }: TaskIntervention): Promise<TaskDiscard> {
    checkWords(by, reason);
    const task = await this.find(key);
    const isThere = await commitIfThere(this.options.store, taskRemoval(key), { caller: CALLER });
    if (!isThere) throw new EventspanError('TASK_NOT_FOUND', { ...key });
    return { by, reason, task };
  }

  private async find(key: TaskKey): Promise<TaskEntry> {
    const entry = await this.show(key);
    if (entry === undefined) throw new EventspanError('TASK_NOT_FOUND', { queue: key.queue, taskId: key.taskId });
    return entry;
  }

  private async commit(key: TaskKey, columns: Parameters<typeof taskUpdate>[1]): Promise<void> {
    const isThere = await commitIfThere(this.options.store, [taskUpdate(key, columns)], { caller: CALLER });
    if (!isThere) throw new EventspanError('TASK_NOT_FOUND', { queue: key.queue, taskId: key.taskId });
  }
}

function checkWords(by: string, reason: string): void {
  for (const [path, value] of Object.entries({ by, reason })) {
    if (typeof value === 'string' && value.trim() !== '') continue;
    throw new EventspanError('OPTION_INVALID', { path: `task.${path}`, value, bound: 'a word or more' });
  }
}
