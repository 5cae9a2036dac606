import type { Constructor } from '../constructor.js';
import type { EventDescription } from '../event-description.js';
import { describeEventClass } from '../event.decorator.js';
import { ChainMap } from '../upcasting/chain-map.js';
import { listUpcasters } from '../upcasting/upcaster-notes.js';
import type { UpcasterSource } from '../upcasting/upcaster.js';
import { flattenSchema } from './flatten-schema.js';
import { jsonSchemaOf } from './json-schema-of.js';
import type { LockedEvent, SchemaLock } from './schema-lock.js';

/** An event as it is in the code. */
export interface EventSchema extends LockedEvent {
  readonly className: string;
  readonly writeVersion: number;
}

/** What the code of an application stores and can read; its events are what a lock would hold. */
export interface AppSchema extends SchemaLock {
  readonly events: Readonly<Record<string, EventSchema>>;
  /** Stored versions that upcasters take, as `order.placed@1`, and whether the payload stays as it is. */
  readonly upcasters: ReadonlyMap<string, 'changes' | 'unchanged'>;
}

/**
 * The schema of event classes and their upcasters, whether or not the chains are complete. Throws `CLASS_NOT_DECORATED`,
 * `UPCASTER_INVALID`, `UPCASTER_DUPLICATE`, `SCHEMA_FAILED`.
 */
export function describeAppSchema(app: string, classes: readonly Constructor[], upcasters: readonly UpcasterSource[]): AppSchema {
  const descriptions = [...new Set(classes)].map(describeEventClass);
  const chains = new ChainMap(descriptions, listUpcasters(upcasters));
  const steps = [...chains.steps].map(([key, { upcaster, from, into }]) => {
    const isSame = upcaster.kind === 'unchanged' && into.every(({ name }) => name === from.name);
    return [key, isSame ? 'unchanged' : 'changes'] as const;
  });
  const events = descriptions.map((description) => [description.name, eventSchemaOf(description)] as const);
  return { app, events: Object.fromEntries(events), retired: retiredNames(chains), upcasters: new Map(steps) };
}

function retiredNames(chains: ChainMap): Readonly<Record<string, readonly number[]>> {
  const versions = new Map<string, number[]>();
  for (const { from } of chains.steps.values()) {
    if (chains.classOf(from.name) === undefined) versions.set(from.name, [...(versions.get(from.name) ?? []), from.version]);
  }
  return Object.fromEntries([...versions].map(([name, found]) => [name, found.toSorted((a, b) => a - b)]));
}

function eventSchemaOf({ type, version, oldestVersion, writeVersion, aliases }: EventDescription): EventSchema {
  return { className: type.name, version, oldestVersion, writeVersion, aliases, fields: flattenSchema(jsonSchemaOf(type)) };
}
