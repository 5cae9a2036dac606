import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { systemClock, type Clock } from '../support/clock.js';
import { callOptionsOf } from './call-options-of.js';
import { DEFAULT_BATCH_SIZE, inBatches, MAX_BATCH_SIZE } from './event-batches.js';
import type { EventTransform } from './event-transform.js';
import type { HistoryProgress } from './history-progress.js';
import { fixSelection, selectEvents, type EventSelection } from './select-events.js';
import { transformLog } from './transformed-log.js';
import { upcastTransform } from './upcast-transform.js';
import { writeEvents } from './write-events.js';

export interface CopyOptions extends Omit<EventSelection, 'after'>, CallOptions {
  readonly from: EventStore;
  readonly to: EventStore;
  /** Writes the events as today's classes have them, read through the upcasters of this registry. */
  readonly upcast?: EventRegistry;
  /** What becomes of each event; after the upcasters, where there are some. */
  readonly transform?: EventTransform;
  /** Events of one write, 1..10,000. Default 1,000. */
  readonly batchSize?: number;
  /** Called after each write, with the events read; synchronous. With it, the events of the log are counted first. */
  readonly onProgress?: (progress: HistoryProgress) => void;
  /** Waits between tries. Default: the machine's. */
  readonly clock?: Clock;
}

export interface CopyResult {
  /** The copy holds what was committed at or before this time. A later copy with the same options adds what came after it. */
  readonly asOf: string;
  /** Events read. */
  readonly read: number;
  /** Events written. */
  readonly written: number;
  /** Events that were there already. */
  readonly present: number;
}

/**
 * Copies a log from store to store in global order. Without `upcast` and `transform` every event stays as it is; with them, versions are counted
 * anew without holes, commit times stay, the first event made of one keeps its id and others have ids that follow from it.
 *
 * Repeated after an interruption, or later for what has been added, it goes through the log again and passes over what is there. Nobody
 * else may write to `to` meanwhile. Memory: a page of each shard, a batch, and with a transform about 100 bytes a stream.
 *
 * Throws `COPY_INTO_ITSELF`, `TRANSFORM_FAILED` (with the event; what was made of those before it is written), `IMPORT_CONFLICT` (`to` has
 * other events; or the transform gives others than it gave before), `OPTION_INVALID`, what the stores throw.
 */
export async function copyEvents(options: CopyOptions): Promise<CopyResult> {
  const { from, to } = options;
  if (from === to) throw new EventspanError('COPY_INTO_ITSELF');
  const size = checkWholeNumber('batchSize', options.batchSize ?? DEFAULT_BATCH_SIZE, { min: 1, max: MAX_BATCH_SIZE });
  const { after: _, ...given } = options as CopyOptions & EventSelection;
  const selection = await fixSelection(from, given, callOptionsOf(options));
  const total = await countTotal(options);
  const progress = { read: 0 };
  const source = counted(selectEvents(from, selection, callOptionsOf(options)), progress);
  let made = 0;
  let written = 0;
  for await (const batch of inBatches(boxed(transformed(source, options)), size)) {
    written += await write(options, batch);
    made += batch.length;
    options.onProgress?.({ events: progress.read, ...(total !== undefined && { total }) });
  }
  return { asOf: selection.asOf, read: progress.read, written, present: made - written };
}

function write(options: CopyOptions, batch: readonly { readonly event: StoredEvent }[]): Promise<number> {
  const { to: store, clock = systemClock } = options;
  const events = batch.map(({ event }) => event);
  return writeEvents({ store, clock, call: callOptionsOf(options) }, events);
}

function transformed(source: AsyncIterable<StoredEvent>, { from, upcast, transform }: CopyOptions): AsyncIterable<StoredEvent> {
  const transforms = [...(upcast === undefined ? [] : [upcastTransform(upcast, from)]), ...(transform === undefined ? [] : [transform])];
  return transforms.length === 0 ? source : transformLog(source, transforms);
}

async function* counted(source: AsyncIterable<StoredEvent>, progress: { read: number }): AsyncGenerator<StoredEvent> {
  for await (const event of source) {
    progress.read++;
    yield event;
  }
}

async function* boxed(source: AsyncIterable<StoredEvent>): AsyncGenerator<readonly { readonly event: StoredEvent }[]> {
  for await (const event of source) yield [{ event }];
}

async function countTotal(options: CopyOptions): Promise<number | undefined> {
  if (options.onProgress === undefined || options.prefix !== undefined || options.streams !== undefined) return undefined;
  const extents = await options.from.describeShards(callOptionsOf(options));
  return extents.reduce((sum, { events }) => sum + events, 0);
}
