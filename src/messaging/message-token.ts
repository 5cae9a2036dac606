import { encodeToken } from '../event-store/consistency-token.js';
import { fromMessage } from './envelope.js';
import type { TransportMessage } from './transport.js';

/**
 * The consistency token of a message: reached by whoever has seen its event. A consumer that reads a projection because of a message waits
 * for it: `app.caughtUp('loan-book', tokenOfMessage(message))`. Throws `ENVELOPE_INVALID`.
 */
export function tokenOfMessage(message: TransportMessage): string {
  const { shard, position } = fromMessage(message).event;
  return encodeToken(new Map([[shard, position]]));
}
