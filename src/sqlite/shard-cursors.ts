import { CursorLostError, OutcomeUnknownError } from '../errors/store-errors.js';
import type { CallOptions } from '../event-store/call-options.js';
import { checkAdvances, checkConsumer, checkCursorPlace, checkOwner } from '../event-store/cursor-checks.js';
import type { Position } from '../event-store/position.js';
import { checkShard } from '../event-store/read-plan.js';
import type { Cursor, CursorAdvance, CursorClaim, ShardCursors } from '../event-store/shard-cursors.js';
import type { SqliteContext } from './context.js';
import type { SqliteDatabase } from './database.js';
import type { SqlRow } from './driver.js';

const READ = 'SELECT consumer, shard, token, position, owner, renewed_at FROM cursors WHERE consumer = ? ORDER BY shard';
const FIND = 'SELECT consumer, shard, token, position, owner, renewed_at FROM cursors WHERE consumer = ? AND shard = ?';
const PUT = 'INSERT OR REPLACE INTO cursors (consumer, shard, token, position, owner, renewed_at) VALUES (?, ?, ?, ?, ?, ?)';
const ADVANCE = `UPDATE cursors SET position = coalesce(?, position), renewed_at = ? WHERE consumer = ? AND shard = ? AND token = ?`;
const REMOVE = 'DELETE FROM cursors WHERE consumer = ?';
const RELEASE = "UPDATE cursors SET owner = '' WHERE consumer = ? AND shard = ? AND token = ?";

/** The cursors of an SQLite file. */
export class SqliteShardCursors implements ShardCursors {
  constructor(private readonly context: SqliteContext) {}

  async read(consumer: string, options?: CallOptions): Promise<{ readonly cursors: readonly Cursor[]; readonly storeTime: string }> {
    checkConsumer(consumer);
    const { database, gate } = this.context;
    gate.enter('Read', options);
    return database.read('the reading of cursors', () => ({
      cursors: readCursors(database, consumer),
      storeTime: database.now(),
    }));
  }

  // oxlint-disable-next-line max-params -- the port's signature
  async take(consumer: string, owner: string, claims: readonly CursorClaim[], options?: CallOptions): Promise<readonly Cursor[]> {
    checkConsumer(consumer);
    checkOwner(owner);
    for (const claim of claims) checkShard(claim.shard, this.context.shardCount);
    return this.write('the taking of cursors', options, (database) => {
      const taken = claims.flatMap((claim) => takeOne(database, { ...claim, consumer, owner }));
      return taken.sort((a, b) => a.shard - b.shard);
    });
  }

  async advance(advances: readonly CursorAdvance[], options?: CallOptions): Promise<void> {
    checkAdvances(advances, this.context.shardCount);
    await this.write('the advance of cursors', options, (database) => applyAdvances(database, advances));
  }

  async release(cursors: readonly Cursor[], options?: CallOptions): Promise<void> {
    await this.write('the release of cursors', options, (database) => {
      for (const { consumer, shard, token } of cursors) database.run(RELEASE, [consumer, shard, token]);
    });
  }

  async reset(consumer: string, positions: ReadonlyMap<number, Position | undefined>, options?: CallOptions): Promise<void> {
    checkConsumer(consumer);
    for (const [shard, position] of positions) checkCursorPlace(shard, position, this.context.shardCount);
    await this.write('the reset of cursors', options, (database) => {
      for (const [shard, position] of positions) {
        const token = find(database, consumer, shard)?.token ?? 0;
        put(database, { consumer, shard, token: token + 1, position, owner: '' });
      }
    });
  }

  async remove(consumer: string, options?: CallOptions): Promise<void> {
    checkConsumer(consumer);
    await this.write('the removal of cursors', options, (database) => void database.run(REMOVE, [consumer]));
  }

  private write<T>(operation: string, options: CallOptions | undefined, work: (database: SqliteDatabase) => T): Promise<T> {
    const { database, gate, queue } = this.context;
    gate.enter('Commit', options);
    const unknown = (cause: unknown): Error => new OutcomeUnknownError(operation, [], cause);
    return queue.write({ operation, unknown }, () => work(database));
  }
}

/** The rows of a consumer, ascending by shard. */
export function readCursors(database: SqliteDatabase, consumer: string): readonly Cursor[] {
  return database.all(READ, [consumer]).map(cursorOf);
}

/** Advances all, or throws `CURSOR_LOST`; only inside a write transaction, which the caller takes back then. */
export function applyAdvances(database: SqliteDatabase, advances: readonly CursorAdvance[]): void {
  if (advances.length === 0) return;
  const renewedAt = database.nextCommitTime();
  for (const { consumer, shard, token, position } of advances) {
    const changes = database.run(ADVANCE, [position ?? null, renewedAt, consumer, shard, token]);
    if (changes === 0) throw new CursorLostError(consumer, shard, token);
  }
}

function takeOne(database: SqliteDatabase, claim: CursorClaim & { consumer: string; owner: string }): Cursor[] {
  const { consumer, shard, token, owner } = claim;
  const current = find(database, consumer, shard);
  if ((current?.token ?? 0) !== token) return [];
  return [put(database, { consumer, shard, token: token + 1, position: current?.position, owner })];
}

function find(database: SqliteDatabase, consumer: string, shard: number): Cursor | undefined {
  const row = database.get(FIND, [consumer, shard]);
  return row && cursorOf(row);
}

function put(database: SqliteDatabase, next: Omit<Cursor, 'renewedAt' | 'position'> & { position: Position | undefined }): Cursor {
  const { position, ...rest } = next;
  const renewedAt = database.nextCommitTime();
  database.run(PUT, [rest.consumer, rest.shard, rest.token, position ?? null, rest.owner, renewedAt]);
  return { ...rest, ...(position !== undefined && { position }), renewedAt };
}

function cursorOf(row: SqlRow): Cursor {
  const position = row['position'] as Position | null;
  return {
    consumer: row['consumer'] as string,
    shard: row['shard'] as number,
    token: row['token'] as number,
    ...(position !== null && { position }),
    owner: row['owner'] as string,
    renewedAt: row['renewed_at'] as string,
  };
}
