import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore, StreamSummary } from '../event-store/event-store.js';
import { readStreamEnd } from '../event-store/read-closing.js';
import { commitTimeOf } from '../event-store/stored-event.js';
import { callOptionsOf } from './call-options-of.js';
import type { ClosedStream } from './close-stream.js';

const PAGE = 1_000;

export interface ListAllStreamsOptions extends CallOptions {
  /** Only streams whose ids begin so. */
  readonly prefix?: string;
}

/** All streams of a store in the order of their ids, a page at a time. 1 query a 1,000 streams. */
export async function* streamsOf(store: EventStore, options: ListAllStreamsOptions = {}): AsyncGenerator<StreamSummary> {
  const { prefix } = options;
  let after: string | undefined;
  for (;;) {
    const page = await store.listStreams({
      ...callOptionsOf(options),
      limit: PAGE,
      ...(prefix !== undefined && { prefix }),
      ...(after !== undefined && { after }),
    });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.streamId;
  }
}

/** The closed streams of a store, archived and deleted ones, with what their closing events say. 1 Read each beside the listing. */
export async function* closedStreamsOf(store: EventStore, options: ListAllStreamsOptions = {}): AsyncGenerator<ClosedStream> {
  for await (const { streamId, isClosed } of streamsOf(store, options)) {
    const end = isClosed ? await readStreamEnd(store, streamId, callOptionsOf(options)) : undefined;
    if (end?.closed !== undefined) yield { ...end.closed, streamId, version: end.last.version, closedAt: commitTimeOf(end.last) };
  }
}
