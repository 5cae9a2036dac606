import { EventspanError } from '../errors/eventspan-error.js';
import type { EventToAppend } from '../event-store/stored-event.js';
import { STREAM_CLOSED_TYPE, type StreamClosed } from '../event-store/stream-closed.js';
import { serializeMetadata } from '../messages/metadata-json.js';
import { systemClock, type Clock } from '../support/clock.js';
import { uuidV7, type IdGenerator } from '../support/uuid-v7.js';

/** Who closes, and with which clock. */
export interface ClosingContext {
  /** Added to the metadata of what is written: `correlationId`, `actor`, `source`, ... JSON values. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: UUID version 7. */
  readonly ids?: IdGenerator;
}

const SCHEMA_VERSION = 1;
const MAX_REASON = 1_000;
const newId = uuidV7();

/** The event that ends a stream. Throws `OPTION_INVALID` for a reason of no or over 1,000 characters, `PAYLOAD_NOT_EXACT` for metadata. */
export function closingEvent(closed: StreamClosed, { metadata = {}, clock = systemClock, ids = newId }: ClosingContext): EventToAppend {
  if (typeof closed.reason !== 'string' || closed.reason.length === 0 || closed.reason.length > MAX_REASON) {
    throw new EventspanError('OPTION_INVALID', { path: 'reason', value: closed.reason, bound: `text of 1 to ${MAX_REASON} characters` });
  }
  const eventId = ids();
  const time = new Date(clock.now()).toISOString();
  const correlationId = typeof metadata['correlationId'] === 'string' ? metadata['correlationId'] : eventId;
  const text = serializeMetadata({ ...metadata, correlationId, time, schemaVersion: SCHEMA_VERSION });
  return { eventId, type: STREAM_CLOSED_TYPE, data: JSON.stringify(closed), metadata: text };
}
