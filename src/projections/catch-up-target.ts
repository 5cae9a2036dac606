import { decodeToken, type ShardPositions } from '../event-store/consistency-token.js';

/** What a projection shall have seen: positions by shard, a token, or a result that carries one. */
export type CatchUpTarget = ShardPositions | string | { readonly token: string };

/** Throws `TOKEN_INVALID`. */
export function positionsToReach(target: CatchUpTarget): ShardPositions {
  if (typeof target === 'string') return decodeToken(target);
  return 'token' in target ? decodeToken(target.token) : target;
}
