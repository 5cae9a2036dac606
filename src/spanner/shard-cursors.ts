import { EventspanError } from '../errors/eventspan-error.js';
import { CursorLostError } from '../errors/store-errors.js';
import type { CallOptions } from '../event-store/call-options.js';
import { checkAdvances, checkConsumer, checkCursorPlace, checkOwner } from '../event-store/cursor-checks.js';
import type { Position } from '../event-store/position.js';
import { checkShard } from '../event-store/read-plan.js';
import type { Cursor, CursorAdvance, CursorClaim, ShardCursors } from '../event-store/shard-cursors.js';
import { storeFailed, type Call } from './calls.js';
import type { SpannerContext } from './context.js';
import { advanceMutation, cursorOfRow, CURSOR_COLUMNS, newest, nextToken, ownerMutation, type NextCursor } from './cursor-rows.js';
import type { Mutation } from './protocol.js';
import type { Transaction } from './rpc.js';
import { key } from './values.js';

/** What a transaction decided: the rows it writes, and what they were before. */
interface Taking {
  readonly mutations: readonly Mutation[];
  readonly written: readonly NextCursor[];
  /** Taken by an earlier attempt of the same call, whose reply was lost. */
  readonly already: readonly Cursor[];
}

interface TakeRequest {
  readonly consumer: string;
  readonly owner: string;
  readonly claims: readonly CursorClaim[];
  /** Whether an earlier attempt of the same call sent a Commit. */
  readonly isRepeat: boolean;
}

/** The cursors in the table `cursors`. */
export class SpannerShardCursors implements ShardCursors {
  constructor(private readonly context: SpannerContext) {}

  async read(consumer: string, options?: CallOptions): Promise<{ readonly cursors: readonly Cursor[]; readonly storeTime: string }> {
    checkConsumer(consumer);
    const { calls, rpc } = this.context;
    const call = calls.begin(options);
    const body = {
      table: 'cursors',
      columns: CURSOR_COLUMNS,
      keySet: { ranges: [{ startClosed: key(consumer), endClosed: key(consumer) }] },
    };
    const attempt = async (): Promise<{ cursors: readonly Cursor[]; storeTime: string }> => {
      let storeTime = '';
      const rows = await rpc.readAll(body, call, { transaction: 'strong', onReadTime: (time) => (storeTime = time) });
      return { cursors: [...newest(rows.map(cursorOfRow)).values()], storeTime };
    };
    return calls.run({ name: `the read of the cursors of ${consumer}`, kind: 'read', attempt }, call);
  }

  // oxlint-disable-next-line max-params -- the port's signature
  async take(consumer: string, owner: string, claims: readonly CursorClaim[], options?: CallOptions): Promise<readonly Cursor[]> {
    checkConsumer(consumer);
    checkOwner(owner);
    for (const claim of claims) checkShard(claim.shard, this.context.settings.shards);
    const call = this.context.calls.begin(options);
    if (claims.length === 0) return [];
    const shards = claims.map((claim) => claim.shard);
    const taken = await this.replace({ consumer, shards, call }, (rows, isRepeat) => planTake(rows, { consumer, owner, claims, isRepeat }));
    return taken.toSorted((a, b) => a.shard - b.shard);
  }

  async advance(advances: readonly CursorAdvance[], options?: CallOptions): Promise<void> {
    checkAdvances(advances, this.context.settings.shards);
    const { calls, rpc } = this.context;
    const call = calls.begin(options);
    if (advances.length === 0) return;
    await calls.run(
      {
        name: 'the advance of cursors',
        kind: 'fencedWrite',
        attempt: async () => void (await rpc.commit(advances.map(advanceMutation), call)),
        onRefused: async ({ table, error }) => {
          if (table?.toLowerCase() !== 'cursors') throw storeFailed('the advance of cursors', error);
          throw cursorLost(advances);
        },
      },
      call,
    );
  }

  async release(cursors: readonly Cursor[], options?: CallOptions): Promise<void> {
    const call = this.context.calls.begin(options);
    for (let held = cursors; held.length > 0; held = await this.stillHeld(held, call)) {
      if (await this.disown(held, call)) return;
    }
  }

  async reset(consumer: string, positions: ReadonlyMap<number, Position | undefined>, options?: CallOptions): Promise<void> {
    checkConsumer(consumer);
    for (const [shard, position] of positions) checkCursorPlace(shard, position, this.context.settings.shards);
    const call = this.context.calls.begin(options);
    const shards = [...positions.keys()];
    if (shards.length === 0) return;
    await this.replace({ consumer, shards, call }, (rows) => {
      const written = shards.map((shard) => nextToken(consumer, rows.get(shard), { shard, owner: '', position: positions.get(shard) }));
      return { written, mutations: written.flatMap((row) => row.mutations), already: [] };
    });
  }

  async remove(consumer: string, options?: CallOptions): Promise<void> {
    checkConsumer(consumer);
    const { calls, rpc } = this.context;
    const call = calls.begin(options);
    const range = { startClosed: key(consumer), endClosed: key(consumer) };
    const mutation: Mutation = { delete: { table: 'cursors', keySet: { ranges: [range] } } };
    await calls.run({ name: 'the removal of cursors', kind: 'write', attempt: () => rpc.commit([mutation], call) }, call);
  }

  /** One transaction: reads the rows of the shards, writes what `plan` says. Repeated as a whole. */
  private async replace(
    { consumer, shards, call }: { readonly consumer: string; readonly shards: readonly number[]; readonly call: Call },
    plan: (rows: ReadonlyMap<number, Cursor>, isRepeat: boolean) => Taking,
  ): Promise<readonly Cursor[]> {
    const { calls, rpc } = this.context;
    const ranges = shards.map((shard) => ({ startClosed: key(consumer, shard), endClosed: key(consumer, shard) }));
    const body = { table: 'cursors', columns: CURSOR_COLUMNS, keySet: { ranges } };
    let isRepeat = false;
    const attempt = async (): Promise<readonly Cursor[]> => {
      const begun: Transaction[] = [];
      try {
        const rows = await rpc.readAll(body, call, { transaction: 'begin', onBegun: (transaction) => void begun.push(transaction) });
        const { mutations, written, already } = plan(newest(rows.map(cursorOfRow)), isRepeat);
        isRepeat = true;
        const renewedAt = await this.commitOrRollback(mutations, call, begun[0]);
        return [...already, ...written.map(({ cursor }) => ({ ...cursor, renewedAt }))];
      } finally {
        begun.forEach((transaction) => rpc.end(transaction));
      }
    };
    return calls.run({ name: `the taking of cursors of ${consumer}`, kind: 'write', attempt }, call);
  }

  private async commitOrRollback(mutations: readonly Mutation[], call: Call, transaction: Transaction | undefined): Promise<string> {
    if (transaction === undefined) throw new EventspanError('STORE_FAILED', { operation: 'Read', reason: 'it began no transaction' });
    if (mutations.length > 0) return this.context.rpc.commit(mutations, call, transaction);
    await this.context.rpc.rollback(transaction, call);
    return '';
  }

  /** False where one of the tokens is spent: then nothing was written. */
  private disown(cursors: readonly Cursor[], call: Call): Promise<boolean> {
    const { calls, rpc } = this.context;
    return calls.run(
      {
        name: 'the release of cursors',
        kind: 'write',
        attempt: async () => (await rpc.commit(cursors.map(ownerMutation), call)) !== '',
        onRefused: async ({ table, error }) => {
          if (table?.toLowerCase() !== 'cursors') throw storeFailed('the release of cursors', error);
          return false;
        },
      },
      call,
    );
  }

  private async stillHeld(cursors: readonly Cursor[], call: Call): Promise<readonly Cursor[]> {
    const { calls, rpc } = this.context;
    const keys = cursors.map(({ consumer, shard, token }) => key(consumer, shard, token));
    const body = { table: 'cursors', columns: CURSOR_COLUMNS, keySet: { keys } };
    const rows = await calls.run({ name: 'the read of cursors', kind: 'read', attempt: () => rpc.readAll(body, call) }, call);
    return rows.map(cursorOfRow);
  }
}

function planTake(rows: ReadonlyMap<number, Cursor>, { consumer, owner, claims, isRepeat }: TakeRequest): Taking {
  const current = claims.filter(({ shard, token }) => (rows.get(shard)?.token ?? 0) === token);
  const written = current.map(({ shard }) => nextToken(consumer, rows.get(shard), { shard, owner }));
  const already = claims.flatMap(({ shard, token }) => {
    const row = rows.get(shard);
    return isRepeat && row?.token === token + 1 && row.owner === owner ? [row] : [];
  });
  return { written, mutations: written.flatMap((row) => row.mutations), already };
}

function cursorLost(advances: readonly CursorAdvance[]): CursorLostError {
  const consumers = [...new Set(advances.map(({ consumer }) => consumer))].join(', ');
  return new CursorLostError(
    consumers,
    advances.map(({ shard }) => shard),
    advances.map(({ token }) => token),
  );
}
