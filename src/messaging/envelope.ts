import { EventspanError } from '../errors/eventspan-error.js';
import { comparePositions, formatPosition, parsePosition, type Position, type PositionParts } from '../event-store/position.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import { CE, CONTENT_TYPE, JSON_TYPE, readLong, SPEC_VERSION, writeLong, type Attributes } from './message-attributes.js';
import { isWellFormed } from '../event-store/well-formed.js';
import type { TransportMessage } from './transport.js';

/** A stored event with the position before it in its shard's log: what chained delivery needs. */
export interface ChainedEvent {
  readonly event: StoredEvent;
  /** Absent for the first event of a shard. */
  readonly previous?: Position;
  /** Present where the message brought a claim check instead of the payload: `event.data` is empty, and the log has it at this stream and version. */
  readonly dataRef?: string;
}

/** Our own extension attributes: lower-case letters and digits, at most 20, as CloudEvents 1.0 §3.1 wants them. */
const ES = {
  shard: 'ce-shard',
  position: 'ce-position',
  previous: 'ce-previous',
  metadata: 'ce-metadata',
} as const;
/** The CloudEvents extension for a payload that lies elsewhere. */
const DATA_REF = 'ce-dataref';
const SHARD = /^\d{1,9}$/;
const DEFAULT_SOURCE = 'eventspan';
/** An error is read by people: of a hostile value they need the beginning. */
const SHOWN_CHARACTERS = 120;

/** The event as a message: CloudEvents 1.0 attributes in binary mode, our extensions, the stored payload to the byte. */
export function toMessage({ event, previous }: ChainedEvent, source: string = DEFAULT_SOURCE): TransportMessage {
  const attributes: Record<string, string> = {
    [CE.id]: event.eventId,
    [CE.source]: source,
    [CE.type]: event.type,
    [CE.spec]: SPEC_VERSION,
    [CE.time]: commitTimeOf(event),
    [CE.subject]: event.streamId,
    [CONTENT_TYPE]: JSON_TYPE,
    [CE.version]: String(event.version),
    [ES.shard]: String(event.shard),
  };
  writeLong(attributes, ES.position, event.position);
  writeLong(attributes, ES.previous, previous ?? '');
  writeLong(attributes, ES.metadata, event.metadata);
  return { orderingKey: orderingKeyOf(event.shard), data: event.data, attributes };
}

/**
 * The event as a claim check: {@link toMessage}'s attributes and, instead of the payload, `ce-dataref` (the CloudEvents extension), which names
 * stream and version: `/streams/loan-173688/events/17`. Whoever shares the store reads the event from the log; others ask the service that
 * `ce-source` names.
 */
export function toClaimCheck(chained: ChainedEvent, source?: string): TransportMessage {
  const { attributes, orderingKey } = toMessage(chained, source);
  const referring: Record<string, string> = { ...attributes };
  writeLong(referring, DATA_REF, dataRefOf(chained.event) ?? '');
  return { orderingKey, data: '', attributes: referring };
}

/**
 * Reads {@link toMessage}'s and {@link toClaimCheck}'s messages back; throws `ENVELOPE_INVALID` on any other, also on one whose attributes
 * contradict each other. The payload and the metadata are not looked into.
 */
export function fromMessage(message: TransportMessage): ChainedEvent {
  const { attributes } = message;
  demand(attributes, CE.spec, (value) => value === SPEC_VERSION);
  demand(attributes, CE.source, isPresent);
  const position = readPosition(attributes, ES.position);
  const event: StoredEvent = {
    eventId: demand(attributes, CE.id, isPresent),
    type: demand(attributes, CE.type, isPresent),
    streamId: demand(attributes, CE.subject, (value) => value === position.parts.streamId),
    version: Number(demand(attributes, CE.version, (value) => value === String(position.parts.version))),
    shard: Number(demand(attributes, ES.shard, (value) => SHARD.test(value))),
    position: position.text,
    data: message.data,
    metadata: demandLong(attributes, ES.metadata),
  };
  const chained = attributes[DATA_REF] === undefined ? { event } : claimCheckOf(event, demandLong(attributes, DATA_REF));
  if (demandLong(attributes, ES.previous) === '') return chained;
  const previous = readPosition(attributes, ES.previous).text;
  if (comparePositions(previous, event.position) >= 0) throw invalid(ES.previous, previous);
  return { ...chained, previous };
}

/** Whatever body came with it is not believed: the log has it. */
function claimCheckOf(event: StoredEvent, dataRef: string): ChainedEvent {
  if (dataRef !== dataRefOf(event)) throw invalid(DATA_REF, dataRef);
  return { event: { ...event, data: '' }, dataRef };
}

/** A stream id that no store has, with a lone surrogate, has no reference either. */
function dataRefOf({ streamId, version }: StoredEvent): string | undefined {
  return isWellFormed(streamId) ? `/streams/${encodeURIComponent(streamId)}/events/${version}` : undefined;
}

function readPosition(attributes: Attributes, name: string): { readonly text: Position; readonly parts: PositionParts } {
  const text = demandLong(attributes, name) as Position;
  try {
    const parts = parsePosition(text);
    if (formatPosition(parts) === text) return { text, parts };
  } catch (cause) {
    throw invalid(name, text, cause);
  }
  throw invalid(name, text);
}

/** The attribute's value; throws `ENVELOPE_INVALID` where it is missing, no text, or not as it should be. */
function demand(attributes: Attributes, name: string, isRight: (value: string) => boolean): string {
  const value: unknown = attributes[name];
  if (typeof value === 'string' && isRight(value)) return value;
  throw invalid(name, value);
}

function demandLong(attributes: Attributes, name: string): string {
  demand(attributes, name, () => true);
  return readLong(attributes, name) ?? '';
}

function isPresent(value: string): boolean {
  return value !== '';
}

function invalid(attribute: string, value: unknown, cause?: unknown): EventspanError {
  const shown = value === undefined ? 'missing' : JSON.stringify(value).slice(0, SHOWN_CHARACTERS);
  return new EventspanError('ENVELOPE_INVALID', { attribute, value: shown }, { cause });
}

export function orderingKeyOf(shard: number): string {
  return `s${shard}`;
}
