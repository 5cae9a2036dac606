import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelBatch, Row, RowChange, TableDefinition } from '../event-store/read-models.js';
import type { StreamWrite } from '../event-store/append.js';
import type { AppendResult } from '../event-store/append.js';
import { followingMetadata } from '../messages/framework/following-metadata.js';
import { taskEventId } from '../messages/framework/task-events.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { Effects, EnqueueOptions, Origin, Outgoing, TimerDue, TimerReference } from '../messaging/outgoing.js';
import { inTrace } from '../telemetry/trace-context.js';
import type { Tracing } from '../telemetry/tracing.js';
import type { TaskContext, TaskView } from './task-context.js';
import { taskRemoval, type TaskEntry } from './task-entry.js';

export interface TaskRunParts {
  readonly store: EventStore;
  readonly outgoing: Outgoing;
  readonly tracing: Tracing;
  readonly call: CallOptions;
  readonly signal: AbortSignal;
}

/** One try of a task: what its handler does is collected, and committed with the end of the task. */
export class TaskRun implements TaskContext {
  readonly queue: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly metadata: EventMetadata;
  readonly time: Date;
  readonly signal: AbortSignal;
  readonly view: TaskView;
  private readonly writes: StreamWrite[] = [];
  private readonly changes: RowChange[] = [];
  private batch: Promise<ReadModelBatch> | undefined;
  private sent = 0;

  constructor(
    private readonly entry: TaskEntry,
    private readonly parts: TaskRunParts,
  ) {
    this.queue = entry.queue;
    this.taskId = entry.taskId;
    this.attempt = entry.attempts + 1;
    this.idempotencyKey = entry.taskId;
    this.metadata = JSON.parse(entry.metadata) as EventMetadata;
    this.time = entry.enqueuedAt;
    this.signal = parts.signal;
    const change =
      (kind: RowChange['kind']) =>
      (table: TableDefinition, row: Row): void =>
        void this.changes.push({ kind, table, row });
    const get = (table: TableDefinition, key: Row): Promise<Row | undefined> => this.read(table, key);
    this.view = { get, insert: change('insert'), upsert: change('upsert'), update: change('update'), delete: change('delete') };
  }

  send(command: object): string {
    return this.take(this.parts.outgoing.command(command, this.origin())).commandId;
  }

  schedule(message: object, due: TimerDue): TimerReference {
    const { timerId, dueAt } = this.take(this.parts.outgoing.timer(message, due, this.origin()));
    return { timerId, dueAt };
  }

  cancelTimer(timer: TimerReference): void {
    this.take(this.parts.outgoing.cancelTimer(timer));
  }

  enqueue(task: object, options: EnqueueOptions = {}): string {
    return this.take(this.parts.outgoing.task(task, options, this.origin())).taskId;
  }

  /** Takes the task's row away together with all that was collected. Throws `VIEW_ROW_MISSING` of `tasks` where another did it, and the store's errors. */
  async commit(): Promise<AppendResult | undefined> {
    const changes = [...taskRemoval(this.entry), ...this.changes];
    const batch = await this.open();
    if (this.writes.length > 0) return batch.append({ writes: this.writes, changes });
    await batch.commit(changes);
    return undefined;
  }

  /** Nothing of it takes effect. */
  async abandon(): Promise<void> {
    const batch = await this.batch;
    this.batch = undefined;
    await batch?.abandon();
  }

  private async read(table: TableDefinition, key: Row): Promise<Row | undefined> {
    const batch = await this.open();
    const [row] = await batch.get(table, [key]);
    return row;
  }

  private open(): Promise<ReadModelBatch> {
    this.batch ??= this.parts.store.readModels.openBatch({ ...this.parts.call, rows: 'shared' });
    return this.batch;
  }

  private origin(): Origin {
    const following = followingMetadata(this.metadata, taskEventId(this.taskId));
    const metadata = inTrace(following, this.parts.tracing.outgoing(this.metadata));
    return { id: `queue.${this.queue}/${this.taskId}`, ordinal: this.sent++, metadata };
  }

  private take<E extends Effects>(effects: E): E {
    this.writes.push(...effects.writes);
    this.changes.push(...effects.changes);
    return effects;
  }
}
