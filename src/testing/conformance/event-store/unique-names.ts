import { randomUUID } from 'node:crypto';
import { shardOf } from '../../../event-store/shard.js';

/** Names that nobody else uses in the same database, also in an earlier run. */
export class UniqueNames {
  private readonly run = randomUUID().slice(0, 8);
  private count = 0;

  /** For example `stream-1f0c2a9b-17`. */
  next(kind = 'stream'): string {
    return `${kind}-${this.run}-${++this.count}`;
  }

  /** Letters, digits and underscores only. */
  table(): string {
    return this.next('t').replaceAll('-', '_');
  }

  eventId(): string {
    return randomUUID();
  }

  /** A stream id that falls on the shard. */
  streamOn(shard: number, shardCount: number): string {
    for (;;) {
      const streamId = this.next();
      if (shardOf(streamId, shardCount) === shard) return streamId;
    }
  }
}
