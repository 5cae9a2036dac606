import { EventspanError } from '../errors/eventspan-error.js';
import { parsePosition, type Position } from '../event-store/position.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { TransportMessage } from './transport.js';

/** A stored event with the position before it in its shard's log: what chained delivery needs. */
export interface ChainedEvent {
  readonly event: StoredEvent;
  /** Absent for the first event of a shard. */
  readonly previous?: Position;
}

const SPEC_VERSION = '1.0';
/** Attributes that are CloudEvents 1.0 context attributes in the Pub/Sub protocol binding's spelling. */
const CE = { id: 'ce-id', source: 'ce-source', type: 'ce-type', spec: 'ce-specversion', time: 'ce-time', subject: 'ce-subject' } as const;
/** Our own extension attributes. */
const ES = {
  version: 'ce-streamversion',
  shard: 'ce-shard',
  position: 'ce-position',
  previous: 'ce-previous',
  metadata: 'ce-metadata',
} as const;
/** 250 code points are at most 1,000 bytes of UTF-8. */
const METADATA_PART = /.{1,250}/gsu;
const DEFAULT_SOURCE = 'eventspan';

/** The event as a message: CloudEvents 1.0 attributes in binary mode, our extensions, the stored payload to the byte. */
export function toMessage({ event, previous }: ChainedEvent, source: string = DEFAULT_SOURCE): TransportMessage {
  return {
    orderingKey: orderingKeyOf(event.shard),
    data: event.data,
    attributes: {
      [CE.id]: event.eventId,
      [CE.source]: source,
      [CE.type]: event.type,
      [CE.spec]: SPEC_VERSION,
      [CE.time]: event.position.slice(0, 30),
      [CE.subject]: event.streamId,
      'Content-Type': 'application/json',
      [ES.version]: String(event.version),
      [ES.shard]: String(event.shard),
      [ES.position]: event.position,
      [ES.previous]: previous ?? '',
      ...metadataAttributes(event.metadata),
    },
  };
}

/** Reads {@link toMessage}'s message back; throws `ENVELOPE_INVALID` on any other. */
export function fromMessage(message: TransportMessage): ChainedEvent {
  const read = (name: string): string => {
    const value = message.attributes[name];
    if (value === undefined) throw new EventspanError('ENVELOPE_INVALID', { attribute: name, value: 'missing' });
    return value;
  };
  const position = read(ES.position) as Position;
  const parts = parsePosition(position);
  const previous = read(ES.previous);
  const event: StoredEvent = {
    eventId: read(CE.id),
    type: read(CE.type),
    streamId: parts.streamId,
    version: parts.version,
    shard: Number(read(ES.shard)),
    position,
    data: message.data,
    metadata: joinMetadata(message.attributes),
  };
  return previous === '' ? { event } : { event, previous: parsePosition(previous) && (previous as Position) };
}

/** Pub/Sub allows 1,024 bytes an attribute value, so longer metadata goes on in `ce-metadata1`, `ce-metadata2`, ... */
function metadataAttributes(metadata: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  const parts = metadata.match(METADATA_PART) ?? [''];
  parts.forEach((part, at) => {
    attributes[at === 0 ? ES.metadata : `${ES.metadata}${at}`] = part;
  });
  return attributes;
}

function joinMetadata(attributes: Readonly<Record<string, string>>): string {
  let metadata = attributes[ES.metadata];
  if (metadata === undefined) throw new EventspanError('ENVELOPE_INVALID', { attribute: ES.metadata, value: 'missing' });
  for (let at = 1; ; at++) {
    const part = attributes[`${ES.metadata}${at}`];
    if (part === undefined) return metadata;
    metadata += part;
  }
}

export function orderingKeyOf(shard: number): string {
  return `s${shard}`;
}
