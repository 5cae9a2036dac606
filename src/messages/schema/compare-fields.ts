import { compareTypes, splitMark } from './field-change.js';
import type { FieldTypes } from './flatten-schema.js';
import type { SchemaChange, SchemaChangeKind } from './schema-change.js';

/** What differs in one field; what happened to a field settles what is inside it. */
export type FieldFinding = Pick<SchemaChange, 'level' | 'message'> & { readonly kind: SchemaChangeKind; readonly field: string };

/** Compares the fields of one event in one version: those of stored events with those of the class. */
export function compareFields(before: FieldTypes, after: FieldTypes): readonly FieldFinding[] {
  const findings: FieldFinding[] = [];
  const settled: string[] = [];
  for (const field of [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted(byLength)) {
    if (settled.some((outer) => isInside(field, outer))) continue;
    const found = compareField(field, typeAt(before, field), typeAt(after, field));
    findings.push(...found);
    if (found.some(({ kind }) => kind !== 'field-required' && kind !== 'field-optional')) settled.push(field);
  }
  return findings;
}

function compareField(field: string, before: string | undefined, after: string | undefined): readonly FieldFinding[] {
  if (before === undefined) return [added(field, after ?? '')];
  if (after === undefined)
    return [{ field, kind: 'field-removed', level: 'incompatible', message: `${field} (${before}) is gone from the class` }];
  const [old, today] = [splitMark(before), splitMark(after)];
  return [...presence(field, old.isOptional, today.isOptional), ...typeChange(field, old.type, today.type)];
}

function added(field: string, type: string): FieldFinding {
  const { isOptional } = splitMark(type);
  const level = isOptional ? 'compatible' : 'incompatible';
  const message = isOptional
    ? `${field} (${type}) is new, and may be absent`
    : `${field} (${type}) is new and required, and stored events have none`;
  return { field, kind: 'field-added', level, message };
}

function presence(field: string, wasOptional: boolean, isOptional: boolean): readonly FieldFinding[] {
  if (wasOptional === isOptional) return [];
  if (wasOptional) return [{ field, kind: 'field-required', level: 'incompatible', message: `${field} was optional and is required` }];
  return [
    { field, kind: 'field-optional', level: 'warning', message: `${field} was required and may be absent; programs of before count on it` },
  ];
}

function typeChange(field: string, before: string, after: string): readonly FieldFinding[] {
  const kind = compareTypes(before, after);
  const words = `${field} was ${before} and is ${after}`;
  switch (kind) {
    case 'same':
      return [];
    case 'widened':
      return [{ field, kind: 'field-widened', level: 'warning', message: `${words}; programs of before may not know the new values` }];
    case 'unknown':
      return [{ field, kind: 'field-unknown', level: 'warning', message: `${words}; whether stored events fit cannot be told` }];
    case 'narrowed':
      return [{ field, kind: 'field-narrowed', level: 'incompatible', message: `${words}, which does not take every stored value` }];
    case 'retyped':
    default:
      return [{ field, kind: 'field-retyped', level: 'incompatible', message: words }];
  }
}

/** Outer fields first. */
function byLength(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

function isInside(field: string, outer: string): boolean {
  return field.length > outer.length && field.startsWith(outer) && '.[{'.includes(field[outer.length] as string);
}

function typeAt(fields: FieldTypes, field: string): string | undefined {
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}
