import { EventspanError } from '../errors/eventspan-error.js';
import type { Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { chainEvents } from '../messaging/chain-events.js';
import { fromMessage, type ChainedEvent } from '../messaging/envelope.js';
import type { Delivery } from '../messaging/transport.js';

/** An event that waits in a lane: brought by a message, or read from the log. To chained delivery both are the same. */
export interface LaneMessage extends ChainedEvent {
  readonly origin: 'transport' | 'log';
  ack(): void;
  nack(): void;
}

/** Reads a delivery; throws `ENVELOPE_INVALID` and `POSITION_INVALID`. */
export function toLaneMessage(delivery: Delivery, shardCount: number): LaneMessage {
  const chained = fromMessage(delivery);
  const { shard } = chained.event;
  if (!Number.isSafeInteger(shard) || shard < 0 || shard >= shardCount) {
    throw new EventspanError('ENVELOPE_INVALID', { attribute: 'ce-shard', value: shard });
  }
  return { ...chained, origin: 'transport', ack: () => delivery.ack(), nack: () => delivery.nack() };
}

/** Events read from one shard's log after a position. */
export function fromLog(after: Position | undefined, events: readonly StoredEvent[]): readonly LaneMessage[] {
  return chainEvents(after, events).map((chained) => ({ ...chained, origin: 'log', ack: () => {}, nack: () => {} }));
}
