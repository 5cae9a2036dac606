import { EventspanError } from '../errors/eventspan-error.js';
import type { ParkedReason, ParkedStream } from './parked-stream.js';

/** Which parked streams are meant: those to which everything that is named applies. */
export interface ParkedSelection {
  /** `projector:loan-book:v2`, or a projector's name: then all its generations. */
  readonly consumer?: string;
  readonly streamId?: string;
  readonly reason?: ParkedReason;
  /** The code of the error. */
  readonly code?: string;
  /** Needed where nothing else is named. */
  readonly all?: true;
}

/** Throws `PARKED_SELECTION_INVALID` for one that names nothing. */
export function checkSelection(selection: ParkedSelection): void {
  const { consumer, streamId, reason, code, all } = selection;
  if ([consumer, streamId, reason, code, all].some((part) => part !== undefined)) return;
  throw new EventspanError('PARKED_SELECTION_INVALID', { reason: 'it names nothing' });
}

export function isSelected(parked: ParkedStream, { consumer, streamId, reason, code }: ParkedSelection): boolean {
  return (
    (consumer === undefined || isConsumer(parked.consumer, consumer)) &&
    (streamId === undefined || parked.streamId === streamId) &&
    (reason === undefined || parked.reason === reason) &&
    (code === undefined || parked.code === code)
  );
}

function isConsumer(consumer: string, wanted: string): boolean {
  return consumer === wanted || consumer.startsWith(`projector:${wanted}:v`);
}
