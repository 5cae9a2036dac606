import { createPayloadCodec } from '../../src/messages/payload-codec.js';
import { codeAndPathOf, codeOf, errorOf } from './error-of.js';

class Sample {
  constructor(readonly value?: unknown) {}
}

class Money {
  constructor(readonly amount: number) {}
}

const codec = createPayloadCodec(Sample, 'sample');
const roundTrip = (value: unknown) => codec.deserialize(codec.serialize(new Sample(value)));
const refusal = (value: unknown) => codeAndPathOf(() => codec.serialize(new Sample(value)));

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { a: value };
  return value;
}

class List extends Array<number> {}
const withExtra = Object.assign([1], { extra: 1 });
const hidden = Object.defineProperty({}, 'a', { value: 1, enumerable: false });
const getter = Object.defineProperty({}, 'a', { get: () => 1, enumerable: true });

describe('a payload', () => {
  const scalars: unknown[] = [null, true, '', 'zażółć 😀 \u2028 \u0000 "', 0, -1.5, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER];
  const trees: unknown[] = [[], [null, [1, ['x']]], {}, { 'unit price': 1, '': 2, 10: 'ten', toString: 'x', length: 3 }];
  const exact = [...scalars, ...trees];

  it.each(exact.map((value) => ({ value })))('holding $value comes back as it was', ({ value }) => {
    expect(roundTrip(value)).toStrictEqual(new Sample(value));
  });

  it.each([
    ['undefined in an array', [1, undefined], '$.value[1]'],
    ['a hole in an array', [, 1], '$.value[0]'], // oxlint-disable-line no-sparse-arrays
    ['a function', { a: () => 1 }, '$.value.a'],
    ['a method of its own', { toJSON: () => 1 }, '$.value.toJSON'],
    ['a symbol', [Symbol('x')], '$.value[0]'],
    ['a symbol as key', { [Symbol('x')]: 1 }, '$.value'],
    ['NaN', { items: [{ price: 1 }, { price: Number.NaN }] }, '$.value.items[1].price'],
    ['Infinity', [Infinity], '$.value[0]'],
    ['-Infinity', -Infinity, '$.value'],
    ['-0', { a: -0 }, '$.value.a'],
    ['a bigint', 1n, '$.value'],
    ['an invalid Date', new Date(Number.NaN), '$.value'],
    ['a lone high surrogate', 'a\ud800', '$.value'],
    ['a lone low surrogate in a key', { '\udc00': 1 }, '$.value["\\udc00"]'],
    ['the key __proto__', JSON.parse('{"a":{"__proto__":1}}'), '$.value.a.__proto__'],
    ['the key constructor', { constructor: 1 }, '$.value.constructor'],
    ['the key prototype', { prototype: 1 }, '$.value.prototype'],
    ['a Map', new Map([[1, 2]]), '$.value'],
    ['a Set', { 'a b': new Set() }, '$.value["a b"]'],
    ['a typed array', new Uint8Array(2), '$.value'],
    ['a Buffer', Buffer.from('x'), '$.value'],
    ['an ArrayBuffer', new ArrayBuffer(1), '$.value'],
    ['a RegExp', /x/, '$.value'],
    ['an Error', new Error('x'), '$.value'],
    ['a URL', new URL('http://localhost/'), '$.value'],
    ['a boxed number', Object(1), '$.value'],
    ['an object without prototype', Object.create(null), '$.value'],
    ['a subclass of Array', List.from([1]), '$.value'],
    ['an array with a property', withExtra, '$.value'],
    ['the result of a match', /(?<a>x)/.exec('x'), '$.value'],
    ['an array with a symbol', Object.assign([1], { [Symbol('x')]: 1 }), '$.value'],
    ['a hidden property', hidden, '$.value.a'],
    ['a getter', getter, '$.value.a'],
  ])('holding %s is refused with its path', (_, value, path) => {
    expect(refusal(value)).toBe(`PAYLOAD_NOT_EXACT ${path}`);
  });

  it('holding a Date or an instance without @Type is refused, and the message says which decorator is missing', () => {
    expect(errorOf(() => codec.serialize(new Sample({ at: new Date(0) }))).message).toContain('@Type(() => Date)');
    const money = errorOf(() => codec.serialize(new Sample([new Money(1)])));
    expect(money.message).toContain('@Type(() => Money)');
    expect(money.message).toContain('$.value[0]');
  });

  it('may hold an undefined property, which is left out and undefined again when read', () => {
    const text = codec.serialize(new Sample({ note: undefined, a: 1 }));
    expect(text).toBe('{"value":{"a":1}}');
    expect(codec.deserialize(text)).toEqual(new Sample({ note: undefined, a: 1 }));
    expect((codec.deserialize(codec.serialize(new Sample())) as Sample).value).toBeUndefined();
  });

  it('may be 64 deep, and not 65', () => {
    expect(roundTrip(nested(63))).toStrictEqual(new Sample(nested(63)));
    expect(refusal(nested(64))).toMatch(/^PAYLOAD_NOT_EXACT \$\.value(\[0\]|\.a){63}$/);
    expect(refusal(nested(10_000))).toMatch(/^PAYLOAD_NOT_EXACT /);
  });

  it('that contains itself is refused, and the path leads into the circle at its first round', () => {
    const circle: { inner: unknown[] } = { inner: [] };
    circle.inner.push({ back: circle });
    const error = errorOf(() => codec.serialize(new Sample([1, circle])));
    expect(error.message).toContain('contains itself');
    expect(error.details['path']).toMatch(/^\$\.value\[1\](\.inner(\[0\])?)?$/);
  });

  it('may hold one object twice, and reads it as two', () => {
    const shared = { a: 1 };
    expect(roundTrip([shared, shared])).toStrictEqual(new Sample([{ a: 1 }, { a: 1 }]));
  });

  it('whose shared objects unfold without end in sight is refused before it is written', () => {
    let value: unknown = [1];
    for (let level = 0; level < 40; level++) value = [value, value];
    expect(codeOf(() => codec.serialize(new Sample(value)))).toBe('PAYLOAD_TOO_LARGE');
  });

  it('may have 2,621,440 characters, and not one more', () => {
    const frame = '{"value":""}'.length;
    expect(codec.serialize(new Sample('x'.repeat(2_621_440 - frame)))).toHaveLength(2_621_440);
    const error = errorOf(() => codec.serialize(new Sample('x'.repeat(2_621_441 - frame))));
    expect(error.details).toMatchObject({ size: 2_621_441, bound: 2_621_440, part: 'payload' });
    expect(codeOf(() => codec.serialize(new Sample(Array.from({ length: 3_000_000 }))))).toBe('PAYLOAD_TOO_LARGE');
  });

  it('is not changed by being stored, frozen or not', () => {
    const value = Object.freeze(new Sample(Object.freeze({ a: Object.freeze([1]) })));
    expect(codec.deserialize(codec.serialize(value))).toStrictEqual(value);
  });

  it('of another class than the codec is for is refused', () => {
    for (const value of [{}, new Money(1), [new Sample()], Object.create(null)]) {
      expect(codeAndPathOf(() => codec.serialize(value as object))).toBe('PAYLOAD_NOT_EXACT $');
    }
  });
});

describe('a class without transform metadata', () => {
  it('is read without running its constructor, its initialisers or its setters', () => {
    const ran: string[] = [];
    class Guarded {
      readonly a: number;
      constructor({ a }: { a: number }) {
        ran.push('constructor');
        this.a = a;
      }
      set b(_: number) {
        ran.push('setter');
      }
    }
    const guarded = createPayloadCodec(Guarded, 'guarded');
    const read = guarded.deserialize('{"a":1,"b":2}') as Guarded;
    expect(ran).toEqual([]);
    expect(read).toBeInstanceOf(Guarded);
    expect(Object.entries(read)).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('keeps its methods', () => {
    class Priced {
      constructor(readonly net: number) {}
      gross(): number {
        return this.net * 2;
      }
    }
    const priced = createPayloadCodec(Priced, 'priced');
    expect((priced.deserialize(priced.serialize(new Priced(4))) as Priced).gross()).toBe(8);
  });

  it('is refused with #private members, its own or inherited, and not for mentioning them in a comment', () => {
    class Secret {
      #pin = 1;
      matches(pin: number): boolean {
        return this.#pin === pin;
      }
    }
    class Derived extends Secret {}
    class Commented {
      /* not this.#pin */
      readonly pin = '#1'; // nor this.#pin
    }
    expect(codeOf(() => createPayloadCodec(Secret, 'secret'))).toBe('CLASS_NOT_STORABLE');
    expect(errorOf(() => createPayloadCodec(Derived, 'derived')).message).toContain('Derived');
    expect(() => createPayloadCodec(Commented, 'commented')).not.toThrow();
  });

  it('is refused with a toJSON of its own', () => {
    class Odd {
      toJSON(): number {
        return 1;
      }
    }
    expect(codeOf(() => createPayloadCodec(Odd, 'odd'))).toBe('CLASS_NOT_STORABLE');
  });
});
