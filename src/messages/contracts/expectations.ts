import { EventspanError } from '../../errors/eventspan-error.js';
import type { Constructor } from '../constructor.js';
import { describeEventClass } from '../event.decorator.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { jsonSchemaOf } from '../schema/json-schema-of.js';
import { CONTRACTS_FORMAT, sorted } from './contracts.js';

/** What a consumer reads of one event of another service. */
export interface Expectation {
  /** The wire name. */
  readonly type: string;
  /** Default: any. */
  readonly version?: number;
  /** JSON Schema of an object, or an event class: with those fields only that the consumer reads. */
  readonly fields: JsonSchema | Constructor;
}

/** What is expected: an {@link Expectation}, or the consumer's own `@Event` class of that name, whose version is the one it reads. */
export type ExpectationSource = Expectation | Constructor;

/** What a consumer reads, as plain data, fit for a file that the producer's tests read. */
export interface Expectations {
  readonly format: typeof CONTRACTS_FORMAT;
  readonly consumer: string;
  /** By wire name, sorted. */
  readonly events: Readonly<Record<string, { readonly version?: number; readonly schema: JsonSchema }>>;
}

/** The expectations of a consumer. Throws `CLASS_NOT_DECORATED`, `CONTRACT_DUPLICATE`, `SCHEMA_FAILED`. */
export function expectationsOf(expects: readonly ExpectationSource[], { consumer }: { readonly consumer: string }): Expectations {
  const events = new Map<string, Expectations['events'][string]>();
  for (const { type, version, fields } of expects.map(expectationOf)) {
    if (events.has(type)) throw new EventspanError('CONTRACT_DUPLICATE', { event: type, first: 'one expectation', second: 'another' });
    const schema = sorted(typeof fields === 'function' ? jsonSchemaOf(fields) : fields) as JsonSchema;
    events.set(type, { ...(version !== undefined && { version }), schema });
  }
  const entries = [...events].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { format: CONTRACTS_FORMAT, consumer, events: Object.fromEntries(entries) };
}

function expectationOf(source: ExpectationSource): Expectation {
  if (typeof source !== 'function') return source;
  const { name, version } = describeEventClass(source);
  return { type: name, version, fields: source };
}
