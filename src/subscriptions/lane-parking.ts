import { EventspanError } from '../errors/eventspan-error.js';
import { parsePosition, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { eventFields } from '../telemetry/traced-event.js';
import { HandlerStarts } from './handler-starts.js';
import type { HeldCursor } from './held-cursors.js';
import type { LaneContext } from './lane-context.js';
import { commitOwn } from './own-commit.js';
import { parkChange } from './parked-changes.js';
import { newEntry, type ParkedEntry } from './parked-entry.js';
import { ParkedSet } from './parked-set.js';
import type { RowsByLane } from './parked-rows.js';
import { reasonOf, Redrive } from './redrive.js';

/**
 * The parked streams of one lane. They are read when the lane is taken; from then on only its owner changes them. Later events of a parked stream
 * are passed over: the cursor moves on, and they wait in the log.
 */
export class LaneParking {
  readonly starts: HandlerStarts;
  private readonly parked = new ParkedSet();
  private readonly redrives: Redrive;
  private token: number | undefined;

  constructor(
    private readonly lane: number,
    private readonly context: LaneContext,
  ) {
    this.starts = new HandlerStarts(lane, context);
    this.redrives = new Redrive(lane, context, this.parked);
  }

  /** Parked streams. */
  get size(): number {
    return this.parked.size;
  }

  /** Whether the event at this position waits because its stream is parked. */
  isParked(position: Position): boolean {
    if (this.parked.size === 0) return false;
    const { streamId, version } = parsePosition(position);
    const entry = this.parked.find(streamId);
    return entry !== undefined && version >= entry.version;
  }

  /** Why streams are parked, told of the one that was parked last. */
  get reason(): string | undefined {
    const last = this.parked.last;
    return last && `${this.parked.size} parked, ${last.streamId} last: ${last.message}`;
  }

  /** Whether what is known is what the owner of the token has to know. */
  isKnown({ token }: HeldCursor): boolean {
    return this.token === token;
  }

  /** Reads what is parked, after the lane was taken. 1 Read for all lanes that are taken together. */
  async load(cursor: HeldCursor): Promise<void> {
    const rows = await this.context.parkedRows.read();
    this.parked.load(rows.get(this.lane) ?? [], cursor.isUnclean === true);
    await this.starts.taken(cursor);
    this.token = cursor.token;
  }

  /** Requests that operators made since. */
  takeRequests(rows: RowsByLane): void {
    this.parked.takeRequests(rows.get(this.lane) ?? []);
  }

  /** Those events whose streams are not parked. */
  flowing(events: readonly StoredEvent[]): readonly StoredEvent[] {
    return this.parked.size === 0 ? events : events.filter(({ streamId }) => !this.parked.has(streamId));
  }

  /** A parked stream for which there is something to do now. */
  due(cursor: Position | undefined): ParkedEntry | undefined {
    return this.parked.due(this.context.options.clock.now(), cursor);
  }

  nextDueMs(cursor: Position | undefined): number | undefined {
    return this.parked.nextDueMs(this.context.options.clock.now(), cursor);
  }

  /** One step of what was asked for. Throws the store's errors. */
  carryOut(cursor: HeldCursor, entry: ParkedEntry): Promise<void> {
    return this.redrives.step(cursor, entry);
  }

  /** `PARKING_FULL` where no further stream can be parked. */
  get full(): EventspanError | undefined {
    const { consumer, maxParked } = this.context.options;
    if (this.parked.size < maxParked) return undefined;
    return new EventspanError('PARKING_FULL', { shard: this.lane, consumer, parked: this.parked.size });
  }

  /** Parks the event's stream and moves the cursor past the event, in one commit. Throws the store's errors. */
  async park(cursor: HeldCursor, event: StoredEvent, failure: { readonly error: unknown; readonly attempts: number }): Promise<void> {
    const { consumer, clock, logger } = this.context.options;
    const reason = reasonOf(failure.error);
    const key = { consumer, shard: this.lane, stream_id: event.streamId };
    const change = parkChange(key, event, { ...failure, reason, at: new Date(clock.now()) });
    await commitOwn(this.context, { lane: this.lane, token: cursor.token, position: event.position }, [change]);
    this.parked.add(
      newEntry({
        streamId: event.streamId,
        version: event.version,
        reason,
        attempts: failure.attempts,
        message: String(change.row['message']),
      }),
    );
    this.context.counts.parked++;
    const fields = { consumer, shard: this.lane, ...eventFields(event), version: event.version, reason };
    logger.error(fields, 'an event failed too often; its stream is parked, and the others go on');
  }
}
