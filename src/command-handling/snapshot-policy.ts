import { DEFAULT_PAYLOAD_LIMITS } from '../messages/payload-limits.js';
import type { AggregateModel } from '../model/aggregate-model.js';
import type { Logger } from '../telemetry/logger.js';

/** An aggregate before and after an append. */
export interface AggregateStep<S> {
  readonly streamId: string;
  readonly before: number;
  readonly after: number;
  readonly state: S;
}

/** True when the append crosses a multiple of `snapshotEvery`. */
export function isSnapshotDue(snapshotEvery: number | undefined, step: { readonly before: number; readonly after: number }): boolean {
  return snapshotEvery !== undefined && Math.floor(step.before / snapshotEvery) < Math.floor(step.after / snapshotEvery);
}

/**
 * The snapshot that goes with the append, if one is due. A state that cannot be written, or is too large, costs a warning and
 * the snapshot, never the command: a snapshot only saves time.
 */
export function snapshotFor<S>(model: AggregateModel<S>, step: AggregateStep<S>, logger: Logger): string | undefined {
  if (!isSnapshotDue(model.snapshotEvery, step)) return undefined;
  const fields = { streamId: step.streamId, version: step.after };
  try {
    const text = model.toSnapshot(step.state);
    if (text.length <= DEFAULT_PAYLOAD_LIMITS.maxCharacters) return text;
    logger.warn({ ...fields, characters: text.length }, 'a snapshot is too large to store; none is taken');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn({ ...fields, reason }, 'a snapshot cannot be written; none is taken');
  }
  return undefined;
}
