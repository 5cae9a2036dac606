import type { EncodedKey } from '../event-store/row-plan.js';

/** One text a row of a projection. Names of tables are letters, digits and underscores, so that no two rows share one. */
export function rowIdentity(table: string, key: EncodedKey): string {
  const [only] = key;
  // The usual key is one text; the types of a table's key columns are fixed, so no number is taken for it.
  return key.length === 1 && typeof only === 'string' ? `${table} ${only}` : JSON.stringify([table, ...key]);
}
