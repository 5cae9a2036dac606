import { createHash } from 'node:crypto';
import { types } from 'node:util';
import type { Row } from '../../event-store/read-models.js';

const MASK = (1n << 128n) - 1n;

/** The values of some columns as one text; the same values give the same text, whatever the order of keys inside JSON. */
export function rowText(row: Row, columns: readonly string[]): string {
  return JSON.stringify(columns.map((column) => canonical(row[column])));
}

/** A checksum of many rows in any order: the sum of their hashes. Rows that differ give another one but by a chance of 2^-128. */
export class RowDigest {
  private sum = 0n;
  private count = 0;

  add(text: string): void {
    const hash = createHash('md5').update(text).digest();
    this.sum = (this.sum + (hash.readBigUInt64BE(0) << 64n) + hash.readBigUInt64BE(8)) & MASK;
    this.count++;
  }

  get rows(): number {
    return this.count;
  }

  /** 32 hexadecimal digits. */
  get checksum(): string {
    return this.sum.toString(16).padStart(32, '0');
  }
}

function canonical(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (types.isDate(value)) return { date: value.getTime() };
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object') return Object.is(value, -0) ? '-0' : value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { object: entries.map(([key, each]) => [key, canonical(each)]) };
}
