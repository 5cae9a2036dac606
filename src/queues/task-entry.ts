import { TASKS } from '../event-store/messaging-tables.js';
import type { Row, RowChange } from '../event-store/read-models.js';

/** Names a task. */
export interface TaskKey {
  readonly queue: string;
  readonly taskId: string;
}

/** What an operator did to a task. */
export interface TaskAudit {
  readonly action: 'retried' | 'edited';
  readonly by: string;
  readonly reason: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The data before it was edited. */
  readonly before?: unknown;
}

/** A task as its row says. Plain data. */
export interface TaskEntry extends TaskKey {
  /** `waiting` for a worker or for its next try; `dead` until an operator retries or discards it. */
  readonly state: 'waiting' | 'dead';
  /** The wire name. */
  readonly type: string;
  readonly schemaVersion: number;
  /** JSON text. */
  readonly data: string;
  /** JSON text. */
  readonly metadata: string;
  readonly priority: number;
  /** Tries that failed. */
  readonly attempts: number;
  readonly enqueuedAt: Date;
  readonly publishedAt?: Date;
  readonly unanswered: number;
  readonly retryAt?: Date;
  readonly failure?: { readonly code?: string; readonly message: string; readonly stack?: string; readonly at: Date };
  readonly audit: readonly TaskAudit[];
}

export function taskKey({ queue, taskId }: TaskKey): Row {
  return { queue, task_id: taskId };
}

export function taskEntry(row: Row): TaskEntry {
  const text = (column: string): string => String(row[column]);
  const date = (column: string): Date | undefined => (row[column] ?? undefined) as Date | undefined;
  const [publishedAt, retryAt, failedAt] = [date('published_at'), date('retry_at'), date('failed_at')];
  const code = row['code'] === null ? {} : { code: text('code') };
  const stack = row['stack'] === null ? {} : { stack: text('stack') };
  return {
    queue: text('queue'),
    taskId: text('task_id'),
    state: row['state'] as TaskEntry['state'],
    type: text('type'),
    schemaVersion: Number(row['schema_version']),
    data: text('data'),
    metadata: text('metadata'),
    priority: Number(row['priority']),
    attempts: Number(row['attempts']),
    enqueuedAt: row['enqueued_at'] as Date,
    unanswered: Number(row['unanswered']),
    ...(publishedAt && { publishedAt }),
    ...(retryAt && { retryAt }),
    ...(failedAt && { failure: { ...code, message: text('message'), ...stack, at: failedAt } }),
    audit: (row['audit'] ?? []) as readonly TaskAudit[],
  };
}

/** Changes columns of a row that must be there: `VIEW_ROW_MISSING` where it is not. */
export function taskUpdate(key: TaskKey, columns: Row): RowChange {
  return { kind: 'update', table: TASKS, row: { ...taskKey(key), ...columns } };
}

/** Removes the row, and with it everything else of the commit where it is not there any more: a blind delete would not notice. */
export function taskRemoval(key: TaskKey): readonly RowChange[] {
  return [
    { kind: 'update', table: TASKS, row: taskKey(key) },
    { kind: 'delete', table: TASKS, row: taskKey(key) },
  ];
}
