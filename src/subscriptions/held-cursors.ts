import type { CallOptions } from '../event-store/call-options.js';
import type { Position } from '../event-store/position.js';
import type { Cursor, ShardCursors } from '../event-store/shard-cursors.js';
import { lostShards } from '../event-store/shard-leases.js';
import type { Clock } from '../support/clock.js';
import { KeyMutex } from '../support/key-mutex.js';
import { planAcquire, planFreeClaims } from './plan-acquire.js';

/** A shard that this instance works on. */
export interface HeldCursor {
  readonly token: number;
  /** The last event done; absent before the first. */
  readonly position?: Position;
  /** It was taken from an owner that had not released it: the event that was in hand there may be what ended that process. */
  readonly isUnclean?: boolean;
}

/** Whose cursors, and how they are kept. */
export interface HeldCursorsOptions {
  readonly cursors: ShardCursors;
  readonly consumer: string;
  readonly owner: string;
  /** Cursors of the consumer. 1 with the order `global`: then it stands for all shards. */
  readonly shardCount: number;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly calls: CallOptions;
  /** Whether the event at a position that the cursor has passed waits all the same, because its stream is parked. Default: none does. */
  readonly isParked?: (shard: number, position: Position) => boolean;
}

/** What became of a wish for a shard: `passed` up to a position that is done elsewhere; `missed` when another was faster. */
export type Acquired = { readonly kind: 'held' | 'missed' } | { readonly kind: 'passed'; readonly position: Position };

interface Entry extends HeldCursor {
  /** By this process's clock; only to know when to renew. The store judges leases by its own. */
  readonly renewedAt: number;
  /** The store knows an earlier position. */
  readonly isUnsaved?: boolean;
}

/**
 * The cursors of one consumer that this instance holds. What is here is what the instance believes; the store's fence
 * decides at each commit. Reads and takes go one after another, so that a take is never planned from an answer older than the
 * last take; wishes that come meanwhile are put into one.
 */
export class HeldCursors {
  /** Shards that came here, and that were lost: to others, or to be taken anew. */
  readonly changes = { taken: 0, lost: 0 };
  private readonly held = new Map<number, Entry>();
  /** Shards that were taken here: what is in this instance's name on others is of a life before. */
  private readonly known = new Set<number>();
  private readonly listeners = new Set<() => void>();
  private readonly turns = new KeyMutex();
  private wanted = new Map<number, Position>();
  private wish: Promise<ReadonlyMap<number, Acquired>> | undefined;

  constructor(private readonly options: HeldCursorsOptions) {}

  find(shard: number): HeldCursor | undefined {
    return this.held.get(this.options.shardCount === 1 ? 0 : shard);
  }

  /** Whether the event waits because its stream is parked, as far as this instance knows: of the shards that it holds. */
  isParked(shard: number, position: Position): boolean {
    return this.find(shard) !== undefined && (this.options.isParked?.(shard, position) ?? false);
  }

  get shards(): readonly number[] {
    return [...this.held.keys()].sort((a, b) => a - b);
  }

  /** Called whenever a position moves and whenever a shard comes or goes. Answers the end of it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** A commit has moved the cursor. Without effect when the shard has been let go since. */
  advanced(shard: number, token: number, position: Position): void {
    if (this.held.get(shard)?.token === token) this.put(shard, { token, position });
  }

  /** Events were passed that bring nothing about; the store has not been told. Without effect when the shard has been let go since. */
  passed(shard: number, token: number, position: Position): void {
    const entry = this.held.get(shard);
    if (entry?.token !== token) return;
    this.held.set(shard, { ...entry, position, isUnsaved: true });
    this.changed();
  }

  /** Lets a shard go without a word to the store: its token is spent, or must be. */
  drop(shard: number): void {
    if (!this.held.delete(shard)) return;
    this.changes.lost++;
    this.changed();
  }

  /** Takes a shard because a message of this position came. 1 Read, and a take if there is a reason for it. */
  async acquire(shard: number, position: Position): Promise<Acquired> {
    this.wanted.set(shard, position);
    this.wish ??= this.turns.run('cursors', async () => {
      await Promise.resolve(); // wishes of the same turn come along, and `wish` is set before it is cleared
      return this.fulfil();
    });
    return (await this.wish).get(shard) ?? { kind: 'missed' };
  }

  /** Takes what nobody works on and lets go what others have taken. Answers the shards that came. 1 Read, and a take if needed. */
  takeFree(): Promise<readonly number[]> {
    return this.turns.run('cursors', async () => {
      const { consumer, owner, shardCount, leaseMs } = this.options;
      const { cursors, storeTime } = await this.options.cursors.read(consumer, this.options.calls);
      const held = new Map([...this.held].map(([shard, { token }]) => [shard, token]));
      for (const shard of lostShards({ cursors, held })) this.drop(shard);
      const claims = planFreeClaims({ owner, shardCount, leaseMs, cursors, storeTime, held });
      return this.take(claims, cursors);
    });
  }

  /** Renews those that no batch has renewed for a third of the lease. 1 Commit, or none. */
  async renew(): Promise<void> {
    const now = this.options.clock.now();
    const due = [...this.held].filter(([, { renewedAt }]) => now - renewedAt >= this.options.leaseMs / 3);
    if (due.length === 0) return;
    const { consumer, cursors, calls } = this.options;
    await cursors.advance(
      due.map(([shard, { token }]) => ({ consumer, shard, token })),
      calls,
    );
    for (const [shard, { token }] of due) this.renewed(shard, token, now);
  }

  /** Gives all up, for others to take at once. */
  async release(options: CallOptions): Promise<void> {
    const { consumer, owner } = this.options;
    const unsaved = [...this.held].filter(([, { isUnsaved }]) => isUnsaved === true);
    const cursors: Cursor[] = [...this.held].map(([shard, entry]) => ({ ...entry, consumer, owner, shard, renewedAt: '' }));
    this.held.clear();
    this.changed();
    if (unsaved.length > 0) await this.save(unsaved, options);
    if (cursors.length > 0) await this.options.cursors.release(cursors, options);
  }

  /** Whoever comes next reads less. */
  private async save(entries: readonly (readonly [number, Entry])[], options: CallOptions): Promise<void> {
    const { consumer, cursors } = this.options;
    const advances = entries.map(([shard, { token, position }]) => ({
      consumer,
      shard,
      token,
      ...(position !== undefined && { position }),
    }));
    await cursors.advance(advances, options).catch(() => undefined);
  }

  private async fulfil(): Promise<ReadonlyMap<number, Acquired>> {
    const { wanted } = this;
    this.wanted = new Map();
    this.wish = undefined;
    const { cursors } = await this.options.cursors.read(this.options.consumer, this.options.calls);
    const missing = new Map([...wanted].filter(([shard]) => !this.held.has(shard)));
    const { claims, passed } = planAcquire(missing, cursors, this.options.owner);
    await this.take(claims, cursors);
    return new Map([...wanted.keys()].map((shard) => [shard, this.outcome(shard, passed.get(shard))]));
  }

  private outcome(shard: number, passed: Position | undefined): Acquired {
    if (this.held.has(shard)) return { kind: 'held' };
    return passed === undefined ? { kind: 'missed' } : { kind: 'passed', position: passed };
  }

  private async take(claims: Parameters<ShardCursors['take']>[2], before: readonly Cursor[]): Promise<readonly number[]> {
    if (claims.length === 0) return [];
    const { cursors, consumer, owner, calls } = this.options;
    const owners = new Map(before.map((row) => [row.shard, row.owner]));
    const taken = await cursors.take(consumer, owner, claims, calls);
    for (const { shard, token, position } of taken) {
      const isUnclean = this.isUnclean(shard, owners.get(shard) ?? '');
      this.known.add(shard);
      this.changes.taken++;
      this.put(shard, { token, ...(position !== undefined && { position }), ...(isUnclean && { isUnclean }) });
    }
    return taken.map(({ shard }) => shard);
  }

  private isUnclean(shard: number, ownerBefore: string): boolean {
    return ownerBefore !== '' && (ownerBefore !== this.options.owner || !this.known.has(shard));
  }

  private put(shard: number, cursor: HeldCursor): void {
    this.held.set(shard, { ...cursor, renewedAt: this.options.clock.now() });
    this.changed();
  }

  private renewed(shard: number, token: number, at: number): void {
    const entry = this.held.get(shard);
    if (entry?.token === token) this.held.set(shard, { ...entry, renewedAt: Math.max(at, entry.renewedAt) });
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
