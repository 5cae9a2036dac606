import { EventspanError } from '../errors/eventspan-error.js';

declare const POSITION: unique symbol;

/**
 * A place in a shard's log, as text: `<commit time, 30 characters>/<index in commit, 6 digits>/<version>/<stream id>`,
 * for example `2026-11-24T05:22:37.123456000Z/000002/17/loan-173688`. Compare with {@link comparePositions}.
 */
export type Position = string & { readonly [POSITION]: true };

/** The parts of a {@link Position}. */
export interface PositionParts {
  /** RFC 3339, UTC, nine digits of fraction: `2026-11-24T05:22:37.123456000Z`. */
  readonly commitTime: string;
  /** 0-based place of the event inside its commit, over all streams of the commit; at most 999,999. */
  readonly commitIndex: number;
  readonly streamId: string;
  readonly version: number;
}

const TIME_LENGTH = 30;
/** Commit time and index: as fixed-width text they sort as they should, and ties beyond them are rare. */
const HEAD_LENGTH = TIME_LENGTH + 7;
const PATTERN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)\/(\d{6})\/(\d+)\/(.+)$/s;

export function formatPosition(parts: PositionParts): Position {
  const index = String(parts.commitIndex).padStart(6, '0');
  return `${parts.commitTime}/${index}/${parts.version}/${parts.streamId}` as Position;
}

/** The parts of a position; throws `POSITION_INVALID` on anything that {@link formatPosition} did not make. */
export function parsePosition(text: string): PositionParts {
  const match = PATTERN.exec(text);
  if (match === null) throw new EventspanError('POSITION_INVALID', { value: text });
  const [, commitTime, commitIndex, version, streamId] = match as unknown as [string, string, string, string, string];
  return { commitTime, commitIndex: Number(commitIndex), version: Number(version), streamId };
}

/** Negative, zero or positive as `a` is before, at or after `b` in a shard's log. */
export function comparePositions(a: Position, b: Position): number {
  if (a === b) return 0;
  const headA = a.slice(0, HEAD_LENGTH);
  const headB = b.slice(0, HEAD_LENGTH);
  if (headA !== headB) return headA < headB ? -1 : 1;
  return compareTies(parsePosition(a), parsePosition(b));
}

/** Order of two texts by code point, which is how Spanner and SQLite order UTF-8; `<` would order by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const unitA = a.charCodeAt(at);
    const unitB = b.charCodeAt(at);
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

function compareTies(a: PositionParts, b: PositionParts): number {
  return compareCodePoints(a.streamId, b.streamId) || a.version - b.version;
}

/** Surrogates stand for code points above all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
