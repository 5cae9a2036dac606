import { CursorLostError } from '../errors/store-errors.js';
import type { CallOptions } from '../event-store/call-options.js';
import { formatMicros } from '../event-store/commit-time.js';
import { checkAdvances, checkConsumer, checkCursorPlace, checkOwner } from '../event-store/cursor-checks.js';
import type { Position } from '../event-store/position.js';
import { checkShard } from '../event-store/read-plan.js';
import type { Cursor, CursorAdvance, CursorClaim, ShardCursors } from '../event-store/shard-cursors.js';
import type { MemoryContext } from './context.js';
import type { MemoryLog } from './log.js';

/** The cursors of a {@link MemoryLog}. */
export class MemoryShardCursors implements ShardCursors {
  constructor(private readonly context: MemoryContext) {}

  async read(consumer: string, options?: CallOptions): Promise<{ readonly cursors: readonly Cursor[]; readonly storeTime: string }> {
    checkConsumer(consumer);
    this.context.gate.enter('Read', options);
    const rows = [...(this.context.log.cursors.get(consumer)?.values() ?? [])];
    const cursors = rows.sort((a, b) => a.shard - b.shard).map((row) => ({ ...row }));
    return { cursors, storeTime: formatMicros(this.context.log.currentTime(this.context.clock.now())) };
  }

  // oxlint-disable-next-line max-params -- the port's signature
  async take(consumer: string, owner: string, claims: readonly CursorClaim[], options?: CallOptions): Promise<readonly Cursor[]> {
    checkConsumer(consumer);
    checkOwner(owner);
    for (const claim of claims) checkShard(claim.shard, this.context.log.shardCount);
    this.context.gate.enter('Commit', options);
    const rows = rowsOf(this.context.log, consumer);
    const taken = claims.filter((claim) => isCurrent(rows, claim) && this.put(rows, { ...claim, consumer, owner }));
    return taken.map((claim) => ({ ...(rows.get(claim.shard) as Cursor) })).sort((a, b) => a.shard - b.shard);
  }

  async advance(advances: readonly CursorAdvance[], options?: CallOptions): Promise<void> {
    checkAdvances(advances, this.context.log.shardCount);
    this.context.gate.enter('Commit', options);
    applyAdvances(this.context.log, this.context.clock.now(), advances);
  }

  async release(cursors: readonly Cursor[], options?: CallOptions): Promise<void> {
    this.context.gate.enter('Commit', options);
    for (const { consumer, shard, token } of cursors) {
      const rows = rowsOf(this.context.log, consumer);
      const row = rows.get(shard);
      if (row?.token === token) rows.set(shard, { ...row, owner: '' });
    }
  }

  async reset(consumer: string, positions: ReadonlyMap<number, Position | undefined>, options?: CallOptions): Promise<void> {
    checkConsumer(consumer);
    for (const [shard, position] of positions) checkCursorPlace(shard, position, this.context.log.shardCount);
    this.context.gate.enter('Commit', options);
    const rows = rowsOf(this.context.log, consumer);
    for (const [shard, position] of positions) {
      const token = rows.get(shard)?.token ?? 0;
      rows.delete(shard);
      this.put(rows, { consumer, shard, token, owner: '', position });
    }
  }

  async remove(consumer: string, options?: CallOptions): Promise<void> {
    checkConsumer(consumer);
    this.context.gate.enter('Commit', options);
    this.context.log.cursors.delete(consumer);
  }

  /** Spends the token of the row and writes the next one, at the old position unless another is given. */
  private put(
    rows: Map<number, Cursor>,
    next: { consumer: string; shard: number; token: number; owner: string; position?: Position | undefined },
  ): true {
    const position = next.position ?? rows.get(next.shard)?.position;
    const { consumer, shard, owner } = next;
    const renewedAt = formatMicros(this.context.log.nextCommitTime(this.context.clock.now()));
    rows.set(shard, { consumer, shard, token: next.token + 1, ...(position !== undefined && { position }), owner, renewedAt });
    return true;
  }
}

/** Advances all, or throws `CURSOR_LOST` and advances none. */
export function applyAdvances(log: MemoryLog, nowMs: number, advances: readonly CursorAdvance[]): void {
  if (advances.length === 0) return;
  for (const { consumer, shard, token } of advances) {
    if (rowsOf(log, consumer).get(shard)?.token !== token) throw new CursorLostError(consumer, shard, token);
  }
  const renewedAt = formatMicros(log.nextCommitTime(nowMs));
  for (const { consumer, shard, position } of advances) {
    const rows = rowsOf(log, consumer);
    rows.set(shard, { ...(rows.get(shard) as Cursor), ...(position !== undefined && { position }), renewedAt });
  }
}

function rowsOf(log: MemoryLog, consumer: string): Map<number, Cursor> {
  const rows = log.cursors.get(consumer) ?? new Map<number, Cursor>();
  log.cursors.set(consumer, rows);
  return rows;
}

function isCurrent(rows: ReadonlyMap<number, Cursor>, { shard, token }: CursorClaim): boolean {
  return (rows.get(shard)?.token ?? 0) === token;
}
