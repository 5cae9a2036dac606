import 'reflect-metadata';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import type { Constructor } from '../../src/messages/constructor.js';
import { createPayloadCodec } from '../../src/messages/payload-codec.js';
import { codeAndPathOf, codeOf, errorOf } from './error-of.js';

/** An instance of `type` with these fields. */
function make<T extends object>(type: new () => T, fields: Partial<T>): T {
  return Object.assign(new type(), fields);
}

function roundTrip(type: Constructor, value: object): object {
  const codec = createPayloadCodec(type, 'order');
  return codec.deserialize(codec.serialize(value));
}

function refusal(type: Constructor, value: object): string {
  return codeAndPathOf(() => createPayloadCodec(type, 'order').serialize(value));
}

class Money {
  constructor(
    readonly amount: number,
    readonly currency: string,
  ) {}
  isFree(): boolean {
    return this.amount === 0;
  }
}

class Line {
  @Type(() => Money)
  readonly price: Money;
  @Type(() => Date)
  readonly shippedAt: Date | null;
  constructor(price: Money, shippedAt: Date | null) {
    this.price = price;
    this.shippedAt = shippedAt;
  }
}

class Order {
  @Type(() => Line)
  readonly lines: Line[];
  @Type(() => Date)
  readonly days: Date[];
  @Type(() => Order)
  readonly parts: Order[];
  constructor({ lines, days, parts }: { lines: Line[]; days: Date[]; parts: Order[] }) {
    this.lines = lines;
    this.days = days;
    this.parts = parts;
  }
}

const line = new Line(new Money(0, 'EUR'), new Date('2026-11-24T05:22:37.123Z'));
const leaf = new Order({ lines: [], days: [], parts: [] });
const order = new Order({
  lines: [line, new Line(new Money(1, 'EUR'), null)],
  days: [new Date(-8.64e15), new Date(0)],
  parts: [leaf, leaf],
});

describe('nested classes and Dates with @Type', () => {
  it('come back as classes and Dates, in arrays and in trees of their own class', () => {
    const read = roundTrip(Order, order) as Order;
    expect(read).toStrictEqual(order);
    expect(read.lines[0]?.price.isFree()).toBe(true);
  });

  it('need no constructor that can be called without arguments', () => {
    expect(() => Reflect.construct(Order, [])).toThrow(TypeError);
    expect(roundTrip(Order, leaf)).toStrictEqual(leaf);
  });

  it('are refused when they are not what @Type says', () => {
    class Rebate extends Money {}
    const withPrice = (price: unknown) => refusal(Line, new Line(price as Money, null));
    expect(withPrice(new Rebate(1, 'EUR'))).toBe('PAYLOAD_NOT_EXACT $.price');
    expect(withPrice({ amount: 1, currency: 'EUR' })).toBe('PAYLOAD_NOT_EXACT $.price');
    expect(withPrice(new Money(Number.NaN, 'EUR'))).toBe('PAYLOAD_NOT_EXACT $.price.amount');
    const withDate = (date: unknown) => refusal(Line, new Line(new Money(1, 'EUR'), date as Date));
    for (const date of [new Date(Number.NaN), '2026-11-24', 5, {}, new (class extends Date {})(0), Object.assign(new Date(0), { a: 1 })]) {
      expect(withDate(date)).toBe('PAYLOAD_NOT_EXACT $.shippedAt');
    }
  });

  it('are refused when a stored text is no date', () => {
    const codec = createPayloadCodec(Order, 'order');
    expect(codeAndPathOf(() => codec.deserialize('{"lines":[{"shippedAt":"yesterday"}]}'))).toBe('PAYLOAD_UNREADABLE $.lines[0].shippedAt');
    expect(codeAndPathOf(() => codec.deserialize('{"days":[0,{}]}'))).toBe('PAYLOAD_UNREADABLE $.days[1]');
  });

  it('are inherited from base classes, and may be replaced', () => {
    class Base {
      @Type(() => Date)
      at!: unknown;
      @Type(() => Money)
      price!: unknown;
    }
    class Derived extends Base {
      @Type(() => Line)
      override price: unknown = null;
    }
    const derived = make(Derived, { at: new Date(1), price: line });
    expect(roundTrip(Derived, derived)).toStrictEqual(derived);
  });

  it('are refused at registration when the type is missing, as in a circle of imports', () => {
    class Broken {
      @Type(() => undefined as unknown as typeof Money)
      price!: unknown;
    }
    const error = errorOf(() => createPayloadCodec(Broken, 'broken'));
    expect(error.code).toBe('CLASS_EXPECTED');
    expect(error.message).toContain('Broken.price');
  });

  it('are refused at registration when a class below has #private members', () => {
    class Secret {
      #pin = 1;
      read(): number {
        return this.#pin;
      }
    }
    class Holder {
      @Type(() => Secret)
      secret!: unknown;
    }
    expect(errorOf(() => createPayloadCodec(Holder, 'holder')).details['className']).toBe('Secret');
  });
});

abstract class Shape {
  readonly name: string = '';
}
class Circle extends Shape {
  readonly radius: number = 0;
}
class Square extends Shape {
  readonly side: number = 0;
}
class Star extends Shape {}

const shapes = {
  discriminator: {
    property: 'kind',
    subTypes: [
      { name: 'circle', value: Circle },
      { name: 'square', value: Square },
    ],
  },
};

class Drawing {
  @Type(() => Shape, shapes)
  main: unknown = null;
  @Type(() => Shape, shapes)
  all: unknown = [];
}

describe('discriminators', () => {
  const circle = Object.freeze(make(Circle, { name: 'a', radius: 2 }));
  const square = make(Square, { name: 'b', side: 3 });
  const codec = createPayloadCodec(Drawing, 'drawing');

  it('tell classes apart, and the recorded objects are left as they are, frozen or not', () => {
    const drawing = make(Drawing, { main: circle, all: [square, circle] });
    const text = codec.serialize(drawing);
    expect(JSON.parse(text)).toEqual({
      main: { name: 'a', radius: 2, kind: 'circle' },
      all: [
        { name: 'b', side: 3, kind: 'square' },
        { name: 'a', radius: 2, kind: 'circle' },
      ],
    });
    expect(codec.deserialize(text)).toStrictEqual(drawing);
    expect(Object.keys(square)).toEqual(['name', 'side']);
  });

  it('refuse a class that they do not know when it is recorded', () => {
    expect(refusal(Drawing, make(Drawing, { main: new Star() }))).toBe('PAYLOAD_NOT_EXACT $.main');
    expect(refusal(Drawing, make(Drawing, { all: [circle, new Star()] }))).toBe('PAYLOAD_NOT_EXACT $.all[1]');
    expect(refusal(Drawing, make(Drawing, { all: [null] }))).toBe('PAYLOAD_NOT_EXACT $.all[0]');
  });

  it.each([
    ['{"main":{"kind":"star","name":"x"}}', '$.main'],
    ['{"main":{"name":"x"}}', '$.main'],
    ['{"all":[{"kind":"circle"},{"kind":"toString"}]}', '$.all[1]'],
    ['{"all":[null]}', '$.all[0]'],
  ])('refuse a name that they do not know when it is read: %s', (text, path) => {
    expect(codeAndPathOf(() => codec.deserialize(text))).toBe(`PAYLOAD_UNREADABLE ${path}`);
  });

  it('are found below other classes', () => {
    class Album {
      @Type(() => Drawing)
      drawings!: unknown;
    }
    const album = make(Album, { drawings: [make(Drawing, { main: square })] });
    expect(roundTrip(Album, album)).toStrictEqual(album);
    expect(codeAndPathOf(() => createPayloadCodec(Album, 'album').deserialize('{"drawings":[{"main":{"kind":"x"}}]}'))).toBe(
      'PAYLOAD_UNREADABLE $.drawings[0].main',
    );
  });
});

describe('@Transform, @Expose and @Exclude', () => {
  it('@Transform may carry what JSON cannot', () => {
    class Account {
      @Transform(({ value }) => String(value), { toPlainOnly: true })
      @Transform(({ value }) => BigInt(value as string), { toClassOnly: true })
      balance: unknown = 0n;
      @Transform(({ value }) => [...(value as Map<string, number>)], { toPlainOnly: true })
      @Transform(({ value }) => new Map(value as [string, number][]), { toClassOnly: true })
      limits: unknown = new Map();
    }
    const account = make(Account, { balance: 2n ** 80n, limits: new Map([['day', 100]]) });
    expect(roundTrip(Account, account)).toStrictEqual(account);
  });

  it('@Transform that loses something is refused with the path, unless verification is off', () => {
    class Person {
      @Transform(({ value }) => (value as string).trim())
      name = '';
    }
    const spaced = make(Person, { name: ' Ann ' });
    expect(refusal(Person, spaced)).toBe('PAYLOAD_NOT_EXACT $.name');
    expect(roundTrip(Person, make(Person, { name: 'Ann' }))).toStrictEqual(make(Person, { name: 'Ann' }));
    expect(createPayloadCodec(Person, 'person', { verifyTransforms: false }).serialize(spaced)).toBe('{"name":"Ann"}');
  });

  it('@Transform that throws gives a coded error with its cause', () => {
    class Fussy {
      @Transform(() => {
        throw new RangeError('no');
      })
      name = '';
    }
    const error = errorOf(() => createPayloadCodec(Fussy, 'fussy').serialize(new Fussy()));
    expect(error.code).toBe('PAYLOAD_NOT_EXACT');
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(codeOf(() => createPayloadCodec(Fussy, 'fussy').deserialize('{"name":"x"}'))).toBe('PAYLOAD_UNREADABLE');
  });

  it('@Expose may give a field another name in JSON', () => {
    class Person {
      @Expose({ name: 'full_name' })
      fullName = '';
      @Type(() => Date)
      born: unknown = null;
    }
    const person = make(Person, { fullName: 'Ann', born: new Date(0) });
    expect(createPayloadCodec(Person, 'person').serialize(person)).toBe('{"full_name":"Ann","born":"1970-01-01T00:00:00.000Z"}');
    expect(roundTrip(Person, person)).toStrictEqual(person);
  });

  it('@Exclude keeps a field out of what is stored', () => {
    class Person {
      name = '';
      @Exclude()
      cache: unknown = undefined;
    }
    const person = make(Person, { name: 'Ann', cache: 'x' });
    expect(createPayloadCodec(Person, 'person').serialize(person)).toBe('{"name":"Ann"}');
    expect(roundTrip(Person, person)).toStrictEqual(make(Person, { name: 'Ann' }));
  });

  it('@Exclude on a class stores the fields with @Expose, and is refused when there are none', () => {
    @Exclude()
    class Some {
      @Expose()
      kept = 1;
      dropped = 2;
    }
    @Exclude()
    class None {
      dropped = 2;
    }
    expect(createPayloadCodec(Some, 'some').serialize(new Some())).toBe('{"kept":1}');
    expect(roundTrip(Some, new Some())).toStrictEqual(new Some());
    expect(codeOf(() => createPayloadCodec(None, 'none'))).toBe('CLASS_NOT_STORABLE');
  });

  it('@Expose with groups would drop the field without a word, and is refused', () => {
    class Person {
      @Expose({ groups: ['admin'] })
      salary = 1;
    }
    expect(refusal(Person, make(Person, { salary: 2 }))).toBe('PAYLOAD_NOT_EXACT $.salary');
  });

  it('a class that cannot be constructed without arguments is refused at registration', () => {
    class Needy {
      @Expose()
      readonly name: string;
      constructor(fields: { name: string }) {
        this.name = fields.name;
      }
    }
    const error = errorOf(() => createPayloadCodec(Needy, 'needy'));
    expect(error.code).toBe('CLASS_NOT_STORABLE');
    expect(error.message).toContain('Needy');
    expect(error.cause).toBeInstanceOf(TypeError);
  });
});

describe('what is read back when it is recorded', () => {
  it('is refused as not exact when it cannot be read', () => {
    class OneWay {
      @Transform(
        () => {
          throw new RangeError('no way back');
        },
        { toClassOnly: true },
      )
      name = 'x';
    }
    const error = errorOf(() => createPayloadCodec(OneWay, 'one-way').serialize(new OneWay()));
    expect(error.code).toBe('PAYLOAD_NOT_EXACT');
    expect(error.cause).toBeInstanceOf(RangeError);
  });
});

describe('a class that goes through class-transformer', () => {
  class Loose {
    @Expose()
    value: unknown;
  }
  const loose = (value: unknown) => make(Loose, { value });
  const circle: { self?: unknown } = {};
  circle.self = { circle };

  it.each([
    ['a Date without @Type', { at: new Date(0) }, '$.value.at'],
    ['an instance without @Type', [new Money(1, 'EUR')], '$.value[0]'],
    ['a Uint8Array', new Uint8Array([1]), '$.value'],
    ['a Buffer', Buffer.from('x'), '$.value'],
    ['a Map', new Map([['a', 1]]), '$.value'],
    ['a Set', new Set([1]), '$.value'],
    ['a URL', new URL('http://localhost/'), '$.value'],
    ['a RegExp', /x/, '$.value'],
    ['-0', [-0], '$.value[0]'],
    ['NaN', { a: Number.NaN }, '$.value.a'],
    ['a bigint', 1n, '$.value'],
    ['a function, which class-transformer would call', { a: () => 1 }, '$.value.a'],
    ['a lone surrogate', ['\ud800'], '$.value[0]'],
    ['the key __proto__', JSON.parse('{"__proto__":1}'), '$.value.__proto__'],
    ['the key constructor', { constructor: 1 }, '$.value.constructor'],
    ['a hole in an array', [, 1], '$.value[0]'], // oxlint-disable-line no-sparse-arrays
    ['undefined in an array', [undefined], '$.value[0]'],
    ['a symbol as key', { [Symbol('x')]: 1 }, '$.value.Symbol(x)'],
    ['an object without prototype', Object.create(null), '$.value'],
    ['a getter', Object.defineProperty({}, 'a', { get: () => 1, enumerable: true }), '$.value.a'],
    ['a hidden property', Object.defineProperty({}, 'a', { value: 1 }), '$.value.a'],
    ['a promise', Promise.resolve(1), '$.value'],
  ])('refuses %s with its path', (_, value, path) => {
    expect(refusal(Loose, loose(value)).replace('["Symbol(x)"]', '.Symbol(x)')).toBe(`PAYLOAD_NOT_EXACT ${path}`);
  });

  it('refuses circles and what is too deep or unfolds without end', () => {
    expect(errorOf(() => createPayloadCodec(Loose, 'loose').serialize(loose(circle))).message).toContain('contains itself');
    let deep: unknown = 1;
    for (let level = 0; level < 5_000; level++) deep = [deep];
    expect(refusal(Loose, loose(deep))).toMatch(/^PAYLOAD_NOT_EXACT \$\.value(\[0\]){63}$/);
    let wide: unknown = [1];
    for (let level = 0; level < 40; level++) wide = [wide, wide];
    expect(codeOf(() => createPayloadCodec(Loose, 'loose').serialize(loose(wide)))).toBe('PAYLOAD_TOO_LARGE');
  });

  it('refuses an Invalid Date that a stored text would become', () => {
    class Dated {
      @Expose({ name: 'on' })
      @Type(() => Date)
      at: unknown = null;
    }
    expect(codeAndPathOf(() => createPayloadCodec(Dated, 'dated').deserialize('{"on":"yesterday"}'))).toBe('PAYLOAD_UNREADABLE $.at');
  });

  it('lets @Type of Map, Set and primitives pass only where they come back as they were', () => {
    class Counted {
      @Type(() => Number)
      count: unknown = 0;
      @Type(() => String)
      tags: Set<string> = new Set();
      @Type(() => Number)
      byDay: Map<string, number> = new Map();
    }
    const counted = make(Counted, { count: 2, tags: new Set(['a', 'b']), byDay: new Map([['mon', 1]]) });
    expect(roundTrip(Counted, counted)).toStrictEqual(counted);
    expect(refusal(Counted, make(Counted, { count: '2' }))).toBe('PAYLOAD_NOT_EXACT $.count');
    expect(refusal(Counted, make(Counted, { byDay: new Map([['mon', '1' as unknown as number]]) }))).toBe('PAYLOAD_NOT_EXACT $.byDay');
  });

  it('looks at types that depend on the object', () => {
    class Flexible {
      kind = 'money';
      @Type((help) => ((help as unknown as { object: Flexible }).object.kind === 'money' ? Money : Line))
      value: unknown = null;
    }
    const flexible = make(Flexible, { value: new Money(1, 'EUR') });
    expect(roundTrip(Flexible, flexible)).toStrictEqual(flexible);
  });
});

describe('a copy of class-transformer that keeps its metadata elsewhere', () => {
  it('is found out when a codec is made, before decorators are overlooked', () => {
    jest.isolateModules(() => {
      const elsewhere = { ...jest.requireActual<object>('class-transformer'), Expose: () => () => undefined };
      jest.doMock('class-transformer', () => elsewhere);
      const split = jest.requireActual<{ createPayloadCodec: typeof createPayloadCodec }>('../../src/messages/payload-codec');
      jest.dontMock('class-transformer');
      expect(codeOf(() => split.createPayloadCodec(Money, 'money'))).toBe('CLASS_TRANSFORMER_SPLIT');
    });
  });
});
