import { EventspanError } from '../../errors/eventspan-error.js';

/** The position of an event follows from its commit, and an inline projector runs before it. Throws `INLINE_POSITION_UNKNOWN`. */
export function refusePosition(projector: string, event: { readonly type: string; readonly streamId: string }): never {
  throw new EventspanError('INLINE_POSITION_UNKNOWN', { projector, type: event.type, streamId: event.streamId });
}
