import { TYPE_UNKNOWN, type JsonSchema } from './json-schema.js';
import { SchemaChoices, type Choice } from './schema-choices.js';

/** Types by path: `items[].price` → `number`, `note` → `string?`. What is open to anything is `json`, what could not be found out `unknown`. */
export type FieldTypes = Readonly<Record<string, string>>;

/**
 * The fields of a payload's JSON Schema, one line each. Types are those of JSON, with a format (`string:date-time`), `a|b` for a choice,
 * `enum("a","b")`, and a question mark where the field may be absent, in all or in some alternatives. Bounds, patterns and descriptions are left out.
 */
export function flattenSchema(schema: JsonSchema): FieldTypes {
  const flattening = new Flattening(new SchemaChoices(schema));
  flattening.root(schema);
  return Object.fromEntries([...flattening.lines].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

class Flattening {
  readonly lines = new Map<string, string>();

  constructor(private readonly reader: SchemaChoices) {}

  root(schema: JsonSchema): void {
    this.inside(this.reader.of({ schema, within: [] }), '');
  }

  /** One line for what some alternatives have. */
  private field(parts: readonly Choice[], path: string, mark = ''): void {
    if (parts.length === 0) return;
    const choices = parts.flatMap((part) => this.reader.of(part));
    this.lines.set(path, [...new Set(choices.map(({ schema }) => typeName(schema)))].toSorted().join('|') + mark);
    this.inside(choices, path);
  }

  private inside(choices: readonly Choice[], path: string): void {
    this.properties(choices.filter(isObject), path);
    const tuple = Math.max(0, ...choices.map(({ schema }) => schema.prefixItems?.length ?? 0));
    for (let at = 0; at < tuple; at++)
      this.field(
        partsOf(choices, ({ prefixItems }) => prefixItems?.[at]),
        `${path}[${at}]`,
      );
    this.field(
      partsOf(choices, ({ items }) => items),
      `${path}[]`,
    );
    this.field(
      partsOf(choices, ({ additionalProperties }) => additionalProperties),
      `${path}{}`,
    );
  }

  private properties(objects: readonly Choice[], path: string): void {
    for (const name of new Set(objects.flatMap(({ schema }) => Object.keys(schema.properties ?? {})))) {
      const place = /^[A-Za-z_$][\w$-]*$/.test(name) ? name : JSON.stringify(name);
      const isRequired = objects.every(({ schema }) => schema.required?.includes(name) === true);
      const parts = partsOf(objects, ({ properties }) => own(properties, name));
      this.field(parts, path === '' ? place : `${path}.${place}`, isRequired ? '' : '?');
    }
  }
}

function partsOf(choices: readonly Choice[], part: (schema: JsonSchema) => unknown): readonly Choice[] {
  return choices.flatMap(({ schema, within }) => {
    const found = part(schema);
    return isSchema(found) ? [{ schema: found, within }] : [];
  });
}

function typeName(schema: JsonSchema): string {
  const { type, format, enum: values } = schema;
  if (values !== undefined)
    return `enum(${values
      .map((value) => JSON.stringify(value))
      .toSorted()
      .join(',')})`;
  if ('const' in schema) return `enum(${JSON.stringify(schema.const)})`;
  if (typeof type !== 'string') return schema.$comment === TYPE_UNKNOWN ? 'unknown' : 'json';
  return format !== undefined && type === 'string' ? `string:${format}` : type;
}

function isObject({ schema }: Choice): boolean {
  return schema.type === 'object' || schema.properties !== undefined;
}

function own(record: JsonSchema['properties'], name: string): JsonSchema | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function isSchema(schema: unknown): schema is JsonSchema {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema);
}
