import type { ColumnValue, Row } from '../../event-store/read-models.js';
import type { PROJECTIONS } from '../../event-store/system-tables.js';
import { types } from 'node:util';
import type { Generation } from '../generation.js';
import type { DeclaredTable } from '../projector-definition.js';
import type { GenerationComparison } from './generation-comparison.js';

/**
 * - `new`: to be filled. `filling`: reads the log up to where the live one was when it began. `catching-up`: follows the live one, and is
 *   compared with it. `ready`: could be switched to, and follows.
 * - `live`: what readers read. `retired`: was live; can be rolled back to (through `catching-up`) until it is dropped.
 * - `failed`, `cancelled`: a rebuild that did not end well. `dropped`: its tables are gone, or about to.
 */
export type GenerationState = 'new' | 'filling' | 'catching-up' | 'ready' | 'live' | 'retired' | 'failed' | 'cancelled' | 'dropped';

/** When a rebuild that is ready becomes live: by itself, by itself if it equals the live one, or when told. */
export type SwitchMode = 'auto' | 'when-equal' | 'manual';

/** How far a filling is, as it was last written. */
export interface StoredProgress {
  /** Events gone through. */
  readonly done: number;
  /** The same by shard; a shard without events is missing. */
  readonly shards: Readonly<Record<string, number>>;
  /** Events a second, over the last seconds. */
  readonly rate: number;
}

/** What a shard's log held when a filling began. */
export type ShardTotals = Readonly<Record<string, number>>;

/** A generation as its row says. */
export interface GenerationRecord extends Generation {
  readonly state: GenerationState;
  /** As declared by the code that made it; readers use these. */
  readonly tables: readonly DeclaredTable[];
  readonly switchMode: SwitchMode;
  /** `cancel`: to be given up. `switch`: is about to become live, and is waited for by those who read their own writes. */
  readonly request: 'cancel' | 'switch' | null;
  /** Events of the log when filling began; null before. */
  readonly eventsTotal: number | null;
  readonly totals: ShardTotals | null;
  readonly progress: StoredProgress | null;
  readonly comparison: GenerationComparison | null;
  /** Why it failed, or does not become live by itself. */
  readonly code: string | null;
  readonly message: string | null;
  readonly createdAt: Date;
  readonly changedAt: Date;
  /** When it last became live; null for one that never was. */
  readonly liveSince: Date | null;
  /** When rebuilds of single streams were last asked for. */
  readonly streamsRequestedAt: Date | null;
  readonly cleanedAt: Date | null;
}

const COLUMNS = {
  projector: 'projector',
  version: 'version',
  run: 'run',
  state: 'state',
  tables: 'tables',
  switchMode: 'switch_mode',
  request: 'request',
  eventsTotal: 'events_total',
  totals: 'targets',
  progress: 'progress',
  comparison: 'comparison',
  code: 'code',
  message: 'message',
  createdAt: 'created_at',
  changedAt: 'changed_at',
  liveSince: 'live_since',
  streamsRequestedAt: 'streams_requested_at',
  cleanedAt: 'cleaned_at',
} as const satisfies Record<keyof GenerationRecord, keyof (typeof PROJECTIONS)['columns']>;

/** The row of a record; its progress is left out, since that is written by itself. */
export function toGenerationRow(record: GenerationRecord): Row {
  const columns = Object.entries(COLUMNS).filter(([field]) => field !== 'progress');
  return Object.fromEntries(columns.map(([field, column]) => [column, record[field as keyof GenerationRecord] as ColumnValue]));
}

/** A record from its row; dates are copied, since a store may keep its own. */
export function fromGenerationRow(row: Row): GenerationRecord {
  const entries = Object.entries(COLUMNS).map(([field, column]) => [field, readable(row[column])]);
  return Object.fromEntries(entries) as GenerationRecord;
}

/** Whether it is on its way to become live. */
export function isUnderWay({ state }: Pick<GenerationRecord, 'state'>): boolean {
  return state === 'new' || state === 'filling' || state === 'catching-up' || state === 'ready';
}

/** Whether it was live before and is on its way back. */
export function isRollback(record: Pick<GenerationRecord, 'state' | 'liveSince'>): boolean {
  return isUnderWay(record) && record.liveSince !== null;
}

function readable(value: ColumnValue): ColumnValue {
  if (value === undefined) return null;
  return types.isDate(value) ? new Date(value.getTime()) : value;
}
