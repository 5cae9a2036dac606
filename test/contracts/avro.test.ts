import { Type as AvroType } from 'avsc';
import { avroSchemaOf, decodeMessage, Event, field, plainJson, type MessageFormat, type ReceivedMessage } from 'eventspan';
import { avroFormat } from 'eventspan/avro';
import { isEventspanError } from '../../src/errors/eventspan-error.js';
import type { Constructor } from '../../src/messages/constructor.js';

@Event('shop.order-placed', {
  fields: {
    id: 'string',
    cents: 'integer',
    weight: 'number',
    gift: 'boolean',
    placedAt: 'date',
    status: field.oneOf('new', 'paid'),
    note: 'string?',
    voucher: 'string|null',
    lines: [{ sku: 'string', size: { width: 'number' } }],
    tags: field.record('integer'),
    address: field.optional({ city: 'string' }),
  },
})
class OrderPlaced {
  constructor(
    readonly id: string,
    readonly cents: number,
    readonly weight: number,
    readonly gift: boolean,
    readonly placedAt: Date,
    readonly status: 'new' | 'paid',
    readonly voucher: string | null,
    readonly lines: readonly { sku: string; size: { width: number } }[],
    readonly tags: Readonly<Record<string, number>>,
    readonly note?: string,
    readonly address?: { city: string },
  ) {}
}

const SCHEMA = avroSchemaOf(OrderPlaced);
const PAYLOAD = {
  id: 'o-1',
  cents: 250,
  weight: 1.5,
  gift: false,
  placedAt: '2026-01-01T00:00:00.000Z',
  status: 'paid',
  voucher: null,
  lines: [{ sku: 'a', size: { width: 2 } }],
  tags: { x: 1 },
  address: { city: 'Kiel' },
};

describe('the Avro schema of an event', () => {
  it('says the same as its JSON Schema', () => {
    expect(SCHEMA).toEqual({
      type: 'record',
      name: 'order_placed',
      namespace: 'shop',
      fields: [
        { name: 'id', type: 'string' },
        { name: 'cents', type: 'long' },
        { name: 'weight', type: 'double' },
        { name: 'gift', type: 'boolean' },
        { name: 'placedAt', type: 'string' },
        { name: 'status', type: 'string' },
        { name: 'note', type: ['null', 'string'], default: null },
        { name: 'voucher', type: ['null', 'string'] },
        {
          name: 'lines',
          type: {
            type: 'array',
            items: {
              type: 'record',
              name: 'order_placed_lines',
              fields: [
                { name: 'sku', type: 'string' },
                { name: 'size', type: { type: 'record', name: 'order_placed_lines_size', fields: [{ name: 'width', type: 'double' }] } },
              ],
            },
          },
        },
        { name: 'tags', type: { type: 'map', values: 'long' } },
        {
          name: 'address',
          type: ['null', { type: 'record', name: 'order_placed_address', fields: [{ name: 'city', type: 'string' }] }],
          default: null,
        },
      ],
    });
    expect(AvroType.forSchema(SCHEMA as never).isValid({ ...PAYLOAD, note: null })).toBe(true);
  });

  it('gives two records at places of one name two names', () => {
    @Event('x', { fields: { a: { b: { c: 'string' } }, a_b: { d: 'string' } } })
    class Twice {
      constructor(
        readonly a: { b: { c: string } },
        readonly a_b: { d: string },
      ) {}
    }
    expect(() => AvroType.forSchema(avroSchemaOf(Twice) as never)).not.toThrow();
  });

  it.each<[string, () => Constructor, string]>([
    ['anything', () => event({ a: 'json' }), '$.a'],
    ['a choice of texts and numbers', () => event({ a: field.oneOf<string | number>('a', 1) }), '$.a'],
    ['a name with a hyphen', () => event({ 'a-b': 'string' }), '$.a-b'],
    ['what lies deep inside', () => event({ a: [{ b: field.record('json') }] }), '$.a[].b{}'],
    ['an event whose name begins with a digit', () => event({ a: 'string' }, 'order.2nd'), '$'],
  ])('is refused for %s, with the path', (_, make, path) => {
    expect(failureOf(() => avroSchemaOf(make()))).toMatchObject({ code: 'AVRO_UNSUPPORTED', details: { path } });
  });
});

function event(fields: object, name = 'x'): Constructor {
  class Made {}
  (Event as (name: string, options: object) => (target: Constructor) => void)(name, { fields })(Made);
  return Made;
}

/** Shows what comes to the format behind. */
const echo: MessageFormat = {
  name: 'echo',
  matches: () => true,
  decode: ({ data, bytes }) => {
    expect(bytes).toBeUndefined();
    return JSON.parse(data) as never;
  },
};
const TYPE = AvroType.forSchema(SCHEMA as never, { wrapUnions: 'auto' });
const FORMAT = avroFormat({ schema: SCHEMA, format: echo });

function json(data: string, attributes: Record<string, string> = {}): ReceivedMessage {
  return { orderingKey: '', data, attributes: { googclient_schemaencoding: 'JSON', ...attributes } };
}

function binary(bytes: Uint8Array, attributes: Record<string, string> = {}): ReceivedMessage {
  return { orderingKey: '', data: '', bytes, attributes: { googclient_schemaencoding: 'BINARY', ...attributes } };
}

describe('the Avro format', () => {
  it('reads both encodings as the payload that was written, absent fields absent and nulls null', () => {
    const value = { ...PAYLOAD, note: null };
    expect(FORMAT.decode(json(TYPE.toString(value)))).toEqual(PAYLOAD);
    expect(FORMAT.decode({ ...json(''), bytes: Buffer.from(TYPE.toString(value)) })).toEqual(PAYLOAD);
    expect(FORMAT.decode(binary(TYPE.toBuffer(value)))).toEqual(PAYLOAD);
    const withNote = { ...PAYLOAD, note: 'ring twice', voucher: 'v-1' };
    expect(FORMAT.decode(binary(TYPE.toBuffer(withNote)))).toEqual(withNote);
  });

  it('serves decodeMessage, with plain JSON or CloudEvents around it', () => {
    const value = { ...PAYLOAD, note: null };
    const plain = avroFormat({ schema: SCHEMA, format: plainJson({ id: '$.id', type: () => 'order.placed' }) });
    expect(decodeMessage(binary(TYPE.toBuffer(value)), [plain])).toMatchObject({
      id: 'o-1',
      type: 'order.placed',
      format: 'avro+plain-json',
    });
    const attributes = {
      'ce-specversion': '1.0',
      'ce-id': 'e-1',
      'ce-source': '/shop',
      'ce-type': 'order.placed',
      'Content-Type': 'avro/binary',
    };
    const incoming = decodeMessage(binary(TYPE.toBuffer(value), attributes), [avroFormat({ schema: SCHEMA })]);
    expect(incoming).toMatchObject({ id: 'e-1', source: '/shop', type: 'order.placed' });
    expect(JSON.parse(incoming.data)).toEqual(PAYLOAD);
    const broken = binary(Buffer.from([1, 2]), attributes);
    expect(failureOf(() => decodeMessage(broken, [avroFormat({ schema: SCHEMA })]))).toMatchObject({ code: 'MESSAGE_UNREADABLE' });
  });

  it('takes messages of topics with a schema, and of one schema where it is named', () => {
    expect(FORMAT.name).toBe('avro+echo');
    expect(FORMAT.matches(json(''))).toBe(true);
    expect(FORMAT.matches({ orderingKey: '', data: '{}', attributes: {} })).toBe(false);
    const named = avroFormat({ schema: SCHEMA, format: echo, schemaName: 'projects/p/schemas/a' });
    expect(named.matches(json('', { googclient_schemaname: 'projects/p/schemas/a' }))).toBe(true);
    expect(named.matches(json('', { googclient_schemaname: 'projects/p/schemas/b' }))).toBe(false);
    expect(avroFormat({ schema: SCHEMA, format: { ...echo, matches: () => false } }).matches(json(''))).toBe(false);
  });

  it('reads what another revision wrote, by its schema', () => {
    const before = {
      type: 'record',
      name: 'r',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'gone', type: 'string' },
      ],
    };
    const now = {
      type: 'record',
      name: 'r',
      fields: [
        { name: 'a', type: 'double' },
        { name: 'b', type: 'string', default: 'new' },
      ],
    };
    const format = avroFormat({ schema: JSON.stringify(now), format: echo, revisions: { r1: before } });
    const written = AvroType.forSchema(before as never);
    const revision = { googclient_schemarevisionid: 'r1' };
    expect(format.decode(binary(written.toBuffer({ a: 1, gone: 'x' }), revision))).toEqual({ a: 1, b: 'new' });
    expect(format.decode(json(written.toString({ a: 1, gone: 'x' }), revision))).toEqual({ a: 1, b: 'new' });
  });

  it('makes JSON of what JSON has not: bytes, enums, wrapped unions, nested records', () => {
    const schema = {
      type: 'record',
      name: 'r',
      fields: [
        { name: 'bytes', type: 'bytes' },
        { name: 'suit', type: { type: 'enum', name: 'suit', symbols: ['HEARTS'] } },
        { name: 'either', type: ['int', 'double', 'string', { type: 'array', items: 'bytes' }] },
        {
          name: 'inner',
          type: { type: 'map', values: { type: 'record', name: 's', fields: [{ name: 'b', type: ['null', 'bytes'], default: null }] } },
        },
      ],
    };
    const type = AvroType.forSchema(schema as never);
    const value = {
      bytes: Buffer.from('hi'),
      suit: 'HEARTS',
      either: { array: [Buffer.from('x')] },
      inner: { k: { b: Buffer.from('y') }, n: { b: null } },
    };
    const expected = { bytes: 'aGk=', suit: 'HEARTS', either: ['eA=='], inner: { k: { b: 'eQ==' }, n: {} } };
    expect(avroFormat({ schema, format: echo }).decode(binary(type.toBuffer(value)))).toEqual(expected);
  });

  it('throws for whatever is not of the schema, and does not hang', () => {
    const hostile = [
      binary(Buffer.alloc(0)),
      binary(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])),
      binary(TYPE.toBuffer({ ...PAYLOAD, note: null }).subarray(0, -2)),
      binary(Buffer.concat([TYPE.toBuffer({ ...PAYLOAD, note: null }), Buffer.from('more')])),
      { ...binary(Buffer.alloc(0)), bytes: undefined },
      json('{'),
      json('{"id":1}'),
      json('[]'),
    ] as ReceivedMessage[];
    for (const message of hostile) expect(() => FORMAT.decode(message)).toThrow();
  });

  it('refuses a schema that is none', () => {
    for (const schema of ['{', { type: 'nothing' }]) {
      expect(
        isEventspanError(
          failureOf(() => avroFormat({ schema, format: echo })),
          'OPTION_INVALID',
        ),
      ).toBe(true);
    }
    const revisions = { r1: 'string' };
    expect(failureOf(() => avroFormat({ schema: SCHEMA, format: echo, revisions }))).toMatchObject({ code: 'OPTION_INVALID' });
  });
});

function failureOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
