import { createHash } from 'node:crypto';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { FieldTypes } from './flatten-schema.js';

/** The newest format that is read and the one that is written. */
export const LOCK_FORMAT = 1;

/** One event as the lock keeps it. */
export interface LockedEvent {
  readonly version: number;
  readonly oldestVersion: number;
  readonly aliases: readonly string[];
  readonly fields: FieldTypes;
}

/** What an application stores, as it was when it was last agreed on. */
export interface SchemaLock {
  readonly app: string;
  /** By wire name. */
  readonly events: Readonly<Record<string, LockedEvent>>;
  /** Wire names without a class that upcasters read, and in which versions. */
  readonly retired: Readonly<Record<string, readonly number[]>>;
}

/** The text of a lock: sorted, one field a line, and the same bytes for the same schema. */
export function formatSchemaLock({ app, events, retired }: SchemaLock): string {
  const hashed = sorted(events).map(([name, event]) => [name, { ...normalized(event), hash: hashOf(event) }]);
  const lock = { format: LOCK_FORMAT, app, events: Object.fromEntries(hashed), retired: Object.fromEntries(sorted(retired)) };
  // A list of versions is short, and reads better in one line. Whole lines only: texts in a lock may hold brackets, too.
  const text = JSON.stringify(lock, undefined, 2).replace(
    /\[\n((?: +\d+,?\n)+) +\]/g,
    (_, list: string) => `[${list.trim().replace(/\s+/g, ' ')}]`,
  );
  return `${text}\n`;
}

/**
 * The lock in `text`; `file` names it in errors. Throws `SCHEMA_LOCK_INVALID` (not JSON, not a lock, changed by hand), `SCHEMA_LOCK_NEWER`, and
 * `SCHEMA_LOCK_FOREIGN` when it is not that of `app`.
 */
export function parseSchemaLock(text: string, { file, app }: { readonly file: string; readonly app: string }): SchemaLock {
  const invalid = (reason: string, cause?: unknown): EventspanError =>
    new EventspanError('SCHEMA_LOCK_INVALID', { file, reason }, { cause });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  const lock = parsed as {
    readonly format?: unknown;
    readonly app?: unknown;
    readonly events?: unknown;
    readonly retired?: unknown;
  } | null;
  if (!isObject(lock) || !isVersion(lock.format)) throw invalid('it is not a schema lock');
  // Another format may have another shape.
  if (lock.format > LOCK_FORMAT) throw new EventspanError('SCHEMA_LOCK_NEWER', { file, found: lock.format, known: LOCK_FORMAT });
  if (!isObject(lock.events) || !isRetired(lock.retired)) throw invalid('it is not a schema lock');
  if (lock.app !== app) throw new EventspanError('SCHEMA_LOCK_FOREIGN', { file, found: String(lock.app), wanted: app });
  const events: [string, LockedEvent][] = [];
  for (const [name, event] of Object.entries(lock.events)) {
    const fault = faultOf(event);
    if (fault !== undefined) throw invalid(`its entry ${name} ${fault}`);
    events.push([name, normalized(event as LockedEvent)]);
  }
  return { app, events: Object.fromEntries(events), retired: lock.retired };
}

/** Tells that the fields or versions of an event are the same. */
export function hashOf(event: LockedEvent): string {
  return createHash('sha256')
    .update(JSON.stringify(normalized(event)))
    .digest('hex')
    .slice(0, 16);
}

function normalized({ version, oldestVersion, aliases, fields }: LockedEvent): LockedEvent {
  return { version, oldestVersion, aliases: aliases.toSorted(), fields: Object.fromEntries(sorted(fields)) };
}

function faultOf(event: unknown): string | undefined {
  if (!isObject(event)) return 'is no object';
  const { version, oldestVersion, aliases, fields, hash } = event;
  if (!isVersion(version) || !isVersion(oldestVersion) || oldestVersion > version) return 'has no usable versions';
  if (!Array.isArray(aliases) || !aliases.every((alias) => typeof alias === 'string')) return 'has no list of aliases';
  if (!isObject(fields) || !Object.values(fields).every((type) => typeof type === 'string')) return 'has no fields with types';
  return hash === hashOf(event as unknown as LockedEvent) ? undefined : 'was changed by hand: its hash differs';
}

function sorted<V>(record: Readonly<Record<string, V>>): readonly (readonly [string, V])[] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function isRetired(value: unknown): value is SchemaLock['retired'] {
  return isObject(value) && Object.values(value).every((versions) => Array.isArray(versions) && versions.every(isVersion));
}

function isVersion(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
