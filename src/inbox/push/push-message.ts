import { EventspanError } from '../../errors/eventspan-error.js';
import type { ReceivedMessage } from '../../messaging/incoming-message.js';

/** How a push subscription writes its requests: an envelope around the message, or the message itself with its metadata in headers. */
export type PushFormat = 'wrapped' | 'unwrapped';

const META = 'x-goog-pubsub-';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Headers of HTTP itself, which are no attributes of the message. */
const HTTP_HEADERS = new Set(
  [
    'accept accept-encoding authorization connection content-length cookie forwarded from host te transfer-encoding user-agent via',
    'traceparent tracestate x-cloud-trace-context x-forwarded-for x-forwarded-proto',
  ].flatMap((names) => names.split(' ')),
);

/** The message of a push request. Throws `PUSH_MALFORMED`. */
export function readPush(body: Buffer, headers: Headers, format: PushFormat): ReceivedMessage {
  return format === 'wrapped' ? readWrapped(body) : readUnwrapped(body, headers);
}

/** Source: "Push subscriptions", Pub/Sub documentation: `{ message: { data, attributes, messageId, publishTime, orderingKey }, deliveryAttempt }`. */
function readWrapped(body: Buffer): ReceivedMessage {
  const envelope = recordOf(parse(body.toString('utf8')), 'the body');
  const message = recordOf(envelope['message'], 'its message');
  const data = message['data'] ?? '';
  if (typeof data !== 'string' || !BASE64.test(data)) throw malformed('the data of its message is not base64');
  const bytes = Buffer.from(data, 'base64');
  const attempt = envelope['deliveryAttempt'];
  return {
    attributes: attributesOf(message['attributes'] ?? {}),
    data: bytes.toString('utf8'),
    bytes,
    orderingKey: textOf(message['orderingKey']) ?? '',
    ...timesOf(textOf(message['messageId'] ?? message['message_id']), textOf(message['publishTime'] ?? message['publish_time'])),
    ...(typeof attempt === 'number' && { attempt }),
  };
}

/** Source: "Payload unwrapping for push subscriptions", Pub/Sub documentation: with `write metadata`, attributes and metadata are headers. */
function readUnwrapped(body: Buffer, headers: Headers): ReceivedMessage {
  const attributes: Record<string, string> = {};
  headers.forEach((value, name) => {
    if (!name.startsWith(META) && !HTTP_HEADERS.has(name)) attributes[name === 'content-type' ? 'Content-Type' : name] = value;
  });
  const meta = (name: string): string | undefined => headers.get(META + name) ?? undefined;
  return {
    attributes,
    data: body.toString('utf8'),
    bytes: body,
    orderingKey: meta('ordering-key') ?? '',
    ...timesOf(meta('message-id'), meta('publish-time')),
  };
}

function timesOf(messageId: string | undefined, publishTime: string | undefined): Pick<ReceivedMessage, 'messageId' | 'publishedAt'> {
  const publishedAt = publishTime === undefined ? undefined : new Date(publishTime);
  const isTime = publishedAt !== undefined && !Number.isNaN(publishedAt.getTime());
  return { ...(messageId !== undefined && { messageId }), ...(isTime && { publishedAt }) };
}

function attributesOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(recordOf(value, 'its attributes'));
  if (entries.some(([, text]) => typeof text !== 'string')) throw malformed('one of its attributes is no text');
  return Object.fromEntries(entries) as Record<string, string>;
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw malformed(`${what} is no JSON object`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('the body is not JSON');
  }
}

function malformed(reason: string): EventspanError {
  return new EventspanError('PUSH_MALFORMED', { reason });
}
