import { EventspanError } from '../../errors/eventspan-error.js';
import type { Constructor } from '../constructor.js';
import type { EventDescription } from '../event-description.js';
import { describeEventClass } from '../event.decorator.js';
import { fieldsSchema } from './fields-schema.js';
import type { JsonSchema } from './json-schema.js';
import { reflectedSchema } from './reflected-schema.js';
import { messageOf } from '../../support/message-of.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/**
 * The JSON Schema (draft 2020-12) of an event's stored payload, from the best there is: `fields` of `@Event`; the Standard JSON Schema
 * of its `schema`; else what reflection shows, where fields whose type is not known are `{}` with a `$comment`.
 *
 * Throws `CLASS_NOT_DECORATED`, `SCHEMA_FAILED` where the vendor cannot say its schema as JSON Schema (`fields` helps).
 */
export function jsonSchemaOf(type: Constructor): JsonSchema {
  const description = describeEventClass(type);
  return { $schema: DIALECT, title: description.name, ...payloadSchema(description) };
}

function payloadSchema({ name, type, fields, schema }: EventDescription): JsonSchema {
  if (fields !== undefined) return fieldsSchema(fields, type.name);
  const offered = schema?.['~standard'].jsonSchema;
  if (offered === undefined) return reflectedSchema(type);
  try {
    return JSON.parse(JSON.stringify(offered.input({ target: 'draft-2020-12' }))) as JsonSchema;
  } catch (cause) {
    const reason = `it cannot be said as JSON Schema (${messageOf(cause)})`;
    throw new EventspanError('SCHEMA_FAILED', { event: name, reason }, { cause });
  }
}
