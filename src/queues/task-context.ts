import type { Row, TableDefinition } from '../event-store/read-models.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { EnqueueOptions, TimerDue, TimerReference } from '../messaging/outgoing.js';

/** Rows of tables in the store's own database; what is changed is committed with the task's end, or not at all. */
export interface TaskView {
  /** As it was before this task: what the handler itself changes is not in it. In one transaction with the commit. */
  get(table: TableDefinition, key: Row): Promise<Row | undefined>;
  insert(table: TableDefinition, row: Row): void;
  upsert(table: TableDefinition, row: Row): void;
  update(table: TableDefinition, row: Row): void;
  delete(table: TableDefinition, key: Row): void;
}

/** What a handler of tasks is given beside the task. All that it does through it takes effect with the task's end, once, or not at all. */
export interface TaskContext {
  readonly queue: string;
  readonly taskId: string;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** The same for every try: for effects elsewhere, which may be repeated. */
  readonly idempotencyKey: string;
  readonly metadata: EventMetadata;
  /** When it was enqueued. */
  readonly time: Date;
  /** Fires when the try has taken too long, or the process gives it up. */
  readonly signal: AbortSignal;
  readonly view: TaskView;
  /** Sends a command; answers its id. Throws as `Outgoing.command`. */
  send(command: object): string;
  /** Throws as `Outgoing.timer`. */
  schedule(message: object, due: TimerDue): TimerReference;
  cancelTimer(timer: TimerReference): void;
  /** Puts another task into its queue; answers its id. Throws as `Outgoing.task`. */
  enqueue(task: object, options?: EnqueueOptions): string;
}
