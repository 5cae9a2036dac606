import type { MessageMetadata } from './incoming-message.js';
import { orderingKeyOf } from './envelope.js';
import { CE, CONTENT_TYPE, JSON_TYPE, SPEC_VERSION, writeLong } from './message-attributes.js';
import type { TransportMessage } from './transport.js';

/** An integration event on its way to a topic: what other systems are told, and nothing of what is inside. */
export interface IntegrationEvent {
  /** The same with every repeat. */
  readonly id: string;
  /** Which service publishes it. */
  readonly source: string;
  /** Its own wire name. */
  readonly type: string;
  /** Of its own schema. */
  readonly schemaVersion: number;
  /** JSON text of its own payload. */
  readonly data: string;
  /** The stream of the domain event. */
  readonly streamId: string;
  /** The domain event's version in its stream. */
  readonly streamVersion: number;
  /** When the domain event was committed: RFC 3339. */
  readonly time: string;
  readonly shard: number;
  readonly metadata: MessageMetadata;
}

/**
 * The event as a message: CloudEvents 1.0 in binary mode with the extensions `streamversion`, `schemaversion`, `correlationid`, `causationid`,
 * `traceparent` and `tracestate`. No position and no other metadata. A value above what an attribute may hold goes on in `<name>1`, `<name>2`.
 */
export function toIntegrationMessage(event: IntegrationEvent): TransportMessage {
  const { correlationId, causationId, traceparent, tracestate } = event.metadata;
  const attributes: Record<string, string> = {
    [CE.id]: event.id,
    [CE.source]: event.source,
    [CE.type]: event.type,
    [CE.spec]: SPEC_VERSION,
    [CE.time]: event.time,
    [CE.subject]: event.streamId,
    [CONTENT_TYPE]: JSON_TYPE,
    [CE.version]: String(event.streamVersion),
    'ce-schemaversion': String(event.schemaVersion),
  };
  for (const [name, value] of Object.entries({ correlationid: correlationId, causationid: causationId, traceparent, tracestate })) {
    if (typeof value === 'string' && value !== '') writeLong(attributes, `ce-${name}`, value);
  }
  return { orderingKey: orderingKeyOf(event.shard), data: event.data, attributes };
}
