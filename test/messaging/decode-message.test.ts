import fc from 'fast-check';
import { isEventspanError } from '../../src/errors/eventspan-error.js';
import { formatPosition } from '../../src/event-store/position.js';
import { decodeMessage, MESSAGE_FORMATS } from '../../src/messaging/decode-message.js';
import { toMessage } from '../../src/messaging/envelope.js';
import { plainJson, type PlainJsonOptions } from '../../src/messaging/formats/plain-json.js';
import type { MessageFormat, ReceivedMessage } from '../../src/messaging/incoming-message.js';
import { toIntegrationMessage, type IntegrationEvent } from '../../src/messaging/integration-message.js';
import { MESSAGE_LIMITS } from '../../src/messaging/message-limits.js';
import { refusalOf } from '../../src/messaging/publish-limits.js';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const EVENT: IntegrationEvent = {
  id: '019ab1c2-0000-7000-8000-000000000001',
  source: 'orders',
  type: 'order.placed',
  schemaVersion: 2,
  data: '{"total": 12345678901234567890.10}',
  streamId: 'order-1',
  streamVersion: 3,
  time: '2026-11-24T05:22:37.123456789Z',
  shard: 4,
  metadata: { correlationId: 'c-1', causationId: 'cmd-1', traceparent: TRACE, tracestate: 'a=b' },
};

const message = (attributes: Record<string, string>, data = '{}'): ReceivedMessage => ({ attributes, data, orderingKey: '' });
const binary = (given: Record<string, string> = {}, data = '{"a":1}'): ReceivedMessage =>
  message({ 'ce-id': 'e-1', 'ce-source': '/billing', 'ce-type': 'bill.sent', 'ce-specversion': '1.0', ...given }, data);
const structured = (event: string | object, contentType = 'application/cloudevents+json; charset=UTF-8'): ReceivedMessage =>
  message({ 'Content-Type': contentType }, typeof event === 'string' ? event : JSON.stringify(event));
const cloudEvent = (given: object = {}): object => ({ specversion: '1.0', id: 'e-1', source: '/billing', type: 'bill.sent', ...given });

const refusal = (received: ReceivedMessage, formats?: readonly MessageFormat[]): { format: unknown; reason: string } => {
  try {
    decodeMessage(received, formats);
  } catch (error) {
    if (!isEventspanError(error, 'MESSAGE_UNREADABLE')) throw error;
    return error.details as { format: unknown; reason: string };
  }
  throw new Error('it was read');
};

describe('an integration message', () => {
  it('brings an event to another system to the letter, and nothing of what is inside', () => {
    const sent = toIntegrationMessage(EVENT);
    expect(sent.orderingKey).toBe('s4');
    expect(Object.keys(sent.attributes).toSorted()).toEqual(
      [
        'Content-Type',
        ...['causationid', 'correlationid', 'id', 'schemaversion', 'source', 'specversion', 'streamversion', 'subject'].map(
          (name) => `ce-${name}`,
        ),
        ...['time', 'traceparent', 'tracestate', 'type'].map((name) => `ce-${name}`),
      ].toSorted(),
    );
    expect(decodeMessage(sent)).toEqual({
      id: EVENT.id,
      source: 'orders',
      type: 'order.placed',
      subject: 'order-1',
      streamVersion: 3,
      schemaVersion: 2,
      time: new Date('2026-11-24T05:22:37.123Z'),
      data: EVENT.data,
      metadata: EVENT.metadata,
      format: 'eventspan',
    });
  });

  it('is within what every broker takes, with the longest of everything', () => {
    const largest = { ...EVENT, streamId: '\u{1F3E6}'.repeat(256), metadata: { ...EVENT.metadata, correlationId: '你'.repeat(10_000) } };
    const sent = toIntegrationMessage(largest);
    expect(refusalOf(sent)).toBeUndefined();
    expect(decodeMessage(sent).metadata.correlationId).toBe(largest.metadata.correlationId);
  });

  it('without its schema version or its stream is refused', () => {
    for (const name of ['ce-schemaversion', 'ce-subject']) {
      const { [name]: _, ...attributes } = toIntegrationMessage(EVENT).attributes;
      expect(refusal(message(attributes)).reason).toBe(`its ${name.slice(3)} is missing`);
    }
  });

  it('of a relay, which carries the log, is read with the version and the ids that its metadata holds', () => {
    const position = formatPosition({ commitTime: '2026-11-24T05:22:37.123456789Z', commitIndex: 2, streamId: 'order-1', version: 3 });
    const metadata = JSON.stringify({ correlationId: 'c-1', actor: 'ann', time: '2026-11-24T05:22:37.123Z', schemaVersion: 7 });
    const stored = { eventId: 'e-1', type: 'order.placed', streamId: 'order-1', version: 3, shard: 4, position, data: '{}', metadata };
    expect(decodeMessage(toMessage({ event: stored }, 'orders'))).toEqual({
      id: 'e-1',
      source: 'orders',
      type: 'order.placed',
      subject: 'order-1',
      streamVersion: 3,
      schemaVersion: 7,
      time: new Date('2026-11-24T05:22:37.123Z'),
      data: '{}',
      metadata: { correlationId: 'c-1' },
      format: 'eventspan',
    });
    expect(refusal(toMessage({ event: { ...stored, metadata: '{}' } })).format).toBe('eventspan');
  });
});

describe('a CloudEvent', () => {
  it('in binary mode is read with what it has, and with defaults for what it has not', () => {
    expect(decodeMessage(binary())).toEqual({
      id: 'e-1',
      source: '/billing',
      type: 'bill.sent',
      schemaVersion: 1,
      data: '{"a":1}',
      metadata: {},
      format: 'cloudevents-binary',
    });
    expect(decodeMessage(binary({}, '')).data).toBe('null');
    expect(decodeMessage(binary({ googclient_traceparent: TRACE })).metadata).toEqual({ traceparent: TRACE });
    expect(decodeMessage(binary({ traceparent: 'none', tracestate: 'a=b' })).metadata).toEqual({});
  });

  it('in structured mode is read with its data to the letter', () => {
    const body = `{ "specversion":"1.0","type":"bill.sent", "source":"/billing","id":"e-1","time":"2026-11-24T06:00:00+01:00",
      "subject":"bill-7","schemaversion":3,"correlationid":"c-9","data": {"n": 12345678901234567890.10, "data":"}"} }`;
    expect(decodeMessage(structured(body))).toEqual({
      id: 'e-1',
      source: '/billing',
      type: 'bill.sent',
      subject: 'bill-7',
      schemaVersion: 3,
      time: new Date('2026-11-24T05:00:00Z'),
      data: '{"n": 12345678901234567890.10, "data":"}"}',
      metadata: { correlationId: 'c-9' },
      format: 'cloudevents-json',
    });
    const encoded = Buffer.from('{"ü":1}').toString('base64');
    expect(decodeMessage(structured(cloudEvent({ data_base64: encoded }))).data).toBe('{"ü":1}');
    expect(decodeMessage(structured(cloudEvent())).data).toBe('null');
  });

  it.each<[string, ReceivedMessage]>([
    ['its specversion is "0.3", not 1.0', binary({ 'ce-specversion': '0.3' })],
    ['its id is missing', binary({ 'ce-id': '' })],
    ['its data is "text/plain", not JSON', binary({ 'Content-Type': 'text/plain' })],
    ['its data is "application/jsonx", not JSON', binary({ 'Content-Type': 'application/jsonx' })],
    ['its data is not JSON', binary({}, '{"a":')],
    ['its time is "yesterday", not RFC 3339', binary({ 'ce-time': 'yesterday' })],
    ['its time is "2026-13-45T00:00:00Z", not RFC 3339', binary({ 'ce-time': '2026-13-45T00:00:00Z' })],
    ['its schemaversion is no whole number from 1', binary({ 'ce-schemaversion': '-1' })],
    ['its schemaversion is no whole number from 1', binary({ 'ce-schemaversion': '9999999999' })],
    ['its type has more than 1024 characters', binary({ 'ce-type': 'x'.repeat(1025) })],
    ['its subject has characters that cannot be stored', binary({ 'ce-subject': 'a\u0000b' })],
    ['its data at $.__proto__: this key is refused', binary({}, '{"__proto__":{"admin":true}}')],
    ['its data at $.a.constructor: this key is refused', binary({}, '{"a":{"constructor":1}}')],
    ['its data is nested deeper than 64 levels', binary({}, '['.repeat(100_000))],
    ['its data has 2621443 characters, more than 2621440', binary({}, `"${'x'.repeat(MESSAGE_LIMITS.maxDataCharacters + 1)}"`)],
    ['its body is no JSON object', structured('[]')],
    ['its body is no JSON object', structured('{"id":"a","id":"b"}')],
    ['its body is nested deeper than 100 levels', structured('{"a":'.repeat(50_000))],
    ['its id is no text', structured(cloudEvent({ id: { $ne: null } }))],
    ['its data_base64 is not base64', structured(cloudEvent({ data_base64: '!!' }))],
    ['its data_base64 is not UTF-8', structured(cloudEvent({ data_base64: '/w==' }))],
    ['it has data and data_base64', structured(cloudEvent({ data: 1, data_base64: 'MQ==' }))],
    ['its data is "application/xml", not JSON', structured(cloudEvent({ datacontenttype: 'application/xml', data: '<a/>' }))],
    ['it is a batch of events; publish each in a message of its own', structured('[]', 'application/cloudevents-batch+json')],
    ['its body is not UTF-8', { ...binary(), bytes: Buffer.from([0x22, 0xff, 0x22]) }],
    ['it is none of eventspan, cloudevents-json, cloudevents-binary', message({ hello: 'world' })],
  ])('is refused where %s', (reason, received) => {
    expect(refusal(received).reason).toBe(reason);
  });
});

describe('plain JSON', () => {
  const options: PlainJsonOptions = { id: '$.payment.id', type: () => 'payment.received' };
  const payment = (body: unknown = { payment: { id: 17, 'order-id': 'o-1', lines: [{ sku: 'a' }] } }): ReceivedMessage =>
    message({ from: 'bank' }, JSON.stringify(body));

  it('is read by paths and functions', () => {
    const format = plainJson({
      ...options,
      subject: "$.payment['order-id']",
      source: ({ attributes }) => attributes['from'],
      time: ({ publishedAt }) => publishedAt,
      schemaVersion: () => 4,
      data: '$.payment.lines[0]',
    });
    const publishedAt = new Date('2026-11-24T05:00:00Z');
    expect(decodeMessage({ ...payment(), publishedAt }, [...MESSAGE_FORMATS, format])).toEqual({
      id: '17',
      source: 'bank',
      type: 'payment.received',
      subject: 'o-1',
      schemaVersion: 4,
      time: publishedAt,
      data: '{"sku":"a"}',
      metadata: {},
      format: 'plain-json',
    });
  });

  it('keeps the body, or the member that a path names, to the letter', () => {
    const body = '{"payment": {"id":1, "n": 12345678901234567890.10}}';
    expect(decodeMessage(message({}, body), [plainJson(options)]).data).toBe(body);
    expect(decodeMessage(message({}, body), [plainJson({ ...options, data: '$.payment.n' })]).data).toBe('12345678901234567890.10');
  });

  it('takes no CloudEvents unless it is told to', () => {
    expect(refusal(binary(), [plainJson(options)]).reason).toBe('it is none of plain-json');
    expect(decodeMessage(binary({}, '{"payment":{"id":"x"}}'), [plainJson({ ...options, matches: () => true })]).id).toBe('x');
  });

  it.each<[string, Partial<PlainJsonOptions>, unknown]>([
    ['its id is missing', {}, {}],
    ['its id is missing', {}, 'text'],
    ['its id is neither text nor a whole number', {}, { payment: { id: [1] } }],
    ['its type is missing', { type: '$.kind' }, { payment: { id: 1 } }],
    ['its data is missing', { data: '$.nothing.there' }, { payment: { id: 1 } }],
    ['its data is missing', { data: () => undefined }, { payment: { id: 1 } }],
    ['its time is no time', { time: '$.payment.id' }, { payment: { id: 'x' } }],
    ['its schemaversion is no whole number from 1', { schemaVersion: '$.v' }, { payment: { id: 'x' }, v: 'two' }],
    ['no such payment', { type: () => fail('no such payment') }, { payment: { id: 1 } }],
  ])('is refused where %s', (reason, given, body) => {
    expect(refusal(payment(body), [plainJson({ ...options, ...given })]).reason).toBe(reason);
  });

  it.each(['payment', '$.', '$.a..b', '$.__proto__', "$['constructor']", '$[x]'])('does not know the path %s', (path) => {
    expect(() => plainJson({ ...options, id: path })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  function fail(reason: string): never {
    throw new Error(reason);
  }
});

describe('a format of the user', () => {
  const decoded = { id: 'a-1', type: 'reading.taken', schemaVersion: 1, data: '{"t":21}', metadata: {} };
  const avro = (given: object = {}): MessageFormat => ({
    name: 'avro',
    matches: ({ attributes }) => attributes['googclient_schemaname'] !== undefined,
    decode: () => ({ ...decoded, ...given }),
  });
  const reading = { ...message({ googclient_schemaname: 'readings' }, '\ufffd'), bytes: Buffer.from([0xff]) };

  it('gets the bytes, and is taken before others where it stands before them', () => {
    let seen: Uint8Array | undefined;
    const format = { ...avro(), decode: ({ bytes }: ReceivedMessage) => ((seen = bytes), decoded) };
    expect(decodeMessage(reading, [format, ...MESSAGE_FORMATS])).toEqual({ ...decoded, format: 'avro' });
    expect(seen).toEqual(Buffer.from([0xff]));
  });

  it.each([
    ['its id is missing', { id: undefined }],
    ['its data is no JSON text', { data: { t: 21 } }],
    ['its data is not JSON', { data: 'x' }],
    ['its metadata is missing', { metadata: undefined }],
    ['its streamversion is no whole number', { streamVersion: 1.5 }],
    ['its time is no time', { time: 'now' }],
  ])('is checked: %s', (reason, given) => {
    expect(refusal(reading, [avro(given)])).toEqual({ format: 'avro', reason });
  });

  it('may throw anything, anywhere', () => {
    const thrower = (): never => {
      // eslint-disable-next-line typescript/only-throw-error -- what a user's code may do
      throw undefined;
    };
    expect(refusal(reading, [{ ...avro(), matches: thrower }]).format).toBe('any known format');
    expect(refusal(reading, [{ ...avro(), decode: thrower }]).format).toBe('avro');
  });
});

it('whatever comes, a message is read or MESSAGE_UNREADABLE', () => {
  const names = [
    'ce-id',
    'ce-source',
    'ce-type',
    'ce-specversion',
    'ce-time',
    'ce-subject',
    'ce-streamversion',
    'ce-position',
    'Content-Type',
  ];
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('1.0', '1', 'application/cloudevents+json', 'application/json', '2026-11-24T05:22:37Z'),
  );
  const body = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json({ maxDepth: 4 }),
    fc.json({ maxDepth: 3 }).map((data) => `{"specversion":"1.0","id":"1","source":"s","type":"t","data":${data}}`),
    fc.json().map((text) => text.slice(0, -1)),
  );
  const formats = [...MESSAGE_FORMATS, plainJson({ id: '$.id', type: '$.type', data: '$.data' })];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), body, (attributes, data) => {
      try {
        const { id, type, data: text } = decodeMessage(message(attributes, data), formats);
        JSON.parse(text);
        return id !== '' && type !== '';
      } catch (error) {
        return isEventspanError(error, 'MESSAGE_UNREADABLE');
      }
    }),
    { numRuns: 3_000 },
  );
});
