import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  compareContracts,
  contractsOf,
  Event,
  expectationsOf,
  field,
  formatContracts,
  isEventspanError,
  verifyContracts,
  type Contracts,
  type ExpectationSource,
} from 'eventspan';

const folder = mkdtempSync(join(tmpdir(), 'contracts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

@Event('order.placed', {
  version: 2,
  fields: {
    orderId: 'string',
    cents: 'integer',
    note: 'string?',
    placedAt: 'date',
    lines: [{ sku: 'string', count: 'integer' }],
    tags: field.record('string'),
  },
})
class OrderPlaced {
  constructor(
    readonly orderId: string,
    readonly cents: number,
    readonly placedAt: Date,
    readonly lines: readonly { sku: string; count: number }[],
    readonly tags: Readonly<Record<string, string>>,
    readonly note?: string,
  ) {}
}

@Event('order.cancelled')
class OrderCancelled {
  constructor(readonly reason: unknown) {}
}

const ORDERS = contractsOf([OrderPlaced, OrderCancelled], { service: 'orders' });

function messagesOf(...expects: readonly ExpectationSource[]): readonly string[] {
  return compareContracts(ORDERS, expectationsOf(expects, { consumer: 'shipping' })).map(({ kind, message }) => `${kind}: ${message}`);
}

const object = (properties: object, required = Object.keys(properties)) => ({ type: 'object', properties, required }) as never;

describe('contracts', () => {
  it('are name, version and JSON Schema of each published event, in the order of names', () => {
    expect(Object.keys(ORDERS.events)).toEqual(['order.cancelled', 'order.placed']);
    expect(ORDERS).toMatchObject({ format: 1, service: 'orders' });
    expect(ORDERS.events['order.placed']).toMatchObject({
      version: 2,
      schema: { type: 'object', title: 'order.placed', properties: { cents: { type: 'integer' }, placedAt: { format: 'date-time' } } },
    });
  });

  it('are the same bytes, in whatever order classes are listed and fields are written', () => {
    @Event('order.placed', {
      version: 2,
      fields: {
        tags: field.record('string'),
        lines: [{ count: 'integer', sku: 'string' }],
        placedAt: 'date',
        note: 'string?',
        cents: 'integer',
        orderId: 'string',
      },
    })
    class Reordered {
      constructor(
        readonly orderId: string,
        readonly cents: number,
        readonly placedAt: Date,
        readonly lines: readonly { sku: string; count: number }[],
        readonly tags: Readonly<Record<string, string>>,
        readonly note?: string,
      ) {}
    }
    const other = contractsOf([OrderCancelled, Reordered, OrderCancelled], { service: 'orders' });
    expect(formatContracts(other)).toBe(formatContracts(ORDERS));
  });

  it('refuse two events of one name', () => {
    @Event('order.placed')
    class Another {}
    expect(() => contractsOf([OrderPlaced, Another], { service: 'orders' })).toThrow(
      expect.objectContaining({ code: 'CONTRACT_DUPLICATE' }),
    );
  });
});

describe('a consumer', () => {
  it('agrees when it reads less than is published', () => {
    @Event('order.placed', { version: 2, fields: { orderId: 'string', note: 'string?', lines: [{ sku: 'string' }] } })
    class Read {
      constructor(
        readonly orderId: string,
        readonly lines: readonly { sku: string }[],
        readonly note?: string,
      ) {}
    }
    expect(messagesOf(Read)).toEqual([]);
    expect(() => verifyContracts({ producer: ORDERS, expects: [Read] })).not.toThrow();
  });

  it('agrees when it takes more than is published: a number for an integer, absence, null', () => {
    const fields = object(
      { cents: { type: 'number' }, orderId: { type: ['string', 'null'] }, placedAt: { type: 'string' }, voucher: { type: 'string' } },
      ['cents'],
    );
    expect(messagesOf({ type: 'order.placed', fields })).toEqual([]);
  });

  it.each<[string, ExpectationSource, string]>([
    ['an event that is not published', { type: 'order.shipped', fields: object({}) }, 'event-missing: order.shipped is not published'],
    [
      'another version',
      { type: 'order.placed', version: 1, fields: object({}) },
      'version: order.placed is published in version 2, and version 1 is read',
    ],
    [
      'a field that is not published',
      { type: 'order.placed', fields: object({ email: { type: 'string' } }) },
      'field-missing: order.placed email is read as string, and is not published',
    ],
    [
      'a field inside that is not published',
      { type: 'order.placed', fields: object({ lines: { type: 'array', items: object({ price: { type: 'integer' } }) } }) },
      'field-missing: order.placed lines[].price is read as integer, and is not published',
    ],
    [
      'a field of another type',
      { type: 'order.placed', fields: object({ orderId: { type: 'integer' } }) },
      'field-retyped: order.placed orderId is published as string, and read as integer',
    ],
    [
      'a narrower type',
      { type: 'order.placed', fields: object({ orderId: { enum: ['a', 'b'] } }) },
      'field-retyped: order.placed orderId is published as string, and read as enum("a","b")',
    ],
    [
      'an optional field of another type',
      { type: 'order.placed', fields: object({ note: { type: 'integer' } }, []) },
      'field-retyped: order.placed note is published as string?, and read as integer?',
    ],
    [
      'a field that is not promised',
      { type: 'order.placed', fields: object({ note: { type: 'string' } }) },
      'field-not-promised: order.placed note is needed, and may be absent',
    ],
    [
      'a field whose type the producer does not say',
      { type: 'order.cancelled', fields: object({ reason: { type: 'string' } }) },
      'field-unknown: order.cancelled reason is read as string, and the producer does not say its type',
    ],
  ])('disagrees about %s', (_, expectation, message) => {
    expect(messagesOf(expectation)).toEqual([message]);
  });

  it('hears of all disagreements at once, with the code', () => {
    const expects = [
      { type: 'order.shipped', fields: object({}) },
      { type: 'order.placed', fields: object({ email: { type: 'string' }, note: { type: 'string' } }) },
    ];
    const error = failureOf(() => verifyContracts({ producer: ORDERS, expects, consumer: 'shipping' }));
    expect(isEventspanError(error, 'CONTRACTS_DISAGREE') && error.details['found']).toHaveLength(3);
    expect(String(error)).toContain('shipping cannot read what orders publishes: ');
    expect(String(error)).toContain('order.shipped is not published');
  });

  it('has one expectation of an event', () => {
    const twice = [OrderPlaced, { type: 'order.placed', fields: object({}) }];
    expect(() => expectationsOf(twice, { consumer: 'x' })).toThrow(expect.objectContaining({ code: 'CONTRACT_DUPLICATE' }));
  });
});

describe('files', () => {
  it('serve the tests of either side', () => {
    const producer = join(folder, 'orders.json');
    const expects = join(folder, 'shipping.json');
    writeFileSync(producer, formatContracts(ORDERS));
    const shipping = expectationsOf([{ type: 'order.placed', fields: object({ email: { type: 'string' } }) }], { consumer: 'shipping' });
    writeFileSync(expects, formatContracts(shipping));
    const sides = [
      () => verifyContracts({ producer: { file: producer }, expects: [OrderPlaced] }),
      () => verifyContracts({ producer: JSON.parse(readFileSync(producer, 'utf8')) as Contracts, expects: [OrderPlaced] }),
    ];
    for (const side of sides) expect(side).not.toThrow();
    const error = failureOf(() => verifyContracts({ producer: ORDERS, expects: { file: expects } }));
    expect(error).toMatchObject({ code: 'CONTRACTS_DISAGREE', details: { consumer: 'shipping', producer: 'orders' } });
  });

  it.each<[string, string]>([
    ['not there', ''],
    ['no JSON', '{'],
    ['of no format', '{}'],
    ['of a newer format', '{"format":2,"service":"x","events":{}}'],
    ['without a service', '{"format":1,"events":{}}'],
    ['without events', '{"format":1,"service":"x","events":[]}'],
    ['without schemas', '{"format":1,"service":"x","events":{"a":{"version":1}}}'],
    ['without versions', '{"format":1,"service":"x","events":{"a":{"schema":{}}}}'],
  ])('are refused where one is %s', (what, text) => {
    const file = join(folder, `${what}.json`);
    if (text !== '') writeFileSync(file, text);
    expect(failureOf(() => verifyContracts({ producer: { file }, expects: [] }))).toMatchObject({
      code: 'CONTRACTS_INVALID',
      details: { file },
    });
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
