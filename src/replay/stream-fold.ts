import { EventspanError } from '../errors/eventspan-error.js';
import { EventReader, type NeighbourSource } from '../event-store/event-reader.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { AggregateModel } from '../model/aggregate-model.js';
import { modelOfStream, type ReplayDomain } from './replay-domain.js';
import { hashOf, type Json } from './sorted-json.js';
import { stateJson } from './state-json.js';
import { messageOf } from '../support/message-of.js';

/** One stream on its way through the code of today. */
export class StreamFold {
  readonly model: AggregateModel;
  /** Of the last event that was applied; 0 before the first. */
  version = 0;
  private readonly reader: EventReader;
  private state: unknown;

  /** `source`: where upcasters that merge find the neighbours of an event. Throws `HISTORY_AGGREGATE_UNKNOWN`. */
  constructor(
    private readonly domain: ReplayDomain,
    readonly streamId: string,
    private readonly source: NeighbourSource,
  ) {
    this.model = modelOfStream(domain, streamId);
    this.reader = new EventReader(domain.registry, source);
    this.state = this.model.initial(streamId);
  }

  /** `place`: where the event was read, for errors. Throws `HISTORY_HOLE`, `REPLAY_EVENT_FAILED`; after that the fold is spent. */
  async apply(stored: StoredEvent, place: string): Promise<void> {
    const { streamId, version, type } = stored;
    const expected = this.version + 1;
    if (version !== expected) throw new EventspanError('HISTORY_HOLE', { place, streamId, expected, found: version });
    try {
      for (const event of await this.reader.read(stored)) this.state = this.model.evolve(this.state, event, { streamId, version });
    } catch (cause) {
      const reason = messageOf(cause);
      throw new EventspanError('REPLAY_EVENT_FAILED', { place, streamId, version: this.version, type, reason }, { cause });
    }
    this.version = version;
  }

  /** With sorted names. Throws `REPLAY_STATE_UNREADABLE`. */
  json(): Json {
    const { model, streamId, version, state } = this;
    return stateJson(this.domain, { model, streamId, version, state });
  }

  hash(): string {
    return hashOf(JSON.stringify(this.json()));
  }

  /** The same stream at the same version, its state made from a snapshot. */
  throughSnapshot(): StreamFold {
    const copy = new StreamFold(this.domain, this.streamId, this.source);
    copy.state = this.model.fromSnapshot(this.streamId, this.model.toSnapshot(this.state, this.version));
    copy.version = this.version;
    return copy;
  }
}
