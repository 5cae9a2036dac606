import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { AppendRequest, AppendResult } from '../event-store/append.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import { readStreamEnd, streamClosed } from '../event-store/read-closing.js';
import { createRepository, type AggregateHandle, type LoadableAggregate } from '../event-store/repository.js';
import { EventRecording } from '../event-store/repository-recording.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { streamIdOf } from '../model/aggregate-model.js';
import { systemClock } from '../support/clock.js';
import { uuidV7 } from '../support/uuid-v7.js';
import { callOptionsOf } from './call-options-of.js';
import { closingEvent, type ClosingContext } from './closing-event.js';
import { derivedId } from '../support/derived-id.js';
import { retried } from './retried.js';

/** The old books, as they are when they are closed. */
export interface OldBooks<S> {
  /** The instance of a class; the state of a `defineAggregate`. */
  readonly aggregate: S;
  readonly streamId: string;
  readonly version: number;
}

export interface CloseBooksOptions<S> extends ClosingContext, CallOptions {
  readonly store: EventStore;
  readonly events: EventRegistry;
  /** Id of the aggregate that goes on: another one of the same kind, without events. */
  readonly successor: string;
  /** The first events of the successor, at least one, made from the old state. Called again after a conflict; must not change the state. */
  readonly opening: (old: OldBooks<S>) => readonly object[];
  /** Why: 1..1,000 characters, kept in the closing event. Default `books closed`. */
  readonly reason?: string;
  /** Names this closing; under one name it happens once. Default: follows from old stream and successor. */
  readonly key?: string;
}

export interface CloseBooksResult {
  readonly streamId: string;
  /** Of the closing event. */
  readonly version: number;
  readonly successor: { readonly streamId: string; readonly version: number };
  readonly commitTime: string;
  /** True when it had happened before. */
  readonly repeated: boolean;
}

const ATTEMPTS = 8;
const newId = uuidV7();

/**
 * Closes the books of an aggregate: the successor's opening events and the closing event of the old stream, which names the successor, in one
 * atomic append. Either both are there or nothing. When somebody wrote to the old stream meanwhile it is loaded and `opening` asked again, up
 * to eight times. Idempotent by `key`. 2 Reads and 1 Commit. Whoever appends to the old stream afterwards gets `STREAM_CLOSED` with the successor.
 *
 * Throws `STREAM_UNKNOWN`, `STREAM_CLOSED` (closed before, in another way), `BOOKS_SUCCESSOR_EXISTS`, `BOOKS_CONFLICTED`, `OPTION_INVALID`, what
 * `opening`, the loading, the recording and the store throw.
 *
 * ```ts
 * await closeBooks(Account, '17', {
 *   store: app.store, events, successor: '17-2027',
 *   opening: ({ aggregate }) => [new AccountOpened(aggregate.owner, aggregate.balance)],
 * });
 * ```
 */
export async function closeBooks<S>(
  source: LoadableAggregate<S>,
  aggregateId: string,
  options: CloseBooksOptions<S>,
): Promise<CloseBooksResult> {
  const { store, events, clock = systemClock } = options;
  const repository = createRepository({ store, events, clock });
  for (let attempt = 1; ; attempt++) {
    const old = await repository.load(source, aggregateId, callOptionsOf(options));
    const books = { old, successor: successorOf(old, options.successor) };
    const before = await store.findAppend(keyOf(books, options), callOptionsOf(options));
    if (before !== undefined) return resultOf(books, before);
    await checkOpen(books, options);
    const result = await append(books, options);
    if (result !== undefined) return resultOf(books, result);
    if (attempt === ATTEMPTS) throw new EventspanError('BOOKS_CONFLICTED', { streamId: old.streamId, attempts: ATTEMPTS });
  }
}

interface Books<S> {
  readonly old: AggregateHandle<S>;
  /** Stream id. */
  readonly successor: string;
}

function successorOf(old: AggregateHandle<unknown>, successor: string): string {
  const name = old.streamId.slice(0, old.streamId.length - old.aggregateId.length - 1);
  if (successor !== old.aggregateId) return streamIdOf(name, successor);
  throw new EventspanError('OPTION_INVALID', { path: 'successor', value: successor, bound: 'another id than that of the old aggregate' });
}

async function checkOpen<S>({ old: { streamId } }: Books<S>, options: CloseBooksOptions<S>): Promise<void> {
  const end = await readStreamEnd(options.store, streamId, callOptionsOf(options));
  if (end === undefined) throw new EventspanError('STREAM_UNKNOWN', { streamId, asOf: '' });
  if (end.closed !== undefined) throw streamClosed(end);
}

/** Undefined after a conflict on the old stream. */
async function append<S>(books: Books<S>, options: CloseBooksOptions<S>): Promise<AppendResult | undefined> {
  const { store, clock = systemClock, signal } = options;
  const request = requestOf(books, options);
  try {
    return await retried(() => store.append(request, callOptionsOf(options)), { clock, signal });
  } catch (error) {
    if (!isEventspanError(error, 'VERSION_CONFLICT')) throw error;
    if (error.details['streamId'] === books.old.streamId) return undefined;
    const { streamId } = books.old;
    throw new EventspanError('BOOKS_SUCCESSOR_EXISTS', { streamId, successor: books.successor }, { cause: error });
  }
}

function requestOf<S>(books: Books<S>, options: CloseBooksOptions<S>): AppendRequest {
  const { old, successor } = books;
  const { reason = 'books closed', events: registry, clock = systemClock, ids = newId, metadata = {} } = options;
  const closing = closingEvent({ kind: 'archived', reason, successor }, options);
  const opening = options.opening({ aggregate: old.aggregate, streamId: old.streamId, version: old.version });
  if (!Array.isArray(opening) || opening.length === 0) {
    throw new EventspanError('OPTION_INVALID', { path: 'opening', value: opening, bound: 'a function that gives at least one event' });
  }
  const correlationId = typeof metadata['correlationId'] === 'string' ? metadata['correlationId'] : closing.eventId;
  const recorded = new EventRecording({ events: registry, clock, ids }).record(opening, { ...metadata, correlationId });
  return {
    key: keyOf(books, options),
    writes: [
      { streamId: successor, expectedVersion: 'none', events: recorded },
      { streamId: old.streamId, expectedVersion: old.version, events: [closing] },
    ],
  };
}

function keyOf<S>({ old, successor }: Books<S>, { key }: CloseBooksOptions<S>): string {
  return key ?? `close-books/${derivedId(`${old.streamId}\0${successor}`)}`;
}

function resultOf<S>({ old, successor }: Books<S>, { streams, commitTime, repeated }: AppendResult): CloseBooksResult {
  const versionOf = (streamId: string): number => streams.find((stream) => stream.streamId === streamId)?.lastVersion ?? 0;
  const { streamId } = old;
  return {
    streamId,
    version: versionOf(streamId),
    successor: { streamId: successor, version: versionOf(successor) },
    commitTime,
    repeated,
  };
}
