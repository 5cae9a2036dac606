import { messageBytes } from './publish-limits.js';
import type { TransportMessage } from './transport.js';

/** Messages of one publish. */
export interface Batch {
  /** In log order, at least one. */
  readonly messages: readonly TransportMessage[];
  readonly bytes: number;
}

export interface BatchLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** Cuts one shard's messages into batches within the limits, in order. A message above `maxBytes` goes alone. Pure. */
export function cutBatches(messages: readonly TransportMessage[], limits: BatchLimits): readonly Batch[] {
  const batches: { messages: TransportMessage[]; bytes: number }[] = [];
  for (const message of messages) {
    const bytes = messageBytes(message);
    const last = batches.at(-1);
    if (last !== undefined && last.messages.length < limits.maxMessages && last.bytes + bytes <= limits.maxBytes) {
      last.messages.push(message);
      last.bytes += bytes;
    } else {
      batches.push({ messages: [message], bytes });
    }
  }
  return batches;
}

/** A part of a batch. Pure. */
export function sliceBatch({ messages }: Batch, start: number, end?: number): Batch {
  const part = messages.slice(start, end);
  return { messages: part, bytes: part.reduce((sum, message) => sum + messageBytes(message), 0) };
}
