import * as v from 'valibot';
import { z } from 'zod';
import { createEventRegistry, Event, flattenSchema, jsonSchemaOf } from '../../src/index.js';
import { errorOf } from '../messages/error-of.js';

const zodSchema = z.object({
  number: z.string().min(1),
  cents: z.int().positive(),
  note: z.string().optional(),
  lines: z.array(z.object({ product: z.string() })),
});

const valibotSchema = v.object({
  number: v.pipe(v.string(), v.minLength(1)),
  cents: v.pipe(v.number(), v.integer(), v.minValue(1)),
  note: v.optional(v.string()),
  lines: v.array(v.object({ product: v.string() })),
});

class Invoice {
  readonly note?: string;
  constructor(
    readonly number: string,
    readonly cents: number,
    readonly lines: readonly { readonly product: string }[],
  ) {}
}

@Event('invoice.of.zod', { schema: zodSchema, validate: 'both' })
class OfZod extends Invoice {}

@Event('invoice.of.valibot', { schema: valibotSchema, validate: 'both' })
class OfValibot extends Invoice {}

describe.each([
  ['zod', OfZod],
  ['Valibot', OfValibot],
])('a schema of %s', (_, Type) => {
  const registry = createEventRegistry([Type]);
  const good = new Type('R-1', 5, [{ product: 'tea' }]);

  it('lets a payload that fits pass, unchanged, in both directions', () => {
    const { type, data } = registry.serialize(good);
    expect(JSON.parse(data)).toEqual({ number: 'R-1', cents: 5, lines: [{ product: 'tea' }] });
    expect(registry.deserialize({ type, data })).toEqual(good);
  });

  it('refuses one that does not, with the paths of all that is wrong', () => {
    const bad = new Type('', -1, [{ product: 7 as unknown as string }]);
    const error = errorOf(() => registry.serialize(bad));
    expect(error.code).toBe('PAYLOAD_REFUSED');
    expect(error.details['issues']).toMatch(/\$\.number: .+; \$\.cents: .+; \$\.lines\[0\]\.product: /);
    const stored = { type: registry.serialize(good).type, data: '{"number":"R-1","cents":5}' };
    expect(errorOf(() => registry.deserialize(stored)).details['issues']).toMatch(/^\$\.lines: /);
  });

  it('refuses fields that it would strip, instead of losing them', () => {
    const more = Object.assign(new Type('R-1', 5, []), { extra: 1 });
    expect(errorOf(() => registry.serialize(more)).code).toBe('PAYLOAD_REFUSED');
  });
});

it('zod says its schema as JSON Schema', () => {
  expect(flattenSchema(jsonSchemaOf(OfZod))).toEqual({
    cents: 'integer',
    lines: 'array',
    'lines[]': 'object',
    'lines[].product': 'string',
    note: 'string?',
    number: 'string',
  });
});
