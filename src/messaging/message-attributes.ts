import type { TransportMessage } from './transport.js';

export type Attributes = TransportMessage['attributes'];

export const SPEC_VERSION = '1.0';
/** Where the type of the body stands, in the Pub/Sub binding's spelling. */
export const CONTENT_TYPE = 'Content-Type';
export const JSON_TYPE = 'application/json';
/** Attributes that are CloudEvents 1.0 context attributes in the Pub/Sub protocol binding's spelling. */
export const CE = {
  id: 'ce-id',
  source: 'ce-source',
  type: 'ce-type',
  spec: 'ce-specversion',
  time: 'ce-time',
  subject: 'ce-subject',
  /** The version of the event in its stream: an extension of ours. */
  version: 'ce-streamversion',
} as const;

/** 250 code points are at most 1,000 bytes of UTF-8. */
const PART_LENGTH = 250;
const PART = /.{1,250}/gsu;

/** Pub/Sub allows 1,024 bytes an attribute value: what is longer goes on in `ce-metadata1`, `ce-metadata2`, ... */
export function writeLong(attributes: Record<string, string>, name: string, value: string): void {
  if (value.length <= PART_LENGTH) {
    attributes[name] = value;
    return;
  }
  (value.match(PART) ?? []).forEach((part, at) => {
    attributes[at === 0 ? name : `${name}${at}`] = part;
  });
}

/** What {@link writeLong} wrote; undefined where there is no such attribute. */
export function readLong(attributes: Attributes, name: string): string | undefined {
  let text = textOf(attributes, name);
  if (text === undefined) return undefined;
  for (let at = 1; ; at++) {
    const part = textOf(attributes, `${name}${at}`);
    if (part === undefined) return text;
    text += part;
  }
}

/** The attribute's own text, whatever else an object from outside may have. */
export function textOf(attributes: Attributes, name: string): string | undefined {
  const value: unknown = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
