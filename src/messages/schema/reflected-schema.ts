import type { Constructor } from '../constructor.js';
import { lineage, reachableShapes, type ClassShape } from '../payload/class-shape.js';
import { TYPE_UNKNOWN, type JsonSchema } from './json-schema.js';
import { assignsField, constructorParameters } from './parameter-names.js';

interface MetadataReader {
  readonly getMetadata?: (key: string, target: object, property?: string) => unknown;
}

const UNKNOWN: JsonSchema = { $comment: TYPE_UNKNOWN };
const PRIMITIVES: ReadonlyMap<unknown, JsonSchema> = new Map<unknown, JsonSchema>([
  [String, { type: 'string' }],
  [Number, { type: 'number' }],
  [Boolean, { type: 'boolean' }],
  [Date, { type: 'string', format: 'date-time' }],
]);

/**
 * What can be found out about a class at run time: constructor parameters that become fields, with the types that the compiler
 * emitted, and class-transformer's `@Type`. Fields that are set elsewhere are not seen. A class inside itself is a `$ref`.
 */
export function reflectedSchema(type: Constructor): JsonSchema {
  const reflection = new Reflection(reachableShapes(type));
  const schema = reflection.classSchema(type);
  return reflection.defs === undefined ? schema : { ...schema, $defs: reflection.defs };
}

class Reflection {
  private readonly within: Constructor[] = [];
  private readonly recursive = new Map<string, JsonSchema>();

  constructor(private readonly shapes: ReadonlyMap<Constructor, ClassShape>) {}

  get defs(): Readonly<Record<string, JsonSchema>> | undefined {
    return this.recursive.size === 0 ? undefined : Object.fromEntries(this.recursive);
  }

  classSchema(type: Constructor): JsonSchema {
    this.within.push(type);
    const schema = this.fieldsOf(type);
    this.within.pop();
    if (this.recursive.has(type.name)) this.recursive.set(type.name, schema);
    return schema;
  }

  private fieldsOf(type: Constructor): JsonSchema {
    const properties: Record<string, JsonSchema> = {};
    const required = new Set<string>();
    for (const { name, hasDefault, emitted } of lineage(type).toReversed().flatMap(assignedParameters)) {
      properties[name] = this.fieldSchema(type, name, emitted);
      if (hasDefault) required.delete(name);
      else required.add(name);
    }
    for (const name of this.shapes.get(type)?.fields.keys() ?? []) properties[name] ??= this.fieldSchema(type, name, undefined);
    return { type: 'object', properties, ...(required.size > 0 && { required: [...required] }) };
  }

  private fieldSchema(owner: Constructor, name: string, emitted: unknown): JsonSchema {
    const declared = this.shapes.get(owner)?.fields.get(name)?.type;
    if ((emitted ?? emittedType(owner, name)) === Array) return { type: 'array', items: declared ? this.typeSchema(declared) : UNKNOWN };
    return declared ? this.typeSchema(declared) : (PRIMITIVES.get(emitted) ?? UNKNOWN);
  }

  private typeSchema(type: Constructor): JsonSchema {
    const primitive = PRIMITIVES.get(type);
    if (primitive !== undefined) return primitive;
    if (!this.within.includes(type)) return this.classSchema(type);
    this.recursive.set(type.name, this.recursive.get(type.name) ?? {});
    return { $ref: `#/$defs/${type.name}` };
  }
}

interface AssignedParameter {
  readonly name: string;
  readonly hasDefault: boolean;
  readonly emitted: unknown;
}

/** Those of the class's own constructor that become fields; its bases have theirs. */
function assignedParameters(type: Constructor): readonly AssignedParameter[] {
  const emitted = emittedTypes(type);
  const source = Function.prototype.toString.call(type);
  return constructorParameters(source).flatMap(({ name, hasDefault }, at) =>
    name !== undefined && assignsField(source, name) ? [{ name, hasDefault, emitted: emitted?.[at] }] : [],
  );
}

/** Read through the global that reflect-metadata extends; without that library nothing was emitted. */
function emittedTypes(type: Constructor): readonly unknown[] | undefined {
  const types = (Reflect as MetadataReader).getMetadata?.('design:paramtypes', type);
  return Array.isArray(types) ? types : undefined;
}

/** Of a decorated field. */
function emittedType(owner: Constructor, name: string): unknown {
  return (Reflect as MetadataReader).getMetadata?.('design:type', owner.prototype as object, name);
}
