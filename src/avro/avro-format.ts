import type { Resolver, Schema, Type } from 'avsc';
import { EventspanError } from '../errors/eventspan-error.js';
import { cloudEventsBinary } from '../messaging/formats/cloud-events-binary.js';
import type { MessageFormat, ReceivedMessage } from '../messaging/incoming-message.js';
import { CONTENT_TYPE, JSON_TYPE } from '../messaging/message-attributes.js';
import { messageOf } from '../support/message-of.js';
import { loadAvsc } from './avro-library.js';
import { plainValue } from './plain-value.js';

export interface AvroFormatOptions {
  /** Avro schema that the consumer reads by, as an object or JSON text. */
  readonly schema: object | string;
  /**
   * What tells id, type and the rest of a message, once its body is JSON: `plainJson({...})` for what foreign systems send. Default: CloudEvents in
   * binary mode.
   */
  readonly format?: MessageFormat;
  /** Takes only messages of this schema, `projects/<project>/schemas/<id>`. Default: of any. */
  readonly schemaName?: string;
  /** Schemas that messages may be written by, by revision id; those of other revisions are read as if written by `schema`. */
  readonly revisions?: Readonly<Record<string, object | string>>;
}

const ENCODING = 'googclient_schemaencoding';
const SCHEMA_NAME = 'googclient_schemaname';
const REVISION = 'googclient_schemarevisionid';

/**
 * A format for the messages of Pub/Sub topics with an Avro schema, in both encodings (JSON and BINARY), for consumers of topics: the body becomes
 * JSON, and another format reads the rest. Nulls of fields with the default null are left out, so that an absent field is absent again; bytes
 * become base64 texts. Whole numbers beyond 2^53 cannot be read. Needs the package `avsc`.
 *
 * Throws `PACKAGE_MISSING`; `OPTION_INVALID` for a schema that is none. `decode` throws for a body that is not of its schema.
 */
export function avroFormat(options: AvroFormatOptions): MessageFormat {
  const { format = cloudEventsBinary, schemaName } = options;
  const reader = new AvroReader(options);
  return {
    name: `avro+${format.name}`,
    matches: (message) => {
      const { attributes } = message;
      if (attributes[ENCODING] !== 'JSON' && attributes[ENCODING] !== 'BINARY') return false;
      return (schemaName === undefined || attributes[SCHEMA_NAME] === schemaName) && format.matches(message);
    },
    decode: (message) => {
      const { bytes: _, ...rest } = message;
      const attributes = { ...rest.attributes, [CONTENT_TYPE]: JSON_TYPE };
      return format.decode({ ...rest, attributes, data: JSON.stringify(reader.read(message)) });
    },
  };
}

class AvroReader {
  private readonly type: Type;
  private readonly writers: ReadonlyMap<string, { readonly type: Type; readonly resolver: Resolver }>;

  constructor({ schema, revisions = {} }: Pick<AvroFormatOptions, 'schema' | 'revisions'>) {
    this.type = typeFor('schema', schema);
    const writers = Object.entries(revisions).map(([revision, written]) => {
      const path = `revisions.${revision}`;
      const type = typeFor(path, written);
      return [revision, { type, resolver: valid(path, written, () => this.type.createResolver(type)) }] as const;
    });
    this.writers = new Map(writers);
  }

  read({ attributes, data, bytes }: ReceivedMessage): unknown {
    const writer = this.writers.get(attributes[REVISION] ?? '');
    const isBinary = attributes[ENCODING] === 'BINARY';
    if (isBinary && bytes === undefined) throw new Error('its body is binary, and came as text');
    const body = bytes === undefined ? Buffer.from(data, 'utf8') : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (writer === undefined) return plainValue(this.type, isBinary ? this.type.fromBuffer(body) : fromJson(this.type, body));
    // Avro's resolution is defined on bytes.
    const written = isBinary ? body : writer.type.toBuffer(fromJson(writer.type, body));
    return plainValue(this.type, this.type.fromBuffer(written, writer.resolver));
  }
}

function fromJson(type: Type, body: Buffer): unknown {
  return type.fromString(body.toString('utf8')) as unknown;
}

function typeFor(path: string, schema: object | string): Type {
  const { Type: AvroType } = loadAvsc();
  return valid(path, schema, () => {
    const parsed = (typeof schema === 'string' ? JSON.parse(schema) : schema) as Schema;
    // Of a union one value is at hand, as in JSON; only where Avro could not tell which type it is of, it is wrapped.
    return AvroType.forSchema(parsed, { wrapUnions: 'auto' });
  });
}

function valid<T>(path: string, schema: object | string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const bound = `an Avro schema (${messageOf(cause)})`;
    throw new EventspanError('OPTION_INVALID', { path: `avroFormat.${path}`, value: schema, bound }, { cause });
  }
}
