import { EventspanError } from '../../errors/eventspan-error.js';
import type { DecodedMessage, MessageFormat, MessageMetadata, ReceivedMessage } from '../incoming-message.js';
import { BODY_BOUNDS, parseWithin } from '../message-limits.js';
import { cloudEventsBinary } from './cloud-events-binary.js';
import { cloudEventsJson } from './cloud-events-json.js';
import { parseJsonPath, textAt, valueAt, type JsonPath } from './json-path.js';

/** A message whose body is JSON, as a function that picks from it sees it. */
export interface PlainMessage extends Omit<ReceivedMessage, 'data' | 'bytes'> {
  /** The body, parsed. */
  readonly body: unknown;
}

/** Where a field stands: a path in the body such as `$.order.id`, or a function of the message. */
export type Pick<T> = string | ((message: PlainMessage) => T | undefined);

/** How messages of a system that knows nothing of CloudEvents are read. */
export interface PlainJsonOptions {
  /** Default `plain-json`. Where a topic has several kinds, each needs a name of its own. */
  readonly name?: string;
  /** Which messages it takes, by their attributes. Default: all that are no CloudEvents. */
  readonly matches?: (message: ReceivedMessage) => boolean;
  /** What tells a repeat: text or a number. The broker's id, `({ messageId }) => messageId`, tells redeliveries but no second publish. */
  readonly id: Pick<string | number>;
  /** The wire name of the event; a constant is `() => 'payment.received'`. */
  readonly type: Pick<string>;
  readonly subject?: Pick<string | number>;
  readonly source?: Pick<string>;
  /** Default 1. */
  readonly schemaVersion?: Pick<number>;
  /** RFC 3339, milliseconds since 1970, or a Date. */
  readonly time?: Pick<string | number | Date>;
  readonly correlationId?: Pick<string>;
  /** The payload. Default `$`, the body as it is. */
  readonly data?: Pick<unknown>;
}

type Picker<T> = (message: PlainMessage) => T | undefined;

/**
 * A format for bodies of plain JSON: says where id, type and the rest stand. Throws `OPTION_INVALID` for a path that is none. A message in which
 * id or type is missing is unreadable, and so is one for which a function throws.
 *
 *     plainJson({ id: '$.paymentId', type: () => 'payment.received', subject: '$.order.id', data: '$.payload' })
 */
export function plainJson(options: PlainJsonOptions): MessageFormat {
  const { name = 'plain-json', matches = isPlain, data = '$' } = options;
  const pickers = pickersOf(name, options);
  const dataPath = typeof data === 'string' ? parseJsonPath(`${name}.data`, data) : undefined;
  return {
    name,
    matches,
    decode: (message) => {
      const { data: body, bytes: _, ...rest } = message;
      const plain: PlainMessage = { ...rest, body: parseWithin(body, 'its body', BODY_BOUNDS) };
      return { ...decodeFields(pickers, plain), data: dataPath === undefined ? written(data, plain) : found(body, dataPath) };
    },
  };
}

type Pickers = { readonly [K in Exclude<keyof PlainJsonOptions, 'name' | 'matches' | 'data'>]: Picker<unknown> };

function pickersOf(name: string, options: PlainJsonOptions): Pickers {
  const picker = (field: keyof Pickers): Picker<unknown> => {
    const pick: Pick<unknown> | undefined = options[field];
    if (pick === undefined) return () => undefined;
    if (typeof pick === 'function') return pick;
    if (typeof pick === 'string') return pathPicker(parseJsonPath(`${name}.${field}`, pick));
    throw new EventspanError('OPTION_INVALID', { path: `${name}.${field}`, value: pick, bound: 'a path such as $.id, or a function' });
  };
  return {
    id: picker('id'),
    type: picker('type'),
    subject: picker('subject'),
    source: picker('source'),
    schemaVersion: picker('schemaVersion'),
    time: picker('time'),
    correlationId: picker('correlationId'),
  };
}

function pathPicker(path: JsonPath): Picker<unknown> {
  return ({ body }) => valueAt(body, path);
}

function decodeFields(pickers: Pickers, message: PlainMessage): Omit<DecodedMessage, 'data'> {
  const text = (field: keyof Pickers): string | undefined => textFrom(field, pickers[field](message));
  const [subject, source, correlationId, time] = [text('subject'), text('source'), text('correlationId'), pickers.time(message)];
  const metadata: MessageMetadata = correlationId === undefined ? {} : { correlationId };
  return {
    // What is missing is found with the rest of the checks.
    id: text('id') ?? '',
    type: text('type') ?? '',
    ...(subject !== undefined && { subject }),
    ...(source !== undefined && { source }),
    schemaVersion: (pickers.schemaVersion(message) ?? 1) as number,
    ...(time !== undefined && time !== null && { time: dateOf(time) }),
    metadata,
  };
}

function textFrom(field: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw new Error(`its ${field} is neither text nor a whole number`);
}

function dateOf(value: unknown): Date {
  const time = value instanceof Date || typeof value === 'string' || typeof value === 'number' ? new Date(value) : undefined;
  if (time === undefined || Number.isNaN(time.getTime())) throw new Error('its time is no time');
  return time;
}

function found(body: string, path: JsonPath): string {
  const text = textAt(body, path);
  if (text === undefined) throw new Error('its data is missing');
  return text;
}

function written(pick: Pick<unknown>, message: PlainMessage): string {
  const value: unknown = typeof pick === 'function' ? pick(message) : undefined;
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new Error('its data is missing');
  return text;
}

function isPlain(message: ReceivedMessage): boolean {
  return !cloudEventsBinary.matches(message) && !cloudEventsJson.matches(message);
}
