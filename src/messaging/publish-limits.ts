import { EventspanError } from '../errors/eventspan-error.js';
import type { TransportMessage } from './transport.js';

/**
 * What one publish may hold, on every transport alike, so that what works embedded works on Pub/Sub.
 * Source: Pub/Sub quotas and limits (10 MB a request, 1,000 messages, 100 attributes, 256-byte names, 1,024-byte values and keys);
 * the byte limit leaves room for the request's own framing.
 */
export const PUBLISH_LIMITS = {
  maxMessages: 1_000,
  maxBytes: 9_000_000,
  maxAttributes: 100,
  maxAttributeNameBytes: 256,
  maxAttributeValueBytes: 1_024,
  maxOrderingKeyBytes: 1_024,
} as const;

/** A UTF-16 unit is at most three bytes of UTF-8, so that most texts need no measuring. */
const MAX_BYTES_PER_UNIT = 3;

/** UTF-8 bytes of body, attributes and key: the measure of {@link PUBLISH_LIMITS}, of flow control and of queues. */
export function messageBytes({ data, attributes, orderingKey }: TransportMessage): number {
  // One measuring of one text costs half of measuring each.
  let rest = orderingKey;
  for (const name of Object.keys(attributes)) rest += name + (attributes[name] ?? '');
  return Buffer.byteLength(data) + Buffer.byteLength(rest);
}

/** At most {@link messageBytes}' answer times three, at least it; without looking at the characters. */
function mostBytes({ data, attributes, orderingKey }: TransportMessage): number {
  let units = data.length + orderingKey.length;
  for (const name of Object.keys(attributes)) units += name.length + (attributes[name]?.length ?? 0);
  return units * MAX_BYTES_PER_UNIT;
}

/** Throws `BATCH_INVALID` unless one publish may carry these messages together. */
export function checkBatch(messages: readonly TransportMessage[]): void {
  const orderingKey = messages[0]?.orderingKey;
  const other = messages.find((message) => message.orderingKey !== orderingKey);
  if (other !== undefined) throw batchInvalid(`it has the ordering keys ${orderingKey} and ${other.orderingKey}`);
  if (messages.length > PUBLISH_LIMITS.maxMessages) throw batchInvalid(`it has ${messages.length} messages`);
  if (messages.length <= 1 || sum(messages, mostBytes) <= PUBLISH_LIMITS.maxBytes) return;
  const bytes = sum(messages, messageBytes);
  if (bytes > PUBLISH_LIMITS.maxBytes) throw batchInvalid(`it has ${bytes} bytes`);
}

/** Why no broker would take this message; undefined when nothing speaks against it. */
export function refusalOf(message: TransportMessage): string | undefined {
  const names = Object.keys(message.attributes);
  if (message.data === '' && names.length === 0) return 'it has neither body nor attributes';
  if (names.length > PUBLISH_LIMITS.maxAttributes) return `it has ${names.length} attributes, more than ${PUBLISH_LIMITS.maxAttributes}`;
  if (isLonger(message.orderingKey, PUBLISH_LIMITS.maxOrderingKeyBytes)) return 'its ordering key is longer than 1024 bytes';
  if (mostBytes(message) > PUBLISH_LIMITS.maxBytes) {
    const bytes = messageBytes(message);
    if (bytes > PUBLISH_LIMITS.maxBytes) return `it has ${bytes} bytes, more than ${PUBLISH_LIMITS.maxBytes}`;
  }
  for (const name of names) {
    const reason = attributeRefusal(name, message.attributes[name] ?? '');
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** The error for a message that is not taken, after `index` messages of its batch that were. */
export function messageRefused(
  messages: readonly TransportMessage[],
  index: number,
  reason: { text: string; cause?: unknown },
): EventspanError {
  const message = messages[index];
  const details = {
    eventId: message?.attributes['ce-id'] ?? `at ${index}`,
    shard: message?.orderingKey.replace(/^s/, ''),
    reason: reason.text,
    acceptedCount: index,
  };
  return new EventspanError('MESSAGE_REFUSED', details, { cause: reason.cause });
}

function attributeRefusal(name: string, value: string): string | undefined {
  if (name === '') return 'an attribute has no name';
  if (name.startsWith('goog')) return `the attribute name ${name} is reserved (goog)`;
  if (isLonger(name, PUBLISH_LIMITS.maxAttributeNameBytes)) return `the attribute name ${name.slice(0, 40)}... is longer than 256 bytes`;
  if (isLonger(value, PUBLISH_LIMITS.maxAttributeValueBytes)) return `the value of the attribute ${name} is longer than 1024 bytes`;
  return undefined;
}

function sum(messages: readonly TransportMessage[], measure: (message: TransportMessage) => number): number {
  return messages.reduce((total, message) => total + measure(message), 0);
}

/** Whether a text has more bytes of UTF-8; most texts need no measuring. */
export function isLonger(text: string, maxBytes: number): boolean {
  return text.length * MAX_BYTES_PER_UNIT > maxBytes && Buffer.byteLength(text) > maxBytes;
}

function batchInvalid(reason: string): EventspanError {
  return new EventspanError('BATCH_INVALID', { reason, maxMessages: PUBLISH_LIMITS.maxMessages, maxBytes: PUBLISH_LIMITS.maxBytes });
}
