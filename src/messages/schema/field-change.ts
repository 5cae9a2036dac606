/** How the type of a field changed, seen from events stored before: whether they still fit. */
export type FieldChange =
  | { readonly kind: 'same' }
  /** Every value of before fits. */
  | { readonly kind: 'widened' }
  /** Some values of before do not fit. */
  | { readonly kind: 'narrowed' }
  /** No value of before need fit. */
  | { readonly kind: 'retyped' }
  /** The type was or is not known. */
  | { readonly kind: 'unknown' };

/** Compares types as `flattenSchema` writes them, without the mark of what may be absent. */
export function compareTypes(before: string, after: string): FieldChange['kind'] {
  if (before === after) return 'same';
  const [old, today] = [choices(before), choices(after)];
  if (old.includes('unknown') || today.includes('unknown')) return 'unknown';
  const fits = (from: readonly string[], into: readonly string[]): boolean =>
    from.every((each) => into.some((other) => contains(other, each)));
  if (fits(old, today)) return 'widened';
  return fits(today, old) || old.some((each) => today.includes(each)) ? 'narrowed' : 'retyped';
}

/** A field may be absent when its type ends with a question mark. */
export function splitMark(type: string): { readonly type: string; readonly isOptional: boolean } {
  const isOptional = type.endsWith('?');
  return { type: isOptional ? type.slice(0, -1) : type, isOptional };
}

/** `integer|null`; a bar inside the texts of an enum does not count. */
function choices(type: string): readonly string[] {
  return (type.match(/enum\((?:"(?:\\.|[^"\\])*"|[^")])*\)|[^|]+/g) ?? []).flatMap((choice) => enumValues(choice) ?? [choice]);
}

/** `enum("a","b")` as its values. */
function enumValues(choice: string): readonly string[] | undefined {
  if (!choice.startsWith('enum(')) return undefined;
  return (choice.slice(5, -1).match(/"(?:\\.|[^"\\])*"|[^,]+/g) ?? []).map((value) => `=${value}`);
}

/** Types by name, with what else they take. */
const PARTS: ReadonlyMap<string, RegExp> = new Map([
  ['number', /^(integer$|=-?\d)/],
  ['integer', /^=-?\d+$/],
  ['boolean', /^=(true|false)$/],
  ['null', /^=null$/],
  ['string', /^(string:|=")/],
]);

/** Whether every value of the type `part` is one of `whole`. */
function contains(whole: string, part: string): boolean {
  return whole === part || whole === 'json' || PARTS.get(whole)?.test(part) === true;
}
