import type { NeighbourSource } from '../event-store/event-reader.js';
import type { ReadStreamOptions } from '../event-store/event-store.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { readHistoryFile } from './history-file.js';

/** The streams of one file in memory, for upcasters that merge: they look at the events beside one. */
export class RecordedStreams implements NeighbourSource {
  private readonly streams = new Map<string, StoredEvent[]>();

  /** Throws `HISTORY_LINE_INVALID`. */
  static async of(file: string): Promise<RecordedStreams> {
    const recorded = new RecordedStreams();
    for await (const { event } of readHistoryFile(file)) recorded.add(event);
    return recorded;
  }

  async *readStream(streamId: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent> {
    const { direction = 'forwards', fromVersion = 1, toVersion = Number.POSITIVE_INFINITY } = options;
    const events = (this.streams.get(streamId) ?? []).slice(fromVersion - 1, toVersion);
    yield* direction === 'forwards' ? events : events.toReversed();
  }

  private add(event: StoredEvent): void {
    const events = this.streams.get(event.streamId) ?? [];
    this.streams.set(event.streamId, events);
    events.push(event);
  }
}
