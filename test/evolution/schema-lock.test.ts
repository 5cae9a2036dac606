import fc from 'fast-check';
import {
  appSchemaOf,
  compareSchemas,
  describeAppSchema,
  Event,
  formatSchemaLock,
  inProcess,
  memory,
  parseSchemaLock,
  upcast,
  type AppSchema,
  type EventSchema,
  type SchemaChange,
} from '../../src/index.js';
import { codeOf } from '../messages/error-of.js';
import { Order, OrderFacts, UPCASTERS } from './order-history.js';

const FIELD_TYPES = [
  'string',
  'integer',
  'number',
  'boolean',
  'json',
  'array',
  'string:date-time',
  'null|string',
  'enum("a","b")',
  'unknown',
];

const fieldsArbitrary = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,3}$/),
  fc.tuple(fc.constantFrom(...FIELD_TYPES), fc.boolean()).map(([type, isOptional]) => type + (isOptional ? '?' : '')),
  { maxKeys: 5 },
);
const eventArbitrary: fc.Arbitrary<EventSchema> = fc
  .record({
    className: fc.constant('Sample'),
    version: fc.integer({ min: 2, max: 4 }),
    oldestVersion: fc.constant(1),
    aliases: fc.constant([]),
    fields: fieldsArbitrary,
  })
  .map((event) => ({ ...event, writeVersion: event.version }));

/** Complete chains, for the events of the code and for names without class. */
const schemaArbitrary: fc.Arbitrary<AppSchema> = fc
  .dictionary(fc.stringMatching(/^[a-z]\.[a-z]{1,2}$/), eventArbitrary, { minKeys: 1, maxKeys: 4 })
  .map((events) => {
    const steps = Object.entries(events).flatMap(([name, { version }]) =>
      Array.from({ length: version - 1 }, (_, at) => [`${name}@${at + 1}`, 'changes'] as const),
    );
    return { app: 'shop', events, retired: { 'z.gone': [1] }, upcasters: new Map([...steps, ['z.gone@1', 'changes'] as const]) };
  });

function alter(schema: AppSchema, change: (event: EventSchema) => Partial<EventSchema>): readonly [AppSchema, string] {
  const [name, event] = Object.entries(schema.events)[0] as [string, EventSchema];
  return [{ ...schema, events: { ...schema.events, [name]: { ...event, ...change(event) } } }, name];
}

function without<V>(record: Readonly<Record<string, V>>, name: string): Record<string, V> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

const kindsOf = (changes: readonly SchemaChange[], level: SchemaChange['level']) =>
  changes.filter((change) => change.level === level).map(({ kind, event, field }) => [kind, event, ...(field ? [field] : [])].join(' '));

describe('comparing the code with its lock', () => {
  it('finds nothing where nothing changed, and the lock is read back as it was written, the same bytes in whatever order', () => {
    fc.assert(
      fc.property(schemaArbitrary, (schema) => {
        expect(compareSchemas(schema, schema)).toEqual([]);
        const text = formatSchemaLock(schema);
        const lock = parseSchemaLock(text, { file: 'f', app: 'shop' });
        expect(compareSchemas(lock, schema)).toEqual([]);
        expect(formatSchemaLock(lock)).toBe(text);
        const turned = { ...schema, events: Object.fromEntries(Object.entries(schema.events).toReversed()) };
        expect(formatSchemaLock(turned)).toBe(text);
      }),
    );
  });

  const mutations: readonly (readonly [string, string, (schema: AppSchema) => readonly [AppSchema, string]])[] = [
    ['a required field removed', 'field-removed', (s) => alter(s, () => ({ fields: {} }))],
    ['a field retyped', 'field-retyped', (s) => alter(s, ({ fields }) => ({ fields: { ...fields, req: 'boolean' } }))],
    ['a field narrowed', 'field-narrowed', (s) => alter(s, ({ fields }) => ({ fields: { ...fields, num: 'integer' } }))],
    ['a new required field', 'field-added', (s) => alter(s, ({ fields }) => ({ fields: { ...fields, brandnew: 'string' } }))],
    ['an optional field required', 'field-required', (s) => alter(s, ({ fields }) => ({ fields: { ...fields, opt: 'string' } }))],
    ['the version lowered', 'version-lowered', (s) => alter(s, ({ version }) => ({ version: version - 1 }))],
    ['the version raised without upcaster', 'upcaster-missing', (s) => alter(s, ({ version }) => ({ version: version + 1 }))],
    [
      'an event removed',
      'event-removed',
      (s) => {
        const name = Object.keys(s.events)[0] as string;
        return [{ ...s, events: without(s.events, name), upcasters: new Map() }, name];
      },
    ],
    [
      'an event renamed without alias',
      'event-renamed',
      (s) => {
        const [name, event] = Object.entries(s.events)[0] as [string, EventSchema];
        return [{ ...s, events: { ...without(s.events, name), 'new.name': event }, upcasters: new Map() }, name];
      },
    ],
    [
      'the upcaster of a name without class removed',
      'event-removed',
      (s) => [{ ...s, upcasters: new Map([...s.upcasters].filter(([key]) => key !== 'z.gone@1')) }, 'z.gone'],
    ],
    [
      'an upcaster of an older version removed',
      'upcaster-missing',
      (s) => {
        const name = Object.keys(s.events)[0] as string;
        return [{ ...s, upcasters: new Map([...s.upcasters].filter(([key]) => key !== `${name}@1`)) }, name];
      },
    ],
  ];

  it.each(mutations)('finds %s, whatever the schema', (_, kind, mutate) => {
    fc.assert(
      fc.property(schemaArbitrary, (random) => {
        const [schema] = alter(random, ({ fields }) => ({ fields: { ...fields, req: 'string', num: 'number', opt: 'string?' } }));
        const [mutated, event] = mutate(schema);
        const found = compareSchemas(schema, mutated).filter(({ level }) => level === 'incompatible');
        expect(found.map((change) => [change.kind, change.event])).toContainEqual([kind, event]);
        expect(found.every(({ fix }) => fix !== undefined)).toBe(true);
      }),
    );
  });

  const shop = (fields: EventSchema['fields'], more: Partial<EventSchema> = {}): AppSchema => ({
    app: 'shop',
    events: { ordered: { className: 'Ordered', version: 1, oldestVersion: 1, writeVersion: 1, aliases: [], fields, ...more } },
    retired: {},
    upcasters: new Map(),
  });

  it.each([
    ['number', 'json', 'warning field-widened'],
    ['integer', 'number', 'warning field-widened'],
    ['enum("a")', 'enum("a","b")', 'warning field-widened'],
    ['enum("a","|,b")', 'string', 'warning field-widened'],
    ['string', 'null|string', 'warning field-widened'],
    ['string', 'string?', 'warning field-optional'],
    ['unknown', 'string', 'warning field-unknown'],
    ['null|string', 'string', 'incompatible field-narrowed'],
    ['enum(true)', 'boolean', 'warning field-widened'],
    ['enum("a",null)', 'null|string', 'warning field-widened'],
    ['enum("a","b")', 'enum("a")', 'incompatible field-narrowed'],
    ['string', 'string:date-time', 'incompatible field-narrowed'],
    ['string', 'integer', 'incompatible field-retyped'],
    ['enum("a")', 'enum("b")', 'incompatible field-retyped'],
  ])('judges %s that becomes %s: %s', (before, after, wanted) => {
    const changes = compareSchemas(shop({ f: before }), shop({ f: after }));
    expect(changes.map(({ level, kind }) => `${level} ${kind}`)).toEqual([wanted]);
  });

  it('says of a field what happened to it, and nothing of what was inside', () => {
    const before = shop({ total: 'object', 'total.amount': 'integer', 'total.currency': 'string' });
    expect(kindsOf(compareSchemas(before, shop({ total: 'string' })), 'incompatible')).toEqual(['field-retyped ordered total']);
    expect(kindsOf(compareSchemas(before, shop({})), 'incompatible')).toEqual(['field-removed ordered total']);
  });

  it('lets a raised version change the fields where an upcaster does, and not where it says unchanged', () => {
    const after = (upcaster: 'changes' | 'unchanged'): AppSchema => ({
      ...shop({ g: 'string' }, { version: 2, writeVersion: 2 }),
      upcasters: new Map([['ordered@1', upcaster]]),
    });
    expect(kindsOf(compareSchemas(shop({ f: 'string' }), after('changes')), 'incompatible')).toEqual([]);
    expect(kindsOf(compareSchemas(shop({ f: 'string' }), after('changes')), 'warning')).toEqual(['version-raised ordered']);
    expect(kindsOf(compareSchemas(shop({ f: 'string' }), after('unchanged')), 'incompatible')).toEqual([
      'field-removed ordered f',
      'field-added ordered g',
    ]);
  });

  it('finds nothing to fear in an older version that is still written, and in an alias', () => {
    const raised = { ...shop({ g: 'string' }, { version: 2, writeVersion: 1 }), upcasters: new Map([['ordered@1', 'changes' as const]]) };
    expect(kindsOf(compareSchemas(shop({ f: 'string' }), raised), 'compatible')).toEqual(['version-raised ordered']);
    const { ordered } = shop({ f: 'string' }).events;
    const renamed = { ...shop({}), events: { placed: { ...(ordered as EventSchema), aliases: ['ordered'] } } };
    const changes = compareSchemas(shop({ f: 'string' }), renamed);
    expect(changes.map(({ level, kind }) => `${level} ${kind}`)).toEqual(['warning event-renamed']);
  });
});

describe('a schema lock', () => {
  const lock = formatSchemaLock({
    app: 'shop',
    events: { ordered: { version: 1, oldestVersion: 1, aliases: [], fields: { id: 'string', note: 'string?' } } },
    retired: { 'order.viewed': [1, 2] },
  });
  const parse = (text: string, app = 'shop') => codeOf(() => parseSchemaLock(text, { file: 'events.lock.json', app }));

  it('has a line a field', () => {
    expect(lock.split('\n')).toEqual(
      expect.arrayContaining(['        "id": "string",', '        "note": "string?"', '    "order.viewed": [1, 2]']),
    );
  });

  it.each([
    ['no JSON', '{', 'SCHEMA_LOCK_INVALID'],
    ['null', 'null', 'SCHEMA_LOCK_INVALID'],
    ['another document', '{"format":1}', 'SCHEMA_LOCK_INVALID'],
    ['an entry that was changed by hand', lock.replace('"string?"', '"integer?"'), 'SCHEMA_LOCK_INVALID'],
    ['an entry without versions', lock.replace('"version": 1', '"version": 0'), 'SCHEMA_LOCK_INVALID'],
    ['a newer format', lock.replace('"format": 1', '"format": 2'), 'SCHEMA_LOCK_NEWER'],
    ['a newer format of another shape', '{"format":2,"app":"shop"}', 'SCHEMA_LOCK_NEWER'],
    ['format 0', lock.replace('"format": 1', '"format": 0'), 'SCHEMA_LOCK_INVALID'],
  ])('with %s is refused', (_, text, code) => {
    expect(parse(text)).toBe(code);
  });

  it('keeps texts that look like its own lists, at once', () => {
    const fields = { a: `enum(${JSON.stringify('[ 1,  2 ]')})`, b: `enum(${JSON.stringify(`[${'1'.repeat(60)}`)})` };
    const events = { ordered: { version: 1, oldestVersion: 1, aliases: [], fields } };
    const written = formatSchemaLock({ app: 'shop', events, retired: {} });
    expect(parseSchemaLock(written, { file: 'f', app: 'shop' }).events['ordered']?.fields).toEqual(fields);
  });

  it('of another application is refused', () => {
    expect(parse(lock, 'bank')).toBe('SCHEMA_LOCK_FOREIGN');
  });

  it('is made of all that an application stores and reads', () => {
    const options = {
      name: 'orders',
      store: memory(),
      transport: inProcess(),
      aggregates: [Order],
      projectors: [OrderFacts],
      upcasters: UPCASTERS,
    };
    const schema = appSchemaOf(options);
    expect([schema.app, Object.keys(schema.events).toSorted()]).toEqual([
      'orders',
      ['order.address-set', 'order.line-set', 'order.note-added', 'order.placed'],
    ]);
    expect(Object.keys(schema.retired).toSorted()).toEqual([
      'order.city-set',
      'order.lines-changed',
      'order.remark',
      'order.street-set',
      'order.viewed',
    ]);
    expect(kindsOf(compareSchemas(schema, appSchemaOf({ ...options, upcasters: UPCASTERS.slice(0, 2) })), 'incompatible')).toHaveLength(5);
  });

  it('compares classes by their fields, and gives the code of the upcaster that is missing', () => {
    @Event('measured', { fields: { size: 'string' } })
    class Measured {
      constructor(readonly size: string) {}
    }
    @Event('measured', { fields: { size: 'integer' } })
    class Retyped {
      constructor(readonly size: number) {}
    }
    @Event('measured', { version: 2, fields: { size: 'integer' } })
    class Raised {
      constructor(readonly size: number) {}
    }
    const before = describeAppSchema('a', [Measured], []);
    expect(kindsOf(compareSchemas(before, describeAppSchema('a', [Retyped], [])), 'incompatible')).toEqual(['field-retyped measured size']);
    expect(compareSchemas(before, describeAppSchema('a', [Raised], []))[0]?.fix).toContain('upcast(Raised, { from: 1 }');
    const upcaster = upcast(Raised, { from: 1 }, ({ size }: Measured) => ({ size: Number(size) }));
    expect(kindsOf(compareSchemas(before, describeAppSchema('a', [Raised], [upcaster])), 'incompatible')).toEqual([]);
  });
});
