import type { ErrorDetails } from '../errors/eventspan-error.js';
import type { TransportMessage } from './transport.js';

/** What a `MESSAGE_REFUSED` says of the batch it is about. */
export interface RefusalPlace {
  /** So many messages from the batch's beginning were taken. */
  readonly accepted: number;
  /** Index of the refused message, where it is known; not below `accepted`. */
  readonly refusedAt: number | undefined;
}

/** Where in the batch the refusal is, from the error's `acceptedCount` and `eventId`; neither is trusted beyond the batch. Pure. */
export function locateRefusal(messages: readonly TransportMessage[], details: ErrorDetails): RefusalPlace {
  const { acceptedCount, eventId } = details;
  const isCount = typeof acceptedCount === 'number' && Number.isInteger(acceptedCount);
  const accepted = isCount && acceptedCount > 0 && acceptedCount < messages.length ? acceptedCount : 0;
  const named = messages.findIndex((message, at) => at >= accepted && message.attributes['ce-id'] === eventId);
  if (named !== -1) return { accepted, refusedAt: named };
  return { accepted, refusedAt: messages.length - accepted === 1 ? accepted : undefined };
}
