import { isDeepStrictEqual } from 'node:util';

const MOST = 10;

/** Collects differences between a read model and what it should be. */
export class Findings {
  private readonly found: string[] = [];
  private left = 0;

  /** The first few, in words, and how many more there are. */
  get differences(): readonly string[] {
    return this.left === 0 ? this.found : [...this.found, `and ${this.left} more`];
  }

  add(difference: string): void {
    if (this.found.length < MOST) this.found.push(difference);
    else this.left++;
  }

  equal(what: string, expected: unknown, actual: unknown): void {
    if (!isDeepStrictEqual(expected, actual)) this.add(`${what} is ${JSON.stringify(actual)} and should be ${JSON.stringify(expected)}`);
  }

  /** Two small tables, key by key. */
  compare(what: string, expected: ReadonlyMap<string, unknown>, actual: ReadonlyMap<string, unknown>): void {
    for (const key of new Set([...expected.keys(), ...actual.keys()])) this.equal(`${what} ${key}`, expected.get(key), actual.get(key));
  }

  /** That no row is missing; rows too many show up as different from nothing. */
  complete(what: string, expected: Iterable<string>, seen: ReadonlySet<string>): void {
    for (const key of expected) if (!seen.has(key)) this.add(`${what} ${key} is missing`);
  }
}
