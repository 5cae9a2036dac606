import { isUtf8 } from 'node:buffer';
import { EventspanError } from '../errors/eventspan-error.js';
import { isWellFormed } from '../event-store/well-formed.js';
import { messageOf } from '../support/message-of.js';
import { cloudEventsBinary } from './formats/cloud-events-binary.js';
import { cloudEventsJson } from './formats/cloud-events-json.js';
import { eventspanFormat } from './formats/eventspan-format.js';
import type { DecodedMessage, IncomingMessage, MessageFormat, ReceivedMessage } from './incoming-message.js';
import { DATA_BOUNDS, MESSAGE_LIMITS, parseWithin } from './message-limits.js';

/** Formats that need nothing to be said: Eventspan's own, and CloudEvents 1.0 in both modes. */
export const MESSAGE_FORMATS: readonly MessageFormat[] = Object.freeze([eventspanFormat, cloudEventsJson, cloudEventsBinary]);

const SHOWN_CHARACTERS = 300;
const MAX_SCHEMA_VERSION = 2_147_483_647;

/**
 * Reads a message from outside by the first of the formats that takes it. The message may be anything: whatever is in it, the answer is a
 * message within {@link MESSAGE_LIMITS} whose data is JSON without hostile keys (`__proto__` and its like), or `MESSAGE_UNREADABLE` with the
 * reason. Sizes and depths are looked at before anything is parsed. Pure; whether the data is right for its event is for the registry to say.
 */
export function decodeMessage(message: ReceivedMessage, formats: readonly MessageFormat[] = MESSAGE_FORMATS): IncomingMessage {
  let format = 'any known format';
  try {
    const taker = formats.find((each) => each.matches(message));
    if (taker === undefined) throw new Error(`it is none of ${formats.map(({ name }) => name).join(', ')}`);
    format = taker.name;
    return { ...checked(taker.decode(inText(message, taker))), format };
  } catch (cause) {
    throw new EventspanError('MESSAGE_UNREADABLE', { format, reason: messageOf(cause).slice(0, SHOWN_CHARACTERS) }, { cause });
  }
}

/** Our own formats read the text; one of the user's may take the bytes. */
function inText(message: ReceivedMessage, format: MessageFormat): ReceivedMessage {
  const isOwn = MESSAGE_FORMATS.includes(format);
  if (isOwn && message.bytes !== undefined && !isUtf8(message.bytes)) throw new Error('its body is not UTF-8');
  return message;
}

/** What a decoder answers is as foreign as the message. */
function checked(decoded: DecodedMessage): DecodedMessage {
  checkNames(decoded);
  checkVersions(decoded);
  const { time, metadata, data } = decoded;
  if (time !== undefined && !(time instanceof Date && !Number.isNaN(time.getTime()))) throw new Error('its time is no time');
  if (typeof metadata !== 'object' || metadata === null) throw new Error('its metadata is missing');
  if (typeof data !== 'string') throw new Error('its data is no JSON text');
  parseWithin(data, 'its data', DATA_BOUNDS);
  return decoded;
}

function checkNames({ id, type, source, subject }: DecodedMessage): void {
  demandName('id', id);
  demandName('type', type);
  if (source !== undefined) demandName('source', source);
  if (subject !== undefined) demandName('subject', subject);
}

function checkVersions({ schemaVersion, streamVersion }: DecodedMessage): void {
  if (!isVersion(schemaVersion)) throw new Error('its schemaversion is no whole number from 1');
  if (streamVersion !== undefined && !Number.isSafeInteger(streamVersion)) throw new Error('its streamversion is no whole number');
}

function demandName(what: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw new Error(`its ${what} is missing`);
  if (value.length > MESSAGE_LIMITS.maxNameCharacters)
    throw new Error(`its ${what} has more than ${MESSAGE_LIMITS.maxNameCharacters} characters`);
  if (!isWellFormed(value) || value.includes('\u0000')) throw new Error(`its ${what} has characters that cannot be stored`);
}

function isVersion(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= MAX_SCHEMA_VERSION;
}
