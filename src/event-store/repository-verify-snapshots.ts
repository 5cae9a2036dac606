import { checkWholeNumber } from '../errors/check-option.js';
import { isEventspanError } from '../errors/eventspan-error.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { AggregateModel } from '../model/aggregate-model.js';
import { modelOf, type AggregateSource } from '../model/domain-model.js';
import type { SnapshotFault } from '../model/snapshot-fault.js';
import { throwIfAborted } from '../support/abort.js';
import type { Random } from '../support/random.js';
import type { EventStore } from './event-store.js';
import { AggregateLoader } from './repository-loader.js';
import { checkSnapshots, FaultCollector, type DifferentSnapshot } from './repository-snapshot-check.js';
import { messageOf } from '../support/message-of.js';

export interface VerifySnapshotsOptions {
  readonly store: EventStore;
  /** Those without a snapshot policy are passed over. */
  readonly aggregates: readonly AggregateSource[];
  readonly events: EventRegistry;
  /** Streams in hand at the same time, 1..256, default 8. */
  readonly concurrency?: number;
  /** At most so many streams of each aggregate, drawn at random from all that have a snapshot, 1..100,000. Default: all. */
  readonly sample?: number;
  /** Default: `Math.random`. */
  readonly random?: Random;
  readonly signal?: AbortSignal;
  /** Called after each stream; must not throw. */
  readonly onProgress?: (progress: VerifySnapshotsProgress) => void;
}

/** How far it is. */
export interface VerifySnapshotsProgress {
  /** Streams that were looked at. */
  readonly checked: number;
  /** Of them, those with a snapshot, whether it can be used or not; they were replayed. */
  readonly withSnapshot: number;
  /** Streams whose snapshots give another state than their events. */
  readonly differences: number;
  /** Streams that could not be loaded or compared. */
  readonly failures: number;
}

export interface VerifySnapshotsReport extends VerifySnapshotsProgress {
  /** Streams that have a snapshot that is passed over, by reason. It costs time and is right all the same. */
  readonly unusable: Readonly<Partial<Record<SnapshotFault, number>>>;
  /** The first 1,000 of {@link VerifySnapshotsProgress.differences}. */
  readonly different: readonly DifferentSnapshot[];
  /** The first 1,000 of {@link VerifySnapshotsProgress.failures}. */
  readonly failed: readonly { readonly streamId: string; readonly code?: string; readonly message: string }[];
}

interface ListedStream {
  readonly model: AggregateModel;
  readonly streamId: string;
  readonly hasSnapshot: boolean;
}

const CALLER = 'verify-snapshots';
const DEFAULT_CONCURRENCY = 8;
const PAGE = 1_000;
const MAX_LISTED = 1_000;

/**
 * Replays streams and compares the states with those that their snapshots give, several at a time. Reads alone. A difference means that the
 * code that took the snapshot applied events in another way: raise `snapshotRevision`, and all are passed over from then on.
 *
 * Memory is bounded: a page of 1,000 streams (or the sample), and for each stream in hand what loading it takes. Cost: one `listStreams`
 * for each 1,000 streams; for each stream with a snapshot 1 Read, and its events in pages. May run beside writers: both states are of the
 * same version.
 *
 * Throws `OPTION_INVALID`, the signal's reason, `STORE_UNAVAILABLE` and the other errors of the store, and what aggregates are checked for.
 * A stream that no longer loads is in `failed`.
 */
export async function verifySnapshots(options: VerifySnapshotsOptions): Promise<VerifySnapshotsReport> {
  const { aggregates, concurrency = DEFAULT_CONCURRENCY, sample } = options;
  checkWholeNumber('concurrency', concurrency, { min: 1, max: 256 });
  if (sample !== undefined) checkWholeNumber('sample', sample, { min: 1, max: 100_000 });
  const models = aggregates.map(modelOf).filter(({ snapshots }) => snapshots !== undefined);
  const verification = new SnapshotVerification(options);
  const streams = listAll(models, options);
  const lane = async (): Promise<void> => {
    // Lanes share the generator: one that throws ends it for all of them.
    for await (const stream of streams) await verification.take(stream);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return verification.report();
}

class SnapshotVerification {
  private readonly counts = { checked: 0, withSnapshot: 0, differences: 0, failures: 0 };
  private readonly unusable = new Map<SnapshotFault, number>();
  private readonly different: DifferentSnapshot[] = [];
  private readonly failed: { streamId: string; code?: string; message: string }[] = [];

  constructor(private readonly options: VerifySnapshotsOptions) {}

  async take({ model, streamId, hasSnapshot }: ListedStream): Promise<void> {
    if (hasSnapshot) await this.verify(model, streamId);
    this.counts.checked++;
    if (hasSnapshot) this.counts.withSnapshot++;
    this.options.onProgress?.({ ...this.counts });
  }

  report(): VerifySnapshotsReport {
    const unusable = Object.fromEntries([...this.unusable].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { ...this.counts, unusable, different: this.different, failed: this.failed };
  }

  private async verify(model: AggregateModel, streamId: string): Promise<void> {
    const { store, events, signal } = this.options;
    const collector = new FaultCollector();
    const loader = new AggregateLoader(store, events, collector);
    try {
      const options = { caller: CALLER, ...(signal && { signal }) };
      const { faults, different } = await checkSnapshots(model, streamId, { loader, collector, options });
      for (const fault of faults) this.unusable.set(fault, (this.unusable.get(fault) ?? 0) + 1);
      if (different !== undefined && this.counts.differences++ < MAX_LISTED) this.different.push(different);
    } catch (error) {
      throwIfAborted(signal);
      this.fail(streamId, error);
    }
  }

  /** An outage says nothing about the stream. */
  private fail(streamId: string, error: unknown): void {
    const code = isEventspanError(error) ? error.code : undefined;
    if (code === 'STORE_UNAVAILABLE' || code === 'STORE_FAILED') throw error;
    const message = messageOf(error);
    if (this.counts.failures++ < MAX_LISTED) this.failed.push({ streamId, ...(code && { code }), message });
  }
}

async function* listAll(models: readonly AggregateModel[], options: VerifySnapshotsOptions): AsyncGenerator<ListedStream> {
  const { sample, random = Math.random } = options;
  for (const model of models) {
    const listed = listStreams(model, options);
    if (sample === undefined) yield* listed;
    else yield* await drawn(listed, { sample, random });
  }
}

async function* listStreams(model: AggregateModel, { store, signal }: VerifySnapshotsOptions): AsyncGenerator<ListedStream> {
  const call = { prefix: `${model.name}-`, limit: PAGE, caller: CALLER, ...(signal && { signal }) };
  for (let after: string | undefined; ;) {
    const page = await store.listStreams(after === undefined ? call : { ...call, after });
    for (const { streamId, snapshotVersion } of page) {
      throwIfAborted(signal);
      yield { model, streamId, hasSnapshot: snapshotVersion !== undefined };
    }
    after = page.at(-1)?.streamId;
    if (page.length < PAGE || after === undefined) return;
  }
}

/** Each stream with a snapshot is as likely as any other. Source: Vitter, "Random sampling with a reservoir", 1985, algorithm R. */
async function drawn(
  streams: AsyncIterable<ListedStream>,
  { sample, random }: { readonly sample: number; readonly random: Random },
): Promise<readonly ListedStream[]> {
  const reservoir: ListedStream[] = [];
  let seen = 0;
  for await (const stream of streams) {
    if (!stream.hasSnapshot) continue;
    const at = seen < sample ? seen : Math.floor(random() * (seen + 1));
    seen++;
    if (at < sample) reservoir[at] = stream;
  }
  return reservoir;
}
