import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import { normalizeTime } from '../event-store/commit-time.js';
import type { EventStore } from '../event-store/event-store.js';
import { createRepository, type LoadableAggregate, type Repository } from '../event-store/repository.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { callOptionsOf } from './call-options-of.js';
import { stateChanges, type StateChange } from '../support/state-changes.js';

/** A moment of an aggregate: after an event (version; 0 is before the first), or a time (RFC 3339, UTC) by the store's commit times. */
export type Moment = number | string;

export interface DiffOptions extends CallOptions {
  readonly store: EventStore;
  readonly events: EventRegistry;
  readonly from: Moment;
  /** Default: now. */
  readonly to?: Moment;
}

/** An aggregate at one of the two moments. */
export interface StateAt<S> {
  readonly version: number;
  readonly state: S;
}

/** An event between the two moments, as it is stored. */
export interface EventBetween {
  readonly version: number;
  readonly type: string;
  /** When it was committed: RFC 3339, UTC. */
  readonly time: string;
  /** JSON text. */
  readonly data: string;
}

export interface AggregateDiff<S> {
  readonly streamId: string;
  readonly from: StateAt<S>;
  readonly to: StateAt<S>;
  /** After `from`, up to `to`. All are held in memory. */
  readonly events: readonly EventBetween[];
  readonly changes: readonly StateChange[];
}

/**
 * What became of an aggregate between two moments: both states, the events between, and every place where the states differ. Reads of
 * the stream, two of them from its beginning.
 *
 * Throws `STREAM_UNKNOWN`, `STREAM_VERSION_UNKNOWN`, `STREAM_EVENTS_DELETED`, `OPTION_INVALID` (`from` is after `to`, or no moment), and what
 * loading throws.
 *
 * ```ts
 * const { changes } = await diffAggregate(Loan, '173688', { store: app.store, events, from: 3, to: '2026-11-24T12:00:00Z' });
 * ```
 */
export async function diffAggregate<S>(source: LoadableAggregate<S>, aggregateId: string, options: DiffOptions): Promise<AggregateDiff<S>> {
  const { store, events, from, to } = options;
  const call = callOptionsOf(options);
  const repository = createRepository({ store, events });
  const old = await loadAt({ repository, source, aggregateId }, from, options);
  const now = await loadAt({ repository, source, aggregateId }, to, options);
  const { streamId } = old;
  if (now.version < old.version) {
    throw new EventspanError('OPTION_INVALID', { path: 'from', value: from, bound: `a moment before to (${to ?? 'now'})` });
  }
  const between: EventBetween[] = [];
  if (now.version > old.version) {
    const bounds = { fromVersion: old.version + 1, toVersion: now.version };
    for await (const event of store.readStream(streamId, { ...call, ...bounds })) between.push(eventBetween(event));
  }
  return {
    streamId,
    from: { version: old.version, state: old.aggregate },
    to: { version: now.version, state: now.aggregate },
    events: between,
    changes: stateChanges(old.aggregate, now.aggregate),
  };
}

function eventBetween(event: StoredEvent): EventBetween {
  const { version, type, data } = event;
  return { version, type, time: commitTimeOf(event), data };
}

interface Wanted<S> {
  readonly repository: Repository;
  readonly source: LoadableAggregate<S>;
  readonly aggregateId: string;
}

async function loadAt<S>({ repository, source, aggregateId }: Wanted<S>, moment: Moment | undefined, options: DiffOptions) {
  const call = callOptionsOf(options);
  const loaded = await repository.load(source, aggregateId, { ...call, ...asOf(moment) });
  await checkWhole(loaded.streamId, options);
  if (typeof moment === 'number' && moment > loaded.version) {
    throw new EventspanError('STREAM_VERSION_UNKNOWN', { streamId: loaded.streamId, version: moment, last: loaded.version });
  }
  return loaded;
}

/** As of version 0 is read as of a time before every event. */
function asOf(moment: Moment | undefined): { readonly asOfVersion?: number; readonly asOfTime?: string } {
  if (moment === undefined) return { asOfVersion: Number.MAX_SAFE_INTEGER };
  if (typeof moment === 'string') return { asOfTime: normalizeTime('from, to', moment) };
  if (Number.isSafeInteger(moment) && moment >= 0) return moment === 0 ? { asOfTime: '1970-01-01T00:00:00Z' } : { asOfVersion: moment };
  throw new EventspanError('OPTION_INVALID', { path: 'from, to', value: moment, bound: 'a version from 0, or a time in RFC 3339, UTC' });
}

/** A stream of which only the end is left has no state. */
async function checkWhole(streamId: string, options: DiffOptions): Promise<void> {
  const call = callOptionsOf(options);
  for await (const first of options.store.readStream(streamId, { ...call, limit: 1 })) {
    if (first.version === 1) return;
    throw new EventspanError('STREAM_EVENTS_DELETED', { streamId, version: first.version });
  }
  throw new EventspanError('STREAM_UNKNOWN', { streamId, asOf: '' });
}
