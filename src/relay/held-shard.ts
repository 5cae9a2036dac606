import type { Position } from '../event-store/position.js';
import type { Cursor, CursorAdvance } from '../event-store/shard-cursors.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { RelayShardStatus, RelayShardState } from './relay-status.js';

/** The relay's name in the cursors, and in the counting of RPCs. */
export const RELAY_CONSUMER = 'relay';

/**
 * A shard that this relay holds, from take to loss.
 *
 * States and who moves them:
 *   ready      -> publishing  the loop read events of it (`begin`)
 *   publishing -> retrying    a publish failed and its wait began (`retry`); back at the next try (`resume`)
 *   publishing -> ready       all events in hand were taken, or given up at the end (`finish`)
 *   publishing -> stopped     the transport refused a message (`refuse`)
 *   stopped    -> ready       the time of the next trial has come (by `isReadable`); the reason stays until a batch is taken
 *
 * A shard whose token was spent or whose lease has lapsed is given up (`giveUp`) and forgotten by the lease keeper: work in hand is
 * aborted and its result ignored.
 *
 * Invariant: `position` is what the cursor has; `taken` is what the transport has taken beyond it. The shard is read on only from
 * a position that the cursor has, so that the first message of a read follows `position` in the log without a gap.
 */
export class HeldShard {
  readonly shard: number;
  readonly token: number;
  private readonly work = new AbortController();
  private readonly repeating = new AbortController();
  private state: RelayShardState = 'ready';
  private committed: Position | undefined;
  private taken: Position | undefined;
  private inHand: readonly StoredEvent[] = [];
  /** What a stopped shard stands before. */
  private refused: readonly StoredEvent[] = [];
  private reason: string | undefined;
  private trialAtMs = 0;
  private renewedMs: number;
  private endSeenBy = 0;

  /** `askedMs`: local time at which the take was sent: the lease is not shorter than from there. */
  constructor(
    private readonly cursor: Cursor,
    askedMs: number,
  ) {
    this.shard = cursor.shard;
    this.token = cursor.token;
    this.committed = cursor.position;
    this.renewedMs = askedMs;
  }

  /** Aborted when work under way is given up. */
  get signal(): AbortSignal {
    return this.work.signal;
  }

  /** Aborted when nothing new is to be sent: then, or earlier. */
  get repeats(): AbortSignal {
    return this.repeating.signal;
  }

  /** Events that the transport has not taken, in log order. */
  get waiting(): readonly StoredEvent[] {
    return this.state === 'stopped' ? this.refused : this.inHand;
  }

  get position(): Position | undefined {
    return this.committed;
  }

  get isInHand(): boolean {
    return this.state === 'publishing' || this.state === 'retrying';
  }

  isReadable(nowMs: number): boolean {
    return !this.signal.aborted && !this.isInHand && this.taken === undefined && (this.state === 'ready' || nowMs >= this.trialAtMs);
  }

  /** Whether everything that the log had when read `readNumber` began is published, or the shard is stopped. */
  isSettledSince(readNumber: number): boolean {
    return this.state === 'stopped' || (this.endSeenBy >= readNumber && !this.isInHand && this.taken === undefined);
  }

  /** Milliseconds since the lease was surely renewed. */
  leaseAgeMs(nowMs: number): number {
    return nowMs - this.renewedMs;
  }

  begin(events: readonly StoredEvent[]): void {
    this.state = 'publishing';
    this.inHand = events;
  }

  /** Read `readNumber` came to the end of the shard's log; what it found has begun. */
  sawEnd(readNumber: number): void {
    this.endSeenBy = readNumber;
    if (this.isInHand) return;
    this.state = 'ready';
    this.reason = undefined;
  }

  /** The transport took the next `count` events in hand. */
  accept(count: number): void {
    this.taken = this.inHand[count - 1]?.position;
    this.inHand = this.inHand.slice(count);
    this.reason = undefined;
  }

  retry(reason: string): void {
    this.state = 'retrying';
    this.reason = reason;
  }

  resume(): void {
    this.state = 'publishing';
  }

  refuse(reason: string, trialAtMs: number): void {
    this.refused = this.inHand.slice(0, 1);
    this.putDown('stopped');
    this.reason = reason;
    this.trialAtMs = trialAtMs;
  }

  finish(): void {
    this.putDown('ready');
  }

  /** Whether the transport has taken more than the cursor knows. */
  get isAhead(): boolean {
    return this.taken !== undefined;
  }

  /** The cursor's next position; a mere renewal where there is none. */
  nextAdvance(): CursorAdvance {
    const row = { consumer: RELAY_CONSUMER, shard: this.shard, token: this.token };
    return this.taken === undefined ? row : { ...row, position: this.taken };
  }

  /** A commit of `advance`, sent at local time `askedMs`, succeeded. */
  advanced(advance: CursorAdvance, askedMs: number): void {
    this.renewedMs = askedMs;
    if (advance.position === undefined) return;
    this.committed = advance.position;
    if (this.taken === advance.position) this.taken = undefined;
  }

  /** The cursor as far as it is known here. */
  row(): Cursor {
    return this.committed === undefined ? this.cursor : { ...this.cursor, position: this.committed };
  }

  /** What is under way may end; nothing more is begun. */
  drain(): void {
    this.repeating.abort(new DOMException(`The relay is to stop publishing shard ${this.shard}.`, 'AbortError'));
  }

  /** What is under way is aborted too. */
  giveUp(): void {
    this.drain();
    this.work.abort(new DOMException(`The relay no longer publishes shard ${this.shard}.`, 'AbortError'));
  }

  status(): RelayShardStatus {
    const [next] = this.waiting;
    return {
      shard: this.shard,
      state: this.state,
      waiting: this.waiting.length,
      ...(next === undefined ? {} : { waitingSince: commitTimeOf(next) }),
      ...(this.committed === undefined ? {} : { position: this.committed }),
      ...(this.reason === undefined ? {} : { reason: this.reason }),
    };
  }

  private putDown(state: RelayShardState): void {
    if (this.inHand.length > 0) this.endSeenBy = 0;
    this.inHand = [];
    this.state = state;
  }
}
