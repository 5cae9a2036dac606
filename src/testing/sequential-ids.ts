import type { IdGenerator } from '../support/uuid-v7.js';

/**
 * Ids in the form of a UUID version 7 that count up: `00000000-0000-7000-8000-000000000001`, then `…2`. The same run gives the
 * same ids. `series` (0 to 65,535, default 0) keeps generators apart: it stands in the first group.
 */
export function sequentialIds(series = 0): IdGenerator {
  let count = 0;
  const head = series.toString(16).padStart(8, '0');
  return () => `${head}-0000-7000-8000-${(++count).toString(16).padStart(12, '0')}`;
}
