import { EventspanError } from '../errors/eventspan-error.js';
import type { AppendRequest, StreamWrite } from './append.js';
import type { EventToAppend } from './stored-event.js';
import { STREAM_CLOSED_TYPE } from './stream-closed.js';
import { checkStreamId, hasMoreCodePoints } from './stream-id.js';
import { isStorableText } from './well-formed.js';

/** Characters (UTF-16 units) of the largest payload, metadata or snapshot: Spanner's bound of one STRING cell. */
export const MAX_TEXT_LENGTH = 2_621_440;
/** Events of one append: the index in a commit has six digits. */
export const MAX_EVENTS_PER_APPEND = 1_000_000;

const MAX_NAME_LENGTH = 256;
const EVENT_ID = /^[\x21-\x7e]{1,36}$/;

/** Throws `APPEND_INVALID`, `STREAM_ID_INVALID` or `PAYLOAD_TOO_LARGE` where a store could not keep the request exactly. */
export function checkAppendRequest(request: AppendRequest): void {
  checkKey(request);
  const streamIds = new Set<string>();
  const eventIds = new Set<string>();
  for (const write of request.writes) {
    checkWrite(write);
    refuseTwice(streamIds, write.streamId, 'the stream');
    for (const event of write.events) {
      checkEvent(event);
      refuseTwice(eventIds, event.eventId, 'the event id');
    }
  }
  if (eventIds.size > MAX_EVENTS_PER_APPEND) refuse(`it has ${eventIds.size} events; at most ${MAX_EVENTS_PER_APPEND} fit in one commit`);
}

/** Throws `APPEND_INVALID` unless `key` can name an append. */
export function checkAppendKey(key: string): void {
  if (!isName(key)) refuse(`the key ${JSON.stringify(key)} must be 1 to ${MAX_NAME_LENGTH} characters without lone surrogates and NUL`);
}

function checkKey({ key, writes }: AppendRequest): void {
  if (key !== undefined) checkAppendKey(key);
  else if (writes.length === 0) refuse('it has neither writes nor a key');
}

function checkWrite(write: StreamWrite): void {
  checkStreamId(write.streamId);
  const { expectedVersion } = write;
  const known = expectedVersion === 'none' || expectedVersion === 'exists' || expectedVersion === 'any';
  if (!known && !(Number.isSafeInteger(expectedVersion) && expectedVersion >= 0)) {
    refuse(`the expected version of ${write.streamId} is ${String(expectedVersion)}, not 'none', 'exists', 'any' or a whole number from 0`);
  }
  if (write.events.length === 0) refuse(`the stream ${write.streamId} gets no events`);
  if (write.events.slice(0, -1).some(({ type }) => type === STREAM_CLOSED_TYPE))
    refuse(`the stream ${write.streamId} gets events after its closing`);
  if (write.snapshot !== undefined) checkText('snapshot', write.streamId, write.snapshot);
}

function checkEvent(event: EventToAppend): void {
  if (typeof event.eventId !== 'string' || !EVENT_ID.test(event.eventId)) {
    refuse(`the event id ${JSON.stringify(event.eventId)} must be 1 to 36 printable ASCII characters`);
  }
  if (!isName(event.type)) refuse(`the event type ${JSON.stringify(event.type)} must be 1 to ${MAX_NAME_LENGTH} characters`);
  checkText('data', event.type, event.data);
  checkText('metadata', event.type, event.metadata);
}

function checkText(part: string, type: string, text: string): void {
  if (typeof text !== 'string') refuse(`the ${part} of ${type} is not text`);
  if (text.length > MAX_TEXT_LENGTH) {
    throw new EventspanError('PAYLOAD_TOO_LARGE', { part, type, size: text.length, unit: 'characters', bound: MAX_TEXT_LENGTH });
  }
  if (!isStorableText(text)) refuse(`the ${part} of ${type} has a lone surrogate or a NUL`);
}

function isName(text: unknown): text is string {
  return typeof text === 'string' && text.length > 0 && !hasMoreCodePoints(text, MAX_NAME_LENGTH) && isStorableText(text);
}

function refuseTwice(seen: Set<string>, value: string, what: string): void {
  if (seen.has(value)) refuse(`${what} ${value} is in it twice`);
  seen.add(value);
}

function refuse(reason: string): never {
  throw new EventspanError('APPEND_INVALID', { reason });
}
