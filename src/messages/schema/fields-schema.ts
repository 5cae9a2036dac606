import { EventspanError } from '../../errors/eventspan-error.js';
import { FIELD, type FieldNotation, type FieldNotations } from './field-notation.js';
import type { JsonSchema } from './json-schema.js';

const SCALARS: ReadonlyMap<string, JsonSchema> = new Map<string, JsonSchema>([
  ['string', { type: 'string' }],
  ['number', { type: 'number' }],
  ['integer', { type: 'integer' }],
  ['boolean', { type: 'boolean' }],
  ['date', { type: 'string', format: 'date-time' }],
  ['json', {}],
]);

/** The JSON Schema that a field notation stands for. Throws `EVENT_SCHEMA_INVALID`, with the path; `owner` is the class. */
export function fieldsSchema(fields: FieldNotations, owner: string): JsonSchema {
  return new FieldReader(owner).object(fields, '');
}

class FieldReader {
  constructor(private readonly owner: string) {}

  object(fields: FieldNotations, path: string): JsonSchema {
    if (typeof fields !== 'object' || fields === null) throw this.invalid(path, `is ${String(fields)}`);
    const names = Object.keys(fields);
    const properties = Object.fromEntries(names.map((name) => [name, this.field(fields[name], `${path}.${name}`)]));
    const required = names.filter((name) => !isOptional(fields[name]));
    return { type: 'object', properties, ...(required.length > 0 && { required }) };
  }

  private field(notation: unknown, path: string): JsonSchema {
    if (typeof notation === 'string') return this.scalar(notation, path);
    if (Array.isArray(notation)) return this.array(notation, path);
    if (typeof notation === 'object' && notation !== null && FIELD in notation) return this.made(notation as Made, path);
    return this.object(notation as FieldNotations, path);
  }

  private scalar(notation: string, path: string): JsonSchema {
    const [, name = '', nullable] = /^(\w+)(\|null)?\??$/.exec(notation) ?? [];
    const schema = SCALARS.get(name);
    if (schema === undefined) throw this.invalid(path, `is '${notation}', and a scalar is one of ${[...SCALARS.keys()].join(', ')}`);
    return nullable === undefined ? schema : orNull(schema);
  }

  private array(notation: readonly unknown[], path: string): JsonSchema {
    if (notation.length !== 1) throw this.invalid(path, `is an array of ${notation.length}, and [item] has one`);
    return { type: 'array', items: this.field(notation[0], `${path}[]`) };
  }

  private made(notation: Made, path: string): JsonSchema {
    switch (notation[FIELD]) {
      case 'optional':
        return this.field(notation.of, path);
      case 'nullable':
        return orNull(this.field(notation.of, path));
      case 'record':
        return { type: 'object', additionalProperties: this.field(notation.of, `${path}{}`) };
      case 'oneOf':
        return { enum: notation.values ?? [] };
      default:
        throw this.invalid(path, 'was made by another version of field');
    }
  }

  private invalid(path: string, reason: string): EventspanError {
    return new EventspanError('EVENT_SCHEMA_INVALID', { className: this.owner, option: `fields${path}`, reason });
  }
}

interface Made {
  readonly [FIELD]: string;
  readonly of?: FieldNotation;
  readonly values?: readonly unknown[];
}

function isOptional(notation: unknown): boolean {
  if (typeof notation === 'string') return notation.endsWith('?');
  return typeof notation === 'object' && notation !== null && FIELD in notation && notation[FIELD] === 'optional';
}

function orNull(schema: JsonSchema): JsonSchema {
  if (Object.keys(schema).length === 0) return schema;
  return { anyOf: [schema, { type: 'null' }] };
}
