import { isUtf8 } from 'node:buffer';
import { readMembers, type JsonMembers } from '../../support/json-members.js';
import { CONTENT_TYPE, textOf } from '../message-attributes.js';
import { BODY_BOUNDS, checkBounds, parseWithin } from '../message-limits.js';
import type { MessageFormat } from '../incoming-message.js';
import { demandJson, readAttributes, readText, type AttributeOf } from './cloud-event-attributes.js';

const STRUCTURED = /^application\/cloudevents(?:-batch)?\+json\s*(?:;|$)/i;
const BATCH = /^application\/cloudevents-batch/i;
const BASE64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/;

/**
 * CloudEvents 1.0 in structured mode: a body of the type `application/cloudevents+json` with attributes and data, or `data_base64` with JSON in
 * it. A batch of events in one message is refused.
 */
export const cloudEventsJson: MessageFormat = {
  name: 'cloudevents-json',
  matches: ({ attributes }) => STRUCTURED.test(contentTypeOf(attributes)),
  decode: ({ attributes, data: body }) => {
    if (BATCH.test(contentTypeOf(attributes))) throw new Error('it is a batch of events; publish each in a message of its own');
    checkBounds(body, 'its body', BODY_BOUNDS);
    const members = membersOf(body);
    const attributeOf = attributesOf(members);
    demandJson(readText(attributeOf, 'datacontenttype'));
    return { ...readAttributes(attributeOf), data: dataOf(members, attributeOf) };
  },
};

function contentTypeOf(attributes: Readonly<Record<string, string>>): string {
  return textOf(attributes, CONTENT_TYPE) ?? textOf(attributes, 'content-type') ?? '';
}

function membersOf(body: string): JsonMembers {
  try {
    return readMembers(body);
  } catch (cause) {
    throw new Error('its body is no JSON object', { cause });
  }
}

/** All but the data, which is checked where it is used. */
function attributesOf(members: JsonMembers): AttributeOf {
  const values = new Map<string, unknown>();
  for (const [name, text] of members) if (name !== 'data') values.set(name, parseWithin(text, `its ${name.slice(0, 60)}`, BODY_BOUNDS));
  return (name) => values.get(name);
}

function dataOf(members: JsonMembers, attributeOf: AttributeOf): string {
  const encoded = readText(attributeOf, 'data_base64');
  const data = members.get('data');
  if (encoded === undefined) return data ?? 'null';
  if (data !== undefined) throw new Error('it has data and data_base64');
  if (!BASE64.test(encoded)) throw new Error('its data_base64 is not base64');
  const bytes = Buffer.from(encoded, 'base64');
  if (!isUtf8(bytes)) throw new Error('its data_base64 is not UTF-8');
  return bytes.toString('utf8');
}
