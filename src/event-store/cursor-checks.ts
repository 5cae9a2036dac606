import { EventspanError } from '../errors/eventspan-error.js';
import { parsePosition, type Position } from './position.js';
import { checkShard } from './read-plan.js';
import type { CursorAdvance } from './shard-cursors.js';
import { hasMoreCodePoints } from './stream-id.js';
import { isStorableText } from './well-formed.js';

/** Characters of the longest consumer and owner name. */
export const MAX_CONSUMER_LENGTH = 128;

/** Throws `OPTION_INVALID` unless `name` can be stored as a consumer. */
export function checkConsumer(name: string): void {
  checkName('consumer', name);
}

/** Throws `OPTION_INVALID` unless `name` can be stored as the owner of a cursor; the empty one means released. */
export function checkOwner(name: string): void {
  checkName('owner', name);
}

/** Throws `OPTION_INVALID` and `POSITION_INVALID`. */
export function checkCursorPlace(shard: number, position: Position | undefined, shardCount: number): void {
  checkShard(shard, shardCount);
  if (position !== undefined) parsePosition(position);
}

/** Throws `OPTION_INVALID` and `POSITION_INVALID`. */
export function checkAdvances(advances: readonly CursorAdvance[], shardCount: number): void {
  for (const { consumer, shard, position } of advances) {
    checkConsumer(consumer);
    checkCursorPlace(shard, position, shardCount);
  }
}

function checkName(path: string, name: string): void {
  if (name.length > 0 && !hasMoreCodePoints(name, MAX_CONSUMER_LENGTH) && isStorableText(name)) return;
  const bound = `1 to ${MAX_CONSUMER_LENGTH} characters without lone surrogates and NUL`;
  throw new EventspanError('OPTION_INVALID', { path, value: JSON.stringify(name), bound });
}
