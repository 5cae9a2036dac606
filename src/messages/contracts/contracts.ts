import { EventspanError } from '../../errors/eventspan-error.js';
import type { Constructor } from '../constructor.js';
import { describeEventClass } from '../event.decorator.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { jsonSchemaOf } from '../schema/json-schema-of.js';

/** The newest format that is read and the one that is written. */
export const CONTRACTS_FORMAT = 1;

/** What a service promises of one event that it publishes. */
export interface EventContract {
  readonly version: number;
  /** JSON Schema, draft 2020-12, of the payload. */
  readonly schema: JsonSchema;
}

/** The events that a service publishes. Plain data: the same code gives the same JSON. */
export interface Contracts {
  readonly format: typeof CONTRACTS_FORMAT;
  readonly service: string;
  /** By wire name, sorted. */
  readonly events: Readonly<Record<string, EventContract>>;
}

/**
 * The contracts of event classes that are published: name, version and JSON Schema of each. Fields whose type is not known at run time have a
 * schema that says so; consumers that read them cannot be verified. Throws `CLASS_NOT_DECORATED`, `CONTRACT_DUPLICATE`, `SCHEMA_FAILED`.
 */
export function contractsOf(events: readonly Constructor[], { service }: { readonly service: string }): Contracts {
  const found = new Map<string, { readonly type: Constructor; readonly contract: EventContract }>();
  for (const type of new Set(events)) {
    const { name, version } = describeEventClass(type);
    const other = found.get(name);
    if (other !== undefined) throw new EventspanError('CONTRACT_DUPLICATE', { event: name, first: other.type.name, second: type.name });
    found.set(name, { type, contract: { version, schema: sorted(jsonSchemaOf(type)) as JsonSchema } });
  }
  const entries = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, { contract }]) => [name, contract] as const);
  return { format: CONTRACTS_FORMAT, service, events: Object.fromEntries(entries) };
}

/** The text of a file of contracts or expectations: the same bytes for the same content. */
export function formatContracts(contracts: object): string {
  return `${JSON.stringify(contracts, undefined, 2)}\n`;
}

/** Names of members in order, and lists whose order means nothing: so that moving a field in a class is no change. */
export function sorted(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    const items: unknown[] = value.map((item) => sorted(item));
    return name === 'required' && items.every((item) => typeof item === 'string') ? items.toSorted() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member, key)]));
}
