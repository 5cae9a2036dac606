import type { CallOptions } from '../../event-store/call-options.js';
import { isLeaseOver } from '../../event-store/shard-leases.js';
import type { Cursor, CursorAdvance, ShardCursors } from '../../event-store/shard-cursors.js';

export interface RebuildLeaseOptions {
  readonly cursors: ShardCursors;
  readonly projector: string;
  /** Names this instance. No other living instance has the same. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly calls: CallOptions;
}

/**
 * Who carries out what is to be done with a projector's generations: the owner of a cursor of its own, which is lease and fence like any
 * other. What the owner commits names the token, so that of two who believe to be it only one writes.
 */
export class RebuildLease {
  private cursor: Cursor | undefined;
  private readonly consumer: string;

  constructor(private readonly options: RebuildLeaseOptions) {
    this.consumer = `rebuild:${options.projector}`;
  }

  /** Takes it if nobody has it; answers whether it is held now. 1 Read, and a take. */
  async take(): Promise<boolean> {
    const { cursors, owner, leaseMs, calls } = this.options;
    const read = await cursors.read(this.consumer, calls);
    const [row] = read.cursors;
    const isFree = row === undefined || row.owner === '' || row.owner === owner || isLeaseOver(row, read.storeTime, leaseMs);
    if (!isFree) return false;
    [this.cursor] = await cursors.take(this.consumer, owner, [{ shard: 0, token: row?.token ?? 0 }], calls);
    return this.cursor !== undefined;
  }

  /** To be committed with every change; it renews the lease too. */
  get fence(): CursorAdvance {
    return { consumer: this.consumer, shard: 0, token: this.cursor?.token ?? 0 };
  }

  /** Gives it up for others to take at once. */
  async release(): Promise<void> {
    const { cursor } = this;
    this.cursor = undefined;
    if (cursor !== undefined) await this.options.cursors.release([cursor], { caller: this.options.calls.caller ?? this.consumer });
  }
}
