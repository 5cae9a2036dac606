import { EventspanError } from '../../errors/eventspan-error.js';
import type { Constructor } from '../constructor.js';
import { describeEventClass } from '../event.decorator.js';
import { TYPE_UNKNOWN, type JsonSchema } from '../schema/json-schema.js';
import { jsonSchemaOf } from '../schema/json-schema-of.js';

/** An Avro schema as plain data, as far as events need one. */
export type AvroSchema = string | AvroRecord | AvroArray | AvroMap | readonly AvroSchema[];

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly fields: readonly AvroField[];
}

export interface AvroArray {
  readonly type: 'array';
  readonly items: AvroSchema;
}

export interface AvroMap {
  readonly type: 'map';
  readonly values: AvroSchema;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  /** Null, of a field that may be absent. */
  readonly default?: null;
}

const NAME = /^[A-Za-z_]\w*$/;
const SCALARS: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['number', 'double'],
  ['integer', 'long'],
  ['boolean', 'boolean'],
]);
const DEFINITIONS = '#/$defs/';

/**
 * The Avro schema of a published event, made of its JSON Schema: objects become records, objects with free keys maps, whole numbers `long`, other
 * numbers `double`, dates and choices of texts `string`. A field that may be null is a union with null; one that may be absent too, with the
 * default null, for Avro does not tell absence from null. Records are named by the event and the path, as `order.placed` and `order.placed_lines`.
 *
 * Throws `AVRO_UNSUPPORTED` with the path for what Avro cannot say: `json`, a type that is not known, other unions, tuples, names with other
 * characters than letters, digits and underscores. Throws as `jsonSchemaOf`.
 */
export function avroSchemaOf(type: Constructor): AvroRecord {
  return new AvroWriter(describeEventClass(type).name, jsonSchemaOf(type)).root();
}

class AvroWriter {
  /** Records by the reference that led to them; written once, and then named. */
  private readonly written = new Map<string, string>();
  private readonly names = new Set<string>();

  constructor(
    private readonly event: string,
    private readonly schema: JsonSchema,
  ) {}

  root(): AvroRecord {
    const parts = this.event.split('.').map((part) => part.replaceAll('-', '_'));
    if (!parts.every((part) => NAME.test(part))) throw this.unsupported('', 'has a name that Avro does not take');
    const namespace = parts.slice(0, -1).join('.');
    const name = parts.at(-1) as string;
    if (!isRecord(this.schema)) throw this.unsupported('', 'is no object with fields');
    this.written.set('#', name);
    this.names.add(name);
    const { fields } = this.record(this.schema, { path: '', name });
    return { type: 'record', name, ...(namespace !== '' && { namespace }), fields };
  }

  private record({ properties = {}, required = [] }: JsonSchema, { path, name }: Place): AvroRecord {
    const fields = Object.entries(properties).map(([field, schema]): AvroField => {
      const place = { path: `${path}.${field}`, name: `${name}_${field}` };
      if (!NAME.test(field)) throw this.unsupported(place.path, 'has a name that Avro does not take');
      const type = this.typeOf(schema, place);
      return required.includes(field) ? { name: field, type } : { name: field, type: orNull(type), default: null };
    });
    return { type: 'record', name, fields };
  }

  private typeOf(schema: JsonSchema, place: Place): AvroSchema {
    const { $ref, enum: values, type } = schema;
    if ($ref !== undefined) return this.referred($ref, place);
    const choices = choicesOf(schema);
    if (choices !== undefined) return this.union(choices, place);
    if (values !== undefined || 'const' in schema) return this.enumeration(values ?? [schema['const']], place);
    if (Array.isArray(type))
      return this.union(
        type.map((each) => ({ ...schema, type: each as string })),
        place,
      );
    const scalar = SCALARS.get(String(type));
    if (scalar !== undefined) return scalar;
    return this.composed(schema, place);
  }

  private composed(schema: JsonSchema, place: Place): AvroSchema {
    if (schema.allOf !== undefined || schema.prefixItems !== undefined) throw this.unsupported(place.path, 'is a combination or a tuple');
    if (schema.type === 'array') return { type: 'array', items: this.typeOf(schema.items ?? {}, { ...place, path: `${place.path}[]` }) };
    if (isRecord(schema)) return this.record(schema, { ...place, name: this.unique(place.name) });
    const { additionalProperties: values } = schema;
    if (schema.type === 'object' && typeof values === 'object') {
      return { type: 'map', values: this.typeOf(values, { ...place, path: `${place.path}{}` }) };
    }
    throw this.unsupported(place.path, schema.$comment === TYPE_UNKNOWN ? 'has a type that is not known' : 'may be anything');
  }

  /** Null and one other type. */
  private union(choices: readonly JsonSchema[], place: Place): AvroSchema {
    const others = choices.filter(({ type }) => type !== 'null');
    const [only] = others;
    if (only === undefined || others.length > 1) throw this.unsupported(place.path, 'is a choice of several types');
    return others.length === choices.length ? this.typeOf(only, place) : orNull(this.typeOf(only, place));
  }

  /** Avro's own enums cannot have a value more without every reader knowing it. */
  private enumeration(values: readonly unknown[], { path }: Place): AvroSchema {
    if (values.length > 0 && values.every((value) => typeof value === 'string')) return 'string';
    if (values.length > 0 && values.every((value) => Number.isSafeInteger(value))) return 'long';
    if (values.length > 0 && values.every((value) => typeof value === 'number')) return 'double';
    throw this.unsupported(path, 'is a choice of values of several types');
  }

  private referred($ref: string, place: Place): AvroSchema {
    const known = this.written.get($ref);
    if (known !== undefined) return known;
    const found = $ref.startsWith(DEFINITIONS) ? this.schema.$defs?.[$ref.slice(DEFINITIONS.length)] : undefined;
    if (found === undefined) throw this.unsupported(place.path, `refers to ${$ref}, which is not there`);
    if (!isRecord(found)) return this.typeOf(found, place);
    const name = this.unique(place.name);
    this.written.set($ref, name);
    return this.record(found, { ...place, name });
  }

  /** `a_b` of `a.b` and of a field `a_b` are two. */
  private unique(wanted: string): string {
    let name = wanted;
    while (this.names.has(name)) name += '_';
    this.names.add(name);
    return name;
  }

  private unsupported(path: string, reason: string): EventspanError {
    return new EventspanError('AVRO_UNSUPPORTED', { event: this.event, path: `$${path}`, reason });
  }
}

/** Where a type stands, and what a record there is called. */
interface Place {
  readonly path: string;
  readonly name: string;
}

function isRecord({ type, properties, additionalProperties }: JsonSchema): boolean {
  return (type === 'object' || type === undefined) && properties !== undefined && typeof additionalProperties !== 'object';
}

function choicesOf({ anyOf, oneOf }: JsonSchema): readonly JsonSchema[] | undefined {
  return anyOf ?? oneOf;
}

function orNull(type: AvroSchema): AvroSchema {
  return isUnion(type) ? type : ['null', type];
}

function isUnion(type: AvroSchema): type is readonly AvroSchema[] {
  return Array.isArray(type);
}
