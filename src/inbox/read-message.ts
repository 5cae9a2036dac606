import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { StoredRecord } from '../messages/upcasting/upcast-context.js';
import { decodeMessage } from '../messaging/decode-message.js';
import type { IncomingMessage, MessageFormat, ReceivedMessage } from '../messaging/incoming-message.js';

/** What a message is, as far as its envelope tells. */
export type DecodedEnvelope =
  /** One for the consumer's handlers; `event` is the first of the classes it may become. */
  | { readonly kind: 'taken'; readonly incoming: IncomingMessage; readonly event: Constructor }
  /** Nothing for this consumer. */
  | { readonly kind: 'passed'; readonly incoming: IncomingMessage; readonly isUnknown: boolean }
  /** It cannot be read, now or later. */
  | { readonly kind: 'unreadable'; readonly incoming?: IncomingMessage; readonly error: unknown };

export interface MessageReaderOptions {
  readonly registry: EventRegistry;
  readonly events: readonly Constructor[];
  readonly formats: readonly MessageFormat[] | undefined;
  readonly unknownEvents: 'pass' | 'fail';
}

/** Reads messages from outside as events that a consumer takes. */
export class MessageReader {
  private readonly taken: ReadonlySet<unknown>;

  constructor(private readonly options: MessageReaderOptions) {
    this.taken = new Set(options.events.map((type): unknown => type.prototype));
  }

  /** Never throws, whatever the message holds. */
  decode(message: ReceivedMessage): DecodedEnvelope {
    const { registry, formats, unknownEvents } = this.options;
    let incoming: IncomingMessage;
    try {
      incoming = decodeMessage(message, formats);
    } catch (error) {
      return { kind: 'unreadable', error };
    }
    const { type } = incoming;
    const becomes = [...registry.becomes(type)];
    if (becomes.length === 0 && unknownEvents === 'fail') {
      return { kind: 'unreadable', incoming, error: new EventspanError('EVENT_TYPE_UNKNOWN', { type }) };
    }
    const event = becomes.find((each) => this.taken.has(each.prototype));
    return event === undefined ? { kind: 'passed', incoming, isUnknown: becomes.length === 0 } : { kind: 'taken', incoming, event };
  }

  /**
   * The events for the handlers, in order, new objects at each call. Throws `PAYLOAD_UNREADABLE` (also for a schema version of the future),
   * `PAYLOAD_TOO_LARGE`, `UPCASTER_MISSING`, `UPCAST_FAILED`, `UPCAST_RESULT_INVALID`.
   */
  events(incoming: IncomingMessage): readonly object[] {
    const read = this.options.registry.read({ stored: storedOf(incoming), schemaVersion: incoming.schemaVersion });
    return read.filter((each) => this.taken.has(Object.getPrototypeOf(each)));
  }
}

/** The message as upcasters see an event. */
function storedOf({ id, type, data, subject, streamVersion, schemaVersion, time, metadata }: IncomingMessage): StoredRecord {
  const { correlationId = id, ...rest } = metadata;
  const at = (time ?? new Date(0)).toISOString();
  const text = JSON.stringify({ correlationId, ...rest, time: at, schemaVersion });
  return { eventId: id, type, data, metadata: text, streamId: subject ?? '', version: streamVersion ?? 1, position: '' };
}
