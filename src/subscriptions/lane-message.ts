import { EventspanError } from '../errors/eventspan-error.js';
import { fromMessage, type ChainedEvent } from '../messaging/envelope.js';
import type { Delivery } from '../messaging/transport.js';

/** A message that waits in a lane. */
export interface LaneMessage extends ChainedEvent {
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
  return { ...chained, ack: () => delivery.ack(), nack: () => delivery.nack() };
}
