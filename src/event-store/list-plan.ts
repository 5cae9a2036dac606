import { EventspanError } from '../errors/eventspan-error.js';
import type { ListStreamsOptions } from './event-store.js';
import { MAX_READ_LIMIT } from './read-plan.js';
import { isStorableText } from './well-formed.js';

/** A checked page of streams. */
export interface ListPlan {
  readonly prefix: string;
  /** Exclusive; empty: from the first. */
  readonly after: string;
  readonly limit: number;
}

/** Throws `OPTION_INVALID`. */
export function planList({ prefix = '', after = '', limit }: ListStreamsOptions): ListPlan {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_READ_LIMIT) refuse('limit', limit, `1..${MAX_READ_LIMIT}`);
  if (!isStorableText(prefix)) refuse('prefix', prefix, 'text without lone surrogates and NUL');
  if (!isStorableText(after)) refuse('after', after, 'text without lone surrogates and NUL');
  return { prefix, after, limit };
}

function refuse(path: string, value: unknown, bound: string): never {
  throw new EventspanError('OPTION_INVALID', { path: `listStreams.${path}`, value, bound });
}
