import type { AggregateModel } from '../model/aggregate-model.js';
import { snapshotFault, type SnapshotFault } from '../model/snapshot-fault.js';
import type { LoadedStream } from './event-store.js';
import type { PassedOver } from './repository-warnings.js';
import { messageOf } from '../support/message-of.js';

/** Chooses among the snapshots of one stream: by their heads while the store looks for one, by all of it when its state is made. */
export class SnapshotChoice<S> {
  private readonly revision: string;

  constructor(
    private readonly model: AggregateModel<S>,
    private readonly streamId: string,
    private readonly warnings: PassedOver,
  ) {
    this.revision = model.snapshotRevision;
  }

  /** For {@link LoadOptions.acceptSnapshot}: looks at the head alone, so that a good snapshot is decoded once. */
  readonly accept = (text: string): boolean => {
    const fault = snapshotFault(text, this.revision);
    if (fault !== undefined) this.warn(fault);
    return fault === undefined;
  };

  /** The state; undefined, with a warning, where the snapshot cannot be used. */
  restore({ snapshot, version: streamVersion }: LoadedStream): { readonly state: S } | undefined {
    if (snapshot === undefined) return undefined;
    const { version, state: text } = snapshot;
    const fault = snapshotFault(text, this.revision, { version, streamVersion });
    if (fault !== undefined) return this.warn(fault, { version });
    try {
      return { state: this.model.fromSnapshot(this.streamId, text) };
    } catch (error) {
      return this.warn('unreadable', { version, reason: messageOf(error) });
    }
  }

  private warn(fault: SnapshotFault, more: { readonly version?: number; readonly reason?: string } = {}): undefined {
    this.warnings.passedOver({ aggregate: this.model.name, fault, streamId: this.streamId, ...more });
  }
}
