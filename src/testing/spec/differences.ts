import { inspect, isDeepStrictEqual } from 'node:util';

/** A value on one line, with its class: `LoanSubmitted { applicant: 'a-17', amount: 20000 }`. */
export function render(value: unknown): string {
  return inspect(value, { depth: 10, breakLength: Infinity, compact: true, maxStringLength: 200, maxArrayLength: 50 });
}

/** What differs, in plain text, or undefined. Lines with `-` were expected, lines with `+` are there, others are equal. */
export function eventDifferences(expected: readonly object[], actual: readonly object[]): string | undefined {
  if (isDeepStrictEqual(expected, actual)) return undefined;
  const lines: string[] = ['  (- expected, + recorded)'];
  for (let at = 0; at < Math.max(expected.length, actual.length); at++) lines.push(...eventLines(expected[at], actual[at]));
  return lines.join('\n');
}

/** One line for each of the named fields that is not equal. */
export function fieldDifferences(expected: object, actual: object, fields: readonly string[]): string[] {
  return fields
    .map((field) => [field, Reflect.get(expected, field), Reflect.get(actual, field)] as const)
    .filter(([, wanted, found]) => !isDeepStrictEqual(wanted, found))
    .map(([field, wanted, found]) => `      ${field}: expected ${render(wanted)}, found ${render(found)}`);
}

function eventLines(expected: object | undefined, actual: object | undefined): string[] {
  if (expected === undefined || actual === undefined) {
    return expected === undefined ? [`  + ${render(actual)}`] : [`  - ${render(expected)}`];
  }
  if (isDeepStrictEqual(expected, actual)) return [`    ${render(actual)}`];
  const lines = [`  - ${render(expected)}`, `  + ${render(actual)}`];
  if (expected.constructor !== actual.constructor) return lines;
  return [...lines, ...fieldDifferences(expected, actual, [...new Set([...Object.keys(expected), ...Object.keys(actual)])])];
}
