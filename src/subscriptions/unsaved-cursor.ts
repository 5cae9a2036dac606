import type { Position } from '../event-store/position.js';
import type { HeldCursor } from './held-cursors.js';
import type { LaneContext } from './lane-context.js';
import { commitOwn } from './own-commit.js';

/** So many events are passed without a word to the store; reading them again takes a few Reads. */
const MAX_UNSAVED = 1_000;

/** What was passed since the store was told last. */
interface Unsaved {
  readonly token: number;
  readonly position: Position;
  readonly events: number;
  /** By when it is to be told: half a lease after the first of them. */
  readonly dueAt: number;
}

/**
 * Passes events that bring nothing about without a commit for each batch of them: the store is told after 1,000 events, after half a lease, or
 * with the next batch, whichever is first. A process that ends before it reads them again, which brings nothing about either.
 */
export class UnsavedCursor {
  private unsaved: Unsaved | undefined;

  constructor(
    private readonly lane: number,
    private readonly context: LaneContext,
  ) {}

  /** A batch has told the store of a later position. */
  clear(): void {
    this.unsaved = undefined;
  }

  /** In how many milliseconds the store has to be told; undefined where it knows. */
  dueMs({ token }: HeldCursor): number | undefined {
    if (this.unsaved?.token !== token) return undefined;
    return Math.max(0, this.unsaved.dueAt - this.context.options.clock.now());
  }

  /** 1 Commit, or none. Throws the store's errors. */
  async pass(cursor: HeldCursor, position: Position, count: number): Promise<void> {
    const { cursors, options } = this.context;
    const { token } = cursor;
    const before = this.unsaved?.token === token ? this.unsaved : undefined;
    const events = (before?.events ?? 0) + count;
    this.unsaved = { token, position, events, dueAt: before?.dueAt ?? options.clock.now() + options.leaseMs / 2 };
    if (events < MAX_UNSAVED) cursors.passed(this.lane, token, position);
    else await this.save(cursor);
  }

  /** 1 Commit. Throws the store's errors. */
  async save({ token }: HeldCursor): Promise<void> {
    const { unsaved } = this;
    this.unsaved = undefined;
    if (unsaved?.token !== token) return;
    await commitOwn(this.context, { lane: this.lane, token, position: unsaved.position }, []);
    this.context.cursors.advanced(this.lane, token, unsaved.position);
  }
}
