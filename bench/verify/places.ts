import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StoreProvider } from 'eventspan';
import { spanner } from 'eventspan/spanner';
import { sqlite } from 'eventspan/sqlite';
import { startEmulators } from 'eventspan/testing';

/** Where a store is, as a child process is told. */
export type Place =
  { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'spanner'; readonly host: string; readonly database: string };

/** A place that was made for one run. */
export interface TemporaryPlace {
  readonly place: Place;
  readonly remove: () => Promise<void>;
}

/** An empty SQLite file, or an empty database in the Spanner emulator, which is started if none runs. */
export async function makePlace(kind: Place['kind']): Promise<TemporaryPlace> {
  if (kind === 'sqlite') {
    const { folder, remove } = makeFolder();
    return { place: { kind, file: path.join(folder, 'log.db') }, remove: async () => remove() };
  }
  // Killed processes leave transactions open; the emulator runs one at a time, and would refuse the others for long.
  const emulators = await startEmulators({ spanner: { abortCurrentTransactionProbability: 100 } });
  const host = emulators.spanner?.host ?? '';
  return { place: { kind, host, database: `verify-${randomBytes(8).toString('hex')}` }, remove: () => emulators.stop() };
}

export function providerOf(place: Place): StoreProvider {
  if (place.kind === 'sqlite') return sqlite(place.file);
  const { host, database } = place;
  return spanner({ project: 'verify', instance: 'verify', database, emulatorHost: host, migrate: 'auto', shards: 4 });
}

export function makeFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'eventspan-verify-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
