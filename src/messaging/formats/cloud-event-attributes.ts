import { SPEC_VERSION } from '../message-attributes.js';
import type { DecodedMessage, MessageMetadata } from '../incoming-message.js';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;
const NUMBER = /^[1-9]\d{0,15}$/;
/** https://www.w3.org/TR/trace-context/: version, trace id, parent id, flags. */
const TRACE_PARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
const JSON_TYPE = /^(?:application|text)\/(?:[^;]*\+)?json\s*(?:;|$)/i;

/** A CloudEvents attribute by its name without prefix; undefined where the message has none. */
export type AttributeOf = (name: string) => unknown;

/** What the context attributes of a CloudEvent say, however they were written. Throws an Error that says what is wrong. */
export function readAttributes(attributeOf: AttributeOf): Omit<DecodedMessage, 'data'> {
  const version = demandText(attributeOf, 'specversion');
  if (version !== SPEC_VERSION) throw new Error(`its specversion is ${shown(version)}, not ${SPEC_VERSION}`);
  const subject = readText(attributeOf, 'subject');
  const time = readTime(attributeOf);
  const streamVersion = readNumber(attributeOf, 'streamversion');
  return {
    id: demandText(attributeOf, 'id'),
    source: demandText(attributeOf, 'source'),
    type: demandText(attributeOf, 'type'),
    ...(subject !== undefined && { subject }),
    ...(streamVersion !== undefined && { streamVersion }),
    schemaVersion: readNumber(attributeOf, 'schemaversion') ?? 1,
    ...(time !== undefined && { time }),
    metadata: readMetadata(attributeOf),
  };
}

/** Throws an Error unless a body of this type is JSON text. */
export function demandJson(contentType: string | undefined): void {
  if (contentType !== undefined && contentType !== '' && !JSON_TYPE.test(contentType)) {
    throw new Error(`its data is ${shown(contentType)}, not JSON`);
  }
}

/** The attribute as text; undefined where it is missing or empty. Throws an Error where it is something else. */
export function readText(attributeOf: AttributeOf, name: string): string | undefined {
  const value = attributeOf(name);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new Error(`its ${name} is no text`);
}

function demandText(attributeOf: AttributeOf, name: string): string {
  const text = readText(attributeOf, name);
  if (text === undefined) throw new Error(`its ${name} is missing`);
  return text;
}

/** A number from 1, written as one or as text. */
function readNumber(attributeOf: AttributeOf, name: string): number | undefined {
  const value = attributeOf(name);
  if (value === undefined || value === null) return undefined;
  const isWritten = typeof value === 'string' || typeof value === 'number';
  if (isWritten && NUMBER.test(String(value)) && Number.isSafeInteger(Number(value))) return Number(value);
  throw new Error(`its ${name} is no whole number from 1`);
}

function readTime(attributeOf: AttributeOf): Date | undefined {
  const text = readText(attributeOf, 'time');
  if (text === undefined) return undefined;
  const time = new Date(RFC3339.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Error(`its time is ${shown(text)}, not RFC 3339`);
  return time;
}

/** A trace context that is none is left out, as the W3C wants it: it must not make a message unreadable. */
function readMetadata(attributeOf: AttributeOf): MessageMetadata {
  const correlationId = readText(attributeOf, 'correlationid');
  const causationId = readText(attributeOf, 'causationid');
  const traceparent = attributeOf('traceparent');
  const tracestate = attributeOf('tracestate');
  return {
    ...(correlationId !== undefined && { correlationId }),
    ...(causationId !== undefined && { causationId }),
    ...(typeof traceparent === 'string' &&
      TRACE_PARENT.test(traceparent) && { traceparent, ...(typeof tracestate === 'string' && tracestate !== '' && { tracestate }) }),
  };
}

/** An error is read by people: of a hostile value they need the beginning. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
