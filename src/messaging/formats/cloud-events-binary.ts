import { textOf, readLong, CE, CONTENT_TYPE, type Attributes } from '../message-attributes.js';
import type { MessageFormat } from '../incoming-message.js';
import { demandJson, readAttributes, type AttributeOf } from './cloud-event-attributes.js';

/** Headers that carry the trace beside the CloudEvents extension: plain W3C, and the one of Google's client libraries. */
const TRACE_NAMES: Readonly<Record<string, readonly string[]>> = {
  traceparent: ['traceparent', 'googclient_traceparent'],
  tracestate: ['tracestate'],
};
/** What Eventspan writes over several attributes where one cannot hold it. */
const LONG: ReadonlySet<string> = new Set(['correlationid', 'causationid', 'tracestate']);
const CONTENT_TYPES = [CONTENT_TYPE, 'content-type', 'ce-datacontenttype', 'datacontenttype'];

/** CloudEvents 1.0 in binary mode: `ce-` attributes, `Content-Type`, and the data as the body, which must be JSON. */
export const cloudEventsBinary: MessageFormat = {
  name: 'cloudevents-binary',
  matches: ({ attributes }) => textOf(attributes, CE.spec) !== undefined,
  decode: ({ attributes, data }) => {
    demandJson(first(attributes, CONTENT_TYPES));
    return { ...readAttributes(attributeOf(attributes)), data: data === '' ? 'null' : data };
  },
};

function attributeOf(attributes: Attributes): AttributeOf {
  return (name) => (LONG.has(name) ? readLong : textOf)(attributes, `ce-${name}`) ?? first(attributes, TRACE_NAMES[name] ?? []);
}

function first(attributes: Attributes, names: readonly string[]): string | undefined {
  return names.map((name) => textOf(attributes, name)).find((text) => text !== undefined);
}
