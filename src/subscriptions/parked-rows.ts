import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Row } from '../event-store/read-models.js';
import { PARKED_REQUESTS, PARKED_STREAMS } from '../event-store/system-tables.js';

/** Rows of parked streams by lane. */
export type RowsByLane = ReadonlyMap<number, readonly Row[]>;

/** What an owner keeps in memory of a row; message and stack are for people. */
const KEPT = [
  'stream_id',
  'version',
  'reason',
  'attempts',
  'starts',
  'request',
  'request_reason',
  'request_version',
  'requested_at',
] as const;

const SHOWN_CHARACTERS = 200;

/**
 * Reads the parked streams of one consumer: 1 Read for all lanes that ask at the same time. Rows are few and small in memory; owners never let
 * there be more than `maxParked` a lane.
 */
export class ParkedRows {
  private wish: Promise<RowsByLane> | undefined;
  private lastRequest: unknown;

  constructor(
    private readonly store: EventStore,
    private readonly consumer: string,
    private readonly calls: CallOptions,
  ) {}

  /** As they are after the call: a reading that has begun already is not joined. */
  read(): Promise<RowsByLane> {
    this.wish ??= this.scan();
    return this.wish;
  }

  /** Whether an operator has asked for something since the last call. 1 Read. */
  async isAsked(): Promise<boolean> {
    const [row] = await this.store.readModels.get(PARKED_REQUESTS, [{ consumer: this.consumer }], this.calls);
    const newest = row?.['request_id'];
    if (newest === this.lastRequest) return false;
    this.lastRequest = newest;
    return true;
  }

  /** What was asked for shall be looked for again. */
  forget(): void {
    this.lastRequest = undefined;
  }

  private async scan(): Promise<RowsByLane> {
    await Promise.resolve(); // lanes that were taken in the same turn come along
    this.wish = undefined;
    const lanes = new Map<number, Row[]>();
    for await (const row of this.store.readModels.scan(PARKED_STREAMS, { consumer: this.consumer }, this.calls)) {
      const shard = Number(row['shard']);
      const rows = lanes.get(shard) ?? [];
      rows.push({
        ...Object.fromEntries(KEPT.map((column) => [column, row[column]])),
        message: String(row['message']).slice(0, SHOWN_CHARACTERS),
      });
      lanes.set(shard, rows);
    }
    return lanes;
  }
}
