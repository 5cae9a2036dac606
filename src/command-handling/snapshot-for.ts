import type { SnapshotWarnings } from '../event-store/repository-warnings.js';
import { DEFAULT_PAYLOAD_LIMITS } from '../messages/payload-limits.js';
import type { AggregateModel } from '../model/aggregate-model.js';
import type { SnapshotFacts } from '../model/snapshot-policy.js';
import { messageOf } from '../support/message-of.js';

/** An aggregate before and after an append. */
export interface AggregateStep<S> extends SnapshotFacts {
  readonly streamId: string;
  readonly state: S;
}

/**
 * The snapshot that goes with the append, if one is due. A state that cannot be written, or is too large, and a policy that throws cost a
 * warning and the snapshot, never the command: a snapshot only saves time.
 */
export function snapshotFor<S>(model: AggregateModel<S>, step: AggregateStep<S>, warnings: SnapshotWarnings): string | undefined {
  const at = { aggregate: model.name, streamId: step.streamId, version: step.after };
  try {
    if (model.snapshots?.(step) !== true) return undefined;
    const text = model.toSnapshot(step.state, step.after);
    if (text.length <= DEFAULT_PAYLOAD_LIMITS.maxCharacters) return text;
    warnings.notTaken({ ...at, fault: 'oversized', reason: `it has ${text.length} characters` });
  } catch (error) {
    warnings.notTaken({ ...at, fault: 'not-storable', reason: messageOf(error) });
  }
  return undefined;
}
