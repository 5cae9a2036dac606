import type { JsonSchema } from './json-schema.js';

/** A schema without references and combinations, with the references that led to it. */
export interface Choice {
  readonly schema: JsonSchema;
  readonly within: readonly string[];
}

/** Resolves `$ref`, `anyOf`, `oneOf`, `allOf` and lists of types into plain alternatives. */
export class SchemaChoices {
  constructor(private readonly root: JsonSchema) {}

  of({ schema, within }: Choice): readonly Choice[] {
    const { $ref, anyOf, oneOf, allOf, ...plain } = schema;
    const parts = [
      ...($ref === undefined ? [] : [this.follow($ref, within)]),
      ...[anyOf, oneOf].flatMap((list) => (list ? [list.flatMap((each) => this.of({ schema: each, within }))] : [])),
      ...(allOf ?? []).map((each) => this.of({ schema: each, within })),
    ];
    return parts.reduce<readonly Choice[]>(
      (all, more) => all.flatMap((one) => more.map((other) => both(one, other))),
      byType(plain, within),
    );
  }

  /** A type inside itself ends there, and so does a reference that leads nowhere known. */
  private follow(reference: string, within: readonly string[]): readonly Choice[] {
    const found = this.resolve(reference);
    if (found === undefined || within.includes(reference)) return [{ schema: { type: `ref ${reference}` }, within }];
    return this.of({ schema: found, within: [...within, reference] });
  }

  private resolve(reference: string): JsonSchema | undefined {
    if (reference === '#') return this.root;
    const name = reference.startsWith('#/$defs/') ? reference.slice('#/$defs/'.length) : '';
    return this.root.$defs?.[name];
  }
}

function byType(schema: JsonSchema, within: readonly string[]): readonly Choice[] {
  const { type } = schema;
  if (type === undefined || typeof type === 'string') return [{ schema, within }];
  return type.map((each) => ({ schema: { ...schema, type: each }, within }));
}

/** What holds to both. */
function both(one: Choice, other: Choice): Choice {
  const [a, b] = [one.schema, other.schema];
  const within = [...new Set([...one.within, ...other.within])];
  const required = [...(a.required ?? []), ...(b.required ?? [])];
  const properties = joined(a.properties, b.properties);
  return { schema: { ...a, ...b, ...(required.length > 0 && { required }), ...(properties && { properties }) }, within };
}

function joined(a: JsonSchema['properties'], b: JsonSchema['properties']): JsonSchema['properties'] {
  if (a === undefined || b === undefined) return a ?? b;
  const shared = Object.keys(b).filter((name) => Object.hasOwn(a, name));
  return { ...a, ...b, ...Object.fromEntries(shared.map((name) => [name, { allOf: [a[name] ?? {}, b[name] ?? {}] }])) };
}
