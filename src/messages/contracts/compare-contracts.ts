import { compareFields, type FieldFinding } from '../schema/compare-fields.js';
import { splitMark } from '../schema/field-change.js';
import { flattenSchema, type FieldTypes } from '../schema/flatten-schema.js';
import type { Contracts } from './contracts.js';
import type { Expectations } from './expectations.js';

/** One thing that a consumer reads and a producer does not promise. */
export interface Disagreement {
  /**
   * `event-missing`: it is not published. `version`: another version is. `field-missing`: no event has the field. `field-not-promised`: some events
   * have none, and the consumer needs it. `field-retyped`: it has, or may have, another type. `field-unknown`: the producer does not say its type.
   */
  readonly kind: 'event-missing' | 'version' | 'field-missing' | 'field-not-promised' | 'field-retyped' | 'field-unknown';
  /** Wire name. */
  readonly event: string;
  /** Path, where it is about a field. */
  readonly field?: string;
  readonly message: string;
}

/**
 * Where a consumer cannot read what a producer publishes, in the order of names; empty where they agree. What the consumer does not read is of no
 * concern to it, nor is a field that it may do without. Pure.
 */
export function compareContracts(producer: Pick<Contracts, 'events'>, expects: Pick<Expectations, 'events'>): readonly Disagreement[] {
  return Object.entries(expects.events).flatMap(([event, wanted]) => {
    const contract = Object.hasOwn(producer.events, event) ? producer.events[event] : undefined;
    if (contract === undefined) return [{ kind: 'event-missing' as const, event, message: `${event} is not published` }];
    const { version } = wanted;
    if (version !== undefined && version !== contract.version) {
      const message = `${event} is published in version ${contract.version}, and version ${version} is read`;
      return [{ kind: 'version' as const, event, message }];
    }
    return compareEvent(event, flattenSchema(contract.schema), flattenSchema(wanted.schema));
  });
}

function compareEvent(event: string, written: FieldTypes, read: FieldTypes): readonly Disagreement[] {
  return compareFields(written, read).flatMap((finding) => {
    const { field } = finding;
    const found = disagreementOf(finding, { written: typeAt(written, field), read: typeAt(read, field) });
    return found === undefined ? [] : [{ kind: found[0], event, field, message: `${event} ${field} ${found[1]}` }];
  });
}

/** Seen from a reader of events that another writes. */
function disagreementOf(
  { kind, level }: FieldFinding,
  { written, read }: { readonly written: string; readonly read: string },
): readonly [Disagreement['kind'], string] | undefined {
  if (kind === 'field-added' && level !== 'compatible') return ['field-missing', `is read as ${read}, and is not published`];
  if (kind === 'field-required') return ['field-not-promised', 'is needed, and may be absent'];
  if (kind === 'field-retyped' || kind === 'field-narrowed') return ['field-retyped', `is published as ${written}, and read as ${read}`];
  // Whoever reads a field without knowing its type expects nothing of it.
  const isExpected = kind === 'field-unknown' && splitMark(read).type !== 'unknown';
  return isExpected ? ['field-unknown', `is read as ${read}, and the producer does not say its type`] : undefined;
}

function typeAt(fields: FieldTypes, field: string): string {
  return (Object.hasOwn(fields, field) ? fields[field] : undefined) ?? 'nothing';
}
