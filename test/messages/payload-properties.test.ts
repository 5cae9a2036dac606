import 'reflect-metadata';
import { Expose, plainToInstance, Type } from 'class-transformer';
import fc from 'fast-check';
import { EventspanError } from '../../src/errors/eventspan-error.js';
import { createEventRegistry } from '../../src/messages/create-event-registry.js';
import { Event } from '../../src/messages/event.decorator.js';

@Event('sample')
class Sample {
  constructor(readonly value?: unknown) {}
}

@Event('exposed')
class Exposed {
  @Expose()
  readonly value?: unknown;
}

class Item {
  readonly sku!: unknown;
  @Type(() => Date)
  readonly soldAt!: unknown;
}

@Event('order')
class Order {
  readonly note!: unknown;
  @Type(() => Item)
  readonly items!: unknown;
  @Type(() => Item)
  readonly main!: unknown;
  @Type(() => Date)
  readonly dates!: unknown;
  @Type(() => Order)
  readonly parent!: unknown;
}

const registry = createEventRegistry([Sample, Exposed, Order]);
const roundTrip = (event: object) => registry.deserialize(registry.serialize(event));

const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
const HOSTILE = new Set(['__proto__', 'constructor', 'prototype']);
const key = text.filter((name) => !HOSTILE.has(name));
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.integer(),
    fc.array(tie('json'), { maxLength: 5 }),
    fc.dictionary(key, tie('json'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

const poison = fc.constantFrom<unknown>(
  -0,
  Number.NaN,
  undefined,
  1n,
  '\ud800',
  () => 1,
  Symbol('x'),
  new Date(Number.NaN),
  new Sample(1),
  Array.from({ length: 1, 3: 1 }),
  Array(2),
);
const anything = fc.oneof(
  fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  }),
  fc.anything({ values: [fc.integer(), text, poison], maxDepth: 4 }),
);

/** The one equivalence: a property that is undefined counts as absent. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const present = Object.entries(value).filter(([, child]) => child !== undefined);
  return Object.setPrototypeOf(
    Object.fromEntries(present.map(([name, child]) => [name, withoutUndefined(child)])),
    Object.getPrototypeOf(value) as object,
  );
}

describe('every payload', () => {
  it('that JSON can carry comes back exactly', () => {
    fc.assert(
      fc.property(json, (value) => expect(roundTrip(new Sample(value))).toStrictEqual(new Sample(value))),
      { numRuns: 3_000 },
    );
  });

  it.each([
    { path: 'short path', make: (value: unknown): object => new Sample(value) },
    { path: 'path through class-transformer', make: (value: unknown): object => Object.assign(new Exposed(), { value }) },
  ])('of any kind comes back exactly on the $path or is refused with a code and a path', ({ make }) => {
    let refused = 0;
    fc.assert(
      fc.property(anything, (value) => {
        let back: object;
        try {
          back = roundTrip(make(value));
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(EventspanError);
          expect((error as EventspanError).code).toBe('PAYLOAD_NOT_EXACT');
          expect((error as EventspanError).details['path']).toMatch(/^\$/);
          return;
        }
        expect(withoutUndefined(back)).toStrictEqual(withoutUndefined(make(value)));
      }),
      { numRuns: 3_000 },
    );
    expect(refused).toBeGreaterThan(300);
    expect(refused).toBeLessThan(2_900);
  });

  it('written twice gives the same text', () => {
    fc.assert(
      fc.property(json, (value) => {
        const first = registry.serialize(new Sample(value));
        expect(registry.serialize(registry.deserialize(first))).toEqual(first);
      }),
    );
  });
});

const day = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const item = fc.record(
  { sku: json, soldAt: fc.oneof(day, fc.constant(null), fc.array(day, { maxLength: 2 })) },
  { requiredKeys: [], noNullPrototype: true },
);
const { order } = fc.letrec((tie) => ({
  order: fc.record(
    {
      note: json,
      items: fc.array(fc.oneof(item, fc.array(item, { maxLength: 2 }), fc.constant(null)), { maxLength: 3 }),
      main: fc.oneof(item, fc.constant(null), fc.string()),
      dates: fc.array(day, { maxLength: 3 }),
      parent: fc.option(tie('order'), { maxDepth: 3 }),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
}));

describe('a class with @Type of classes and Dates', () => {
  it('is read by the short path as class-transformer reads it, and round-trips', () => {
    fc.assert(
      fc.property(order, (plain) => {
        const data = JSON.stringify(plain);
        fc.pre(!isNamedLikeMethod(data));
        const read = registry.deserialize({ type: 'order', data });
        const wanted = withoutUnset(plainToInstance(Order, JSON.parse(data)));
        expect(withoutUnset(read)).toStrictEqual(wanted);
        expect(roundTrip(read)).toStrictEqual(read);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** class-transformer drops what is named like a method of every object; the short path does not. */
function isNamedLikeMethod(data: string): boolean {
  return Object.getOwnPropertyNames(Object.prototype).some((name) => data.includes(name));
}

/** Constructors define the declared fields as undefined, the short path does not. */
function withoutUnset(value: unknown): unknown {
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(withoutUnset);
  if (typeof value !== 'object' || value === null) return value;
  const present = Object.entries(value).filter(([, child]) => child !== undefined);
  const copy = Object.fromEntries(present.map(([name, child]) => [name, withoutUnset(child)]));
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(value) as object);
}
