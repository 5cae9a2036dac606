import { comparePositions, type Position } from '../event-store/position.js';
import type { Row } from '../event-store/read-models.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { HANDLER_STARTS } from '../event-store/system-tables.js';
import type { HeldCursor } from './held-cursors.js';
import type { LaneContext } from './lane-context.js';
import { commitOwn } from './own-commit.js';

/** Before the first event of a log. */
const BEGINNING = '';

/**
 * Finds events whose handlers end the process. A lane that was taken from an owner that did not release it notes durably that it begins its
 * first batch, and goes on as ever; when it is taken so once more at the same place, its events are handled one at a time, each noted
 * before, until a batch of them is past. One that was begun `maxStarts` times is not begun again. What is noted is handled while nothing
 * else that is noted runs in the process ({@link Suspects}), so that an event is not blamed for what another did; only one that ends the
 * process beyond the first batch of its lane may cast one suspicion on another. No cost after a clean start; after an unclean one 1 Read
 * and 1 Commit, while the first batch goes well.
 */
export class HandlerStarts {
  /** The first batch after an unclean end has not been begun. */
  private isFirst = false;
  /** Events that are still to be handled one at a time. */
  private left = 0;
  /** The event that was begun last, and how often. */
  private begun: { readonly position: string; readonly starts: number } | undefined;
  /** It was begun by this process: its tries here are no further starts. */
  private isOwn = false;

  constructor(
    private readonly lane: number,
    private readonly context: LaneContext,
  ) {}

  /** Whether events have to be handled one at a time. */
  get isCareful(): boolean {
    return this.left > 0;
  }

  /** Whether what is next has to be begun by {@link begin}, as the only such in the process. */
  get isSuspect(): boolean {
    return this.isFirst || this.isCareful;
  }

  /** The lane was taken. 1 Read after an unclean end. */
  async taken(cursor: HeldCursor): Promise<void> {
    this.isFirst = false;
    this.left = 0;
    this.begun = undefined;
    if (cursor.isUnclean !== true) return;
    const { store, consumer, caller, batchSize } = this.context.options;
    const key = { consumer, shard: this.lane };
    const [row] = await store.readModels.get(HANDLER_STARTS, [key], { caller, signal: this.context.abandon });
    if (row !== undefined && isHereOrAfter(row, cursor.position)) {
      this.left = batchSize;
      this.begun = { position: String(row['position']), starts: Number(row['starts']) };
      this.isOwn = false;
      return;
    }
    this.isFirst = true;
  }

  /** Answers how often the process has ended over the event, if that is too often; else notes that it, or its batch, is begun. 1 Commit. */
  async begin(cursor: HeldCursor, event: StoredEvent): Promise<number | undefined> {
    if (this.isFirst) {
      await this.note(cursor, cursor.position ?? BEGINNING, 1);
      this.isFirst = false;
      return undefined;
    }
    const { maxStarts } = this.context.options;
    const isKnown = this.begun?.position === event.position;
    if (isKnown && this.isOwn) return undefined;
    // The batch that ended the process twice counts once for each of its events, but it condemns none.
    const starts = isKnown ? (this.begun?.starts ?? 0) : Math.min(1, maxStarts - 1);
    if (starts >= maxStarts) return starts;
    await this.note(cursor, event.position, starts + 1);
    this.begun = { position: event.position, starts: starts + 1 };
    this.isOwn = true;
    return undefined;
  }

  /** Events were committed, or given up. */
  passed(count: number): void {
    if (this.left > 0) this.left = Math.max(0, this.left - count);
  }

  private async note(cursor: HeldCursor, position: string, starts: number): Promise<void> {
    const { consumer, clock } = this.context.options;
    const row = { consumer, shard: this.lane, position, starts, started_at: new Date(clock.now()) };
    await commitOwn(this.context, { lane: this.lane, token: cursor.token }, [{ kind: 'upsert', table: HANDLER_STARTS, row }]);
  }
}

/** Whether the note is of the batch that follows the cursor, or of an event in it; an older one has been overtaken. */
function isHereOrAfter(row: Row, cursor: Position | undefined): boolean {
  const position = String(row['position']);
  if (cursor === undefined || position === BEGINNING) return cursor === undefined;
  return comparePositions(position as Position, cursor) >= 0;
}
