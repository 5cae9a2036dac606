import type { AggregateModel } from '../model/aggregate-model.js';
import type { SnapshotFault } from '../model/snapshot-fault.js';
import { readSnapshotHead } from '../model/snapshot-head.js';
import type { CallOptions } from './call-options.js';
import type { AggregateAt, AggregateLoader } from './repository-loader.js';
import { stateDifference, type StateDifference } from './repository-state-difference.js';
import type { PassedOver } from './repository-warnings.js';

/** A snapshot that gives another state than its events. */
export interface DifferentSnapshot extends StateDifference {
  readonly streamId: string;
  /** At which both states were compared. */
  readonly version: number;
}

/** What became of the snapshots of one stream. */
export interface SnapshotCheck {
  /** Of those that loading came across and passed over. */
  readonly faults: ReadonlySet<SnapshotFault>;
  readonly different?: DifferentSnapshot;
}

/** Collects what a load passes over, in place of warning of it. One for each stream in hand. */
export class FaultCollector implements PassedOver {
  readonly faults = new Set<SnapshotFault>();

  passedOver({ fault }: { readonly fault: SnapshotFault }): void {
    this.faults.add(fault);
  }
}

/** How a stream is checked. */
export interface SnapshotCheckParts {
  readonly loader: AggregateLoader;
  readonly collector: FaultCollector;
  readonly options: CallOptions;
}

/**
 * Loads a stream as a command would and replays it from its first event up to the same version, in pages; compares the states as snapshots
 * of both would hold them, which is exact. Throws what loading throws, and what keeps a state from being stored.
 */
export async function checkSnapshots<S>(model: AggregateModel<S>, streamId: string, parts: SnapshotCheckParts): Promise<SnapshotCheck> {
  const { loader, collector, options } = parts;
  const loaded = await loader.load(model, streamId, options);
  const { faults } = collector;
  if (loaded.source.snapshot === undefined) return { faults };
  const replayed = await loader.loadAsOf(model, streamId, { ...options, toVersion: loaded.version });
  const found = stateText(model, loaded);
  const expected = stateText(model, replayed);
  if (found === expected) return { faults };
  const difference = stateDifference(JSON.parse(expected), JSON.parse(found));
  return difference === undefined ? { faults } : { faults, different: { streamId, version: loaded.version, ...difference } };
}

/** The state alone, of the text of a snapshot. */
function stateText<S>(model: AggregateModel<S>, { state, version }: AggregateAt<S>): string {
  const text = model.toSnapshot(state, version);
  return text.slice(readSnapshotHead(text)?.length ?? 0, -1);
}
