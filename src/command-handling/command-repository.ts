import type { ExpectedVersion } from '../event-store/expected-version.js';
import type { AggregateHandle, LoadableAggregate } from '../event-store/repository.js';

/**
 * The repository of one run of a plain command handler: a unit of work. Nothing is written while the handler runs; when it is
 * done, all that was saved goes into one atomic append over all streams. A handler that throws writes nothing.
 *
 * Every method throws `COMMAND_WRITE_INVALID` once the handler is done.
 */
export interface CommandRepository {
  /**
   * The aggregate now; loaded again within the same run, the same handle. 1 Read the first time. It may record until the
   * handler is done.
   */
  load<S>(source: LoadableAggregate<S>, aggregateId: string): Promise<AggregateHandle<S>>;

  /**
   * Appends what the aggregate has recorded, and `events` after it, expecting its stream where it was loaded; with a snapshot if
   * one is due. A `defineAggregate` records nothing by itself: give its `events`; `handle.aggregate` is then the state after them.
   * Events of a class that is not saved are refused at the end (`COMMAND_EVENTS_UNSAVED`). May be called again.
   */
  save<S>(handle: AggregateHandle<S>, events?: readonly object[]): void;

  /**
   * Appends events to any stream without loading it. Expected version: default `'any'`. Called again for the same stream the
   * events follow, and the expectation must be the same or left out. Not for a stream that is loaded too (`COMMAND_WRITE_INVALID`).
   */
  appendEvents(streamId: string, events: readonly object[], options?: { readonly expectedVersion?: ExpectedVersion }): void;
}
