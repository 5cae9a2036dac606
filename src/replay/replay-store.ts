import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import { AcceptedReader, AcceptedWriter } from './accepted-states.js';
import { createReplayDomain } from './replay-domain.js';
import type { ReplayStoreOptions, StoreReplayReport } from './replay-store-options.js';
import { StoreReplay } from './store-replay.js';

const DEFAULT_CONCURRENCY = 8;
const MAX_CONCURRENCY = 1_000;

/**
 * Replays every stream of a store through the code of today, several at a time, and reports those that no longer load and those whose
 * state is not as it was last accepted; a stream that has grown is compared at the version that was accepted. Reads alone; snapshots are
 * not used. Memory is bounded: a page of 1,000 streams, and one page of events for each stream in hand.
 *
 * Cost: one `listStreams` for each 1,000 streams, one `readStream` for each stream. Throws `STORE_UNAVAILABLE` and the other errors of the
 * store (then the accepted file is as it was), `ACCEPTED_INVALID`, `OPTION_INVALID`, and what `Eventspan.open` throws of aggregates, events
 * and upcasters.
 */
export async function replayStore(options: ReplayStoreOptions): Promise<StoreReplayReport> {
  const { concurrency = DEFAULT_CONCURRENCY, accepted: file } = options;
  checkWholeNumber('concurrency', concurrency, { min: 1, max: MAX_CONCURRENCY });
  const domain = createReplayDomain(options);
  const reader = await AcceptedReader.open(file);
  try {
    const writer = await writerFor(options);
    return await replayTo(writer, new StoreReplay({ options, domain, reader, writer, concurrency }));
  } finally {
    await reader.close();
  }
}

async function writerFor({ accept = false, accepted: file }: ReplayStoreOptions): Promise<AcceptedWriter | undefined> {
  if (!accept) return undefined;
  if (file === undefined) throw new EventspanError('OPTION_INVALID', { path: 'accepted', value: 'none', bound: 'a file, to accept' });
  return AcceptedWriter.create(file);
}

async function replayTo(writer: AcceptedWriter | undefined, replay: StoreReplay): Promise<StoreReplayReport> {
  try {
    const report = await replay.run();
    await writer?.finish();
    return report;
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}
