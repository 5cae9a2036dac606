import 'reflect-metadata';
import { Type } from 'class-transformer';
import { Event, field, flattenSchema, jsonSchemaOf, type JsonSchema } from '../../src/index.js';
import { codeOf, errorOf } from '../messages/error-of.js';
import { constructorParameters } from '../../src/messages/schema/parameter-names.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

class Line {
  constructor(
    readonly product: string,
    readonly quantity: number,
  ) {}
}

class Node {
  @Type(() => Node)
  readonly children: Node[];
  constructor(
    readonly label: string,
    children: Node[] = [],
  ) {
    this.children = children;
  }
}

describe('the JSON Schema of an event class', () => {
  it('is what its fields say', () => {
    @Event('ordered', {
      fields: {
        id: 'string',
        at: 'date',
        note: 'string|null?',
        lines: [{ product: 'string', quantity: 'integer' }],
        status: field.oneOf('new', 'open'),
        counts: field.record('number'),
        extra: 'json',
      },
    })
    class Ordered {
      readonly note?: string | null;
      readonly counts: Readonly<Record<string, number>> = {};
      readonly extra: unknown;
      constructor(
        readonly id: string,
        readonly at: Date,
        readonly lines: readonly Line[],
        readonly status: 'new' | 'open',
      ) {}
    }
    expect(jsonSchemaOf(Ordered)).toEqual({
      $schema: DIALECT,
      title: 'ordered',
      type: 'object',
      properties: {
        id: { type: 'string' },
        at: { type: 'string', format: 'date-time' },
        note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        lines: {
          type: 'array',
          items: {
            type: 'object',
            properties: { product: { type: 'string' }, quantity: { type: 'integer' } },
            required: ['product', 'quantity'],
          },
        },
        status: { enum: ['new', 'open'] },
        counts: { type: 'object', additionalProperties: { type: 'number' } },
        extra: {},
      },
      required: ['id', 'at', 'lines', 'status', 'counts', 'extra'],
    });
    expect(flattenSchema(jsonSchemaOf(Ordered))).toEqual({
      at: 'string:date-time',
      counts: 'object',
      'counts{}': 'number',
      extra: 'json',
      id: 'string',
      lines: 'array',
      'lines[]': 'object',
      'lines[].product': 'string',
      'lines[].quantity': 'integer',
      note: 'null|string?',
      status: 'enum("new","open")',
    });
  });

  it('is what its Standard Schema offers, where it has no fields', () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'hand',
        validate: (value: unknown) => ({ value }),
        jsonSchema: { input: ({ target }: { target: string }): Record<string, unknown> => ({ type: 'object', $comment: target }) },
      },
    };
    @Event('offered', { schema })
    class Offered {}
    expect(jsonSchemaOf(Offered)).toEqual({ $schema: DIALECT, title: 'offered', type: 'object', $comment: 'draft-2020-12' });
    schema['~standard'].jsonSchema.input = () => {
      throw new Error('dates cannot be said');
    };
    expect(codeOf(() => jsonSchemaOf(Offered))).toBe('SCHEMA_FAILED');
  });

  it('is otherwise what reflection shows, and says what it does not know', () => {
    @Event('reflected')
    class Reflected {
      @Type(() => Line)
      readonly lines: Line[];
      @Type(() => Date)
      readonly at: Date;
      constructor(
        readonly id: string,
        readonly amount: number,
        lines: Line[],
        at: Date,
        readonly either: string | number,
        readonly isOpen: boolean = true,
        notAField: string = 'a, (b',
      ) {
        this.lines = lines;
        this.at = at;
        void notAField;
      }
    }
    expect(flattenSchema(jsonSchemaOf(Reflected))).toEqual({
      amount: 'number',
      at: 'string:date-time',
      either: 'unknown',
      id: 'string',
      isOpen: 'boolean?',
      lines: 'array',
      'lines[]': 'object',
      'lines[].product': expect.stringMatching(/^(string|unknown)$/),
      'lines[].quantity': expect.stringMatching(/^(number|unknown)$/),
    });
    expect(JSON.stringify(jsonSchemaOf(Reflected))).toContain('not known at run time');
  });

  it('has the fields that base classes set', () => {
    class Base {
      constructor(readonly id: string) {}
    }
    @Event('derived')
    class Derived extends Base {
      constructor(
        id: string,
        readonly amount: number,
      ) {
        super(id);
      }
    }
    @Event('inherited')
    class Inherited extends Derived {}
    expect(flattenSchema(jsonSchemaOf(Derived))).toEqual({ amount: 'number', id: 'unknown' });
    expect(flattenSchema(jsonSchemaOf(Inherited))).toEqual({ amount: 'number', id: 'unknown' });
  });

  it('refers to a class inside itself', () => {
    @Event('tree')
    class Tree {
      @Type(() => Node)
      readonly root: Node;
      constructor(root: Node) {
        this.root = root;
      }
    }
    const schema: JsonSchema = jsonSchemaOf(Tree);
    expect(schema.$defs?.['Node']?.properties?.['children']).toEqual({ type: 'array', items: { $ref: '#/$defs/Node' } });
    expect(flattenSchema(schema)['root.children[].children[]']).toBe('ref #/$defs/Node');
  });

  it('is refused for fields that no notation says, with the path', () => {
    const define = (fields: object) => () => Event('bad', { fields: fields as never })(class Bad {} as never);
    for (const [fields, path] of [
      [{ a: 'text' }, 'fields.a'],
      [{ a: [] }, 'fields.a'],
      [{ a: ['string', 'string'] }, 'fields.a'],
      [{ a: { b: null } }, 'fields.a.b'],
    ] as const) {
      const error = errorOf(define(fields));
      expect([error.code, error.details['option']]).toEqual(['EVENT_SCHEMA_INVALID', path]);
    }
  });
});

describe('the fields of a JSON Schema', () => {
  const object = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
  });
  const text: JsonSchema = { type: 'string' };
  const whole: JsonSchema = { type: 'integer' };
  const either = [object({ kind: { const: 'a' }, x: text }), object({ kind: { const: 'b' }, x: whole, y: text })];
  const joined = { kind: 'enum("a")|enum("b")', x: 'integer|string', y: 'string?' };

  it.each<[string, JsonSchema, object]>([
    ['alternatives', { anyOf: either }, joined],
    ['alternatives in another order', { oneOf: either.toReversed() }, joined],
    ['parts that all hold', { allOf: [object({ x: text }), { anyOf: [object({ y: whole })] }] }, { x: 'string', y: 'integer' }],
    ['a reference', { $ref: '#/$defs/E', $defs: { E: object({ x: text }) } }, { x: 'string' }],
    ['a reference into nothing', object({ x: { $ref: 'other.json' } }), { x: 'ref other.json' }],
    ['itself', object({ x: { $ref: '#' } }), { x: 'object', 'x.x': 'ref #' }],
    ['a tuple', object({ x: { type: 'array', prefixItems: [text, whole] } }), { x: 'array', 'x[0]': 'string', 'x[1]': 'integer' }],
    ['alternatives inside a field', object({ f: { oneOf: [text, object({ x: whole })] } }), { f: 'object|string', 'f.x': 'integer' }],
  ])('made of %s are all seen', (_, schema, wanted) => {
    expect(flattenSchema(schema)).toEqual(wanted);
  });
});

describe('the parameters of a constructor', () => {
  it.each([
    ['class A { constructor(a, b = ")", { c }, ...d) {} }', ['a', 'b=', '?', '?']],
    ['class A { x = 1 }', []],
    ['class A { constructor() {} }', []],
    ['class A { constructor(/* one, two */ a, b = f([1, 2], `${x}`)) {} }', ['a', 'b=']],
    ['function A(a, b) { this.a = a; }', ['a', 'b']],
  ])('of %s are read', (source, wanted) => {
    expect(constructorParameters(source).map(({ name, hasDefault }) => `${name ?? '?'}${hasDefault ? '=' : ''}`)).toEqual(wanted);
  });
});
