import type { ResolvedQueue } from './queue-definition.js';

/** What a queue's feed is called as a consumer of the log. */
export function feedConsumer(queue: string): string {
  return `queue.${queue}.feed`;
}

/** What a queue's workers are called as a consumer of its topic. */
export function workConsumer(queue: string): string {
  return `queue.${queue}`;
}

/** What a queue's topic has to know of its workers. */
export function workSettings({ name, retry }: ResolvedQueue): {
  consumer: string;
  ordered: false;
  retry: { minMs: number; maxMs: number };
} {
  const maxMs = Math.min(600_000, Math.max(retry.maxMs, 1_000));
  return { consumer: workConsumer(name), ordered: false, retry: { minMs: Math.min(retry.initialMs, maxMs), maxMs } };
}
