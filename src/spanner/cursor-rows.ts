import type { Position } from '../event-store/position.js';
import type { Cursor, CursorAdvance } from '../event-store/shard-cursors.js';
import type { Mutation, Value } from './protocol.js';
import { timeOfCell } from './times.js';
import { cell, COMMIT_TIME, key, NULL, optionalText, textOf } from './values.js';

export const CURSOR_COLUMNS = ['consumer', 'shard', 'token', 'position', 'owner', 'renewed_at'] as const;

/** A row to write under the next token; its time is that of the commit. */
export interface NextCursor {
  readonly cursor: Omit<Cursor, 'renewedAt'>;
  readonly mutations: readonly Mutation[];
}

/** A cursor from cells in the order of {@link CURSOR_COLUMNS}. */
export function cursorOfRow(row: readonly Value[]): Cursor {
  const position = optionalText(row[3]);
  return {
    consumer: textOf(row[0]),
    shard: Number(textOf(row[1])),
    token: Number(textOf(row[2])),
    ...(position !== undefined && { position: position as Position }),
    owner: textOf(row[4]),
    renewedAt: timeOfCell(textOf(row[5])),
  };
}

/** The row with the highest token of each shard, from rows in the order of the key. */
export function newest(rows: readonly Cursor[]): ReadonlyMap<number, Cursor> {
  return new Map(rows.map((row) => [row.shard, row]));
}

/** Fails with NOT_FOUND where the token is spent; renews, and moves where a position is given. */
export function advanceMutation({ consumer, shard, token, position }: CursorAdvance): Mutation {
  const moved = position === undefined ? [] : (['position'] as const);
  const values = [...key(consumer, shard, token).values, COMMIT_TIME, ...(position === undefined ? [] : [cell(position)])];
  return { update: { table: 'cursors', columns: ['consumer', 'shard', 'token', 'renewed_at', ...moved], values: [{ values }] } };
}

/** Fails with NOT_FOUND where the token is spent; takes the owner away. */
export function ownerMutation({ consumer, shard, token }: Cursor): Mutation {
  const row = key(consumer, shard, token, '');
  return { update: { table: 'cursors', columns: ['consumer', 'shard', 'token', 'owner'], values: [row] } };
}

/** Spends the token of `row`, if there is one, and writes the next: at the given position, or the old one where none is named. */
export function nextToken(
  consumer: string,
  row: Cursor | undefined,
  next: { readonly shard: number; readonly owner: string; readonly position?: Position | undefined },
): NextCursor {
  const { shard, owner } = next;
  const token = (row?.token ?? 0) + 1;
  const position = 'position' in next ? next.position : row?.position;
  const cells = [...key(consumer, shard, token).values, position === undefined ? NULL : cell(position), cell(owner), COMMIT_TIME];
  const insert: Mutation = { insert: { table: 'cursors', columns: CURSOR_COLUMNS, values: [{ values: cells }] } };
  const spent = row === undefined ? [] : [{ delete: { table: 'cursors', keySet: { keys: [key(consumer, shard, row.token)] } } }];
  return {
    cursor: { consumer, shard, token, owner, ...(position !== undefined && { position }) },
    mutations: [...spent, insert],
  };
}
