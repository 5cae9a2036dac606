import type { CallOptions } from '../event-store/call-options.js';
import type { Transport, TransportMessage } from '../messaging/transport.js';
import type { TaskKey } from './task-entry.js';

/** A task on its way to a worker: what a worker needs besides is in the row. */
export interface TaskNotice extends PrioritizedTask {
  /** Milliseconds since 1970 UTC, by the sender's clock. */
  readonly sentAtMs: number;
}

export interface PrioritizedTask extends TaskKey {
  readonly priority: number;
}

/** How tasks get from the log to workers. May lose and double them. */
export interface TaskChannel {
  /** Waits until more can be taken. Throws when it is closed. */
  ready(signal: AbortSignal): Promise<void>;
  send(notices: readonly TaskNotice[], call: CallOptions): Promise<void>;
}

const TYPE = 'eventspan.task';
const BATCH = 500;

/** A topic; its messages name tasks. */
export class TopicChannel implements TaskChannel {
  constructor(private readonly topic: Transport) {}

  async ready(): Promise<void> {
    await Promise.resolve();
  }

  async send(notices: readonly TaskNotice[], call: CallOptions): Promise<void> {
    for (let at = 0; at < notices.length; at += BATCH) await this.topic.publish(notices.slice(at, at + BATCH).map(toTaskMessage), call);
  }
}

export function toTaskMessage({ queue, taskId, priority, sentAtMs }: TaskNotice): TransportMessage {
  const attributes = { 'ce-id': taskId, 'ce-type': TYPE, 'ce-source': `queue.${queue}`, 'ce-specversion': '1.0' };
  return { attributes, orderingKey: '', data: JSON.stringify({ queue, taskId, priority, sentAtMs }) };
}

/** Undefined for what is no message of this queue's tasks. */
export function fromTaskMessage({ data }: Pick<TransportMessage, 'data'>, queue: string): TaskNotice | undefined {
  try {
    const notice = JSON.parse(data) as Partial<TaskNotice> | null;
    if (notice?.queue !== queue || typeof notice.taskId !== 'string') return undefined;
    const { taskId, priority, sentAtMs } = notice as TaskNotice;
    return [priority, sentAtMs].every(Number.isSafeInteger) ? { queue, taskId, priority, sentAtMs } : undefined;
  } catch {
    return undefined;
  }
}
