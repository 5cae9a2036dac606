import { EventspanError } from '../errors/eventspan-error.js';
import { EventReader, type NeighbourSource } from '../event-store/event-reader.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { checkStreamId } from '../event-store/stream-id.js';
import { COMMAND_EXECUTED, COMMAND_REFUSED, parseCommandExecuted, parseCommandRefused } from '../messages/framework/command-events.js';
import { isFrameworkEvent } from '../messages/framework/framework-event.js';
import { PROCESS_REQUESTED, parseProcessRequested } from '../messages/framework/process-requested.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { EventMetadata } from '../messages/metadata.js';
import { parseMetadata } from '../messages/metadata-json.js';
import type { CommandOutcome } from './plan-outcome.js';
import type { ProcessRequest } from './plan-request.js';
import type { CommandRefusal } from './process-context.js';
import type { ProcessDefinition } from './process-definition.js';
import { processStreamOf } from './process-stream.js';

interface Routing {
  readonly processId: string;
  readonly metadata: EventMetadata;
}

/** What an event is to one process. */
export type Routed = Routing &
  (
    | { readonly kind: 'message'; readonly message: object; readonly timerId?: string }
    | { readonly kind: 'outcome'; readonly outcome: CommandOutcome; readonly refusal?: CommandRefusal }
    | { readonly kind: 'request'; readonly request: ProcessRequest }
  );

const TIMER_STREAM = 'eventspan.timer-';
const MAX_ID_LENGTH = 150;

/** Finds the process of an event: outcomes, requests and fired timers by what they say, other events by the user's `correlate`. */
export class ProcessRouter {
  /** Prototypes of the classes that the process manager takes. */
  private readonly taken: ReadonlySet<unknown>;
  private readonly isTaken = new Map<string, boolean>();
  private readonly reader: EventReader;
  /** What stands in the metadata of outcomes of its commands. */
  private readonly mark: string;

  constructor(
    private readonly definition: ProcessDefinition,
    private readonly events: EventRegistry,
    streams: NeighbourSource,
  ) {
    this.taken = new Set(definition.events.map((type): unknown => type.prototype));
    this.reader = new EventReader(events, streams);
    this.mark = JSON.stringify(definition.name);
  }

  /** Whether the event has to be looked at; told by its type, and of outcomes by the text of their metadata. */
  mayConcern({ type, metadata }: StoredEvent): boolean {
    if (type === COMMAND_EXECUTED || type === COMMAND_REFUSED) return metadata.includes(this.mark);
    return type === PROCESS_REQUESTED || (!isFrameworkEvent(type) && this.mayTake(type));
  }

  /** None for events that no process has to do with. Throws what `correlate` throws, `PROCESS_ID_INVALID`, and as `EventReader.read`. */
  async route(event: StoredEvent): Promise<readonly Routed[]> {
    if (!this.mayConcern(event)) return [];
    switch (event.type) {
      case COMMAND_EXECUTED:
      case COMMAND_REFUSED:
        return this.outcome(event);
      case PROCESS_REQUESTED:
        return this.request(event);
      default:
        return this.messages(event);
    }
  }

  private outcome(event: StoredEvent): readonly Routed[] {
    const metadata = parseMetadata(event.metadata);
    const processId = this.ownId(metadata);
    if (processId === undefined) return [];
    if (event.type === COMMAND_EXECUTED) {
      const { commandId } = parseCommandExecuted(event);
      return [{ kind: 'outcome', processId, metadata, outcome: { kind: 'executed', commandId } }];
    }
    const { commandId, name, code, message } = parseCommandRefused(event);
    const refusal = { commandId, name, message, ...(code !== undefined && { code }) };
    return [{ kind: 'outcome', processId, metadata, outcome: { kind: 'refused', commandId, reason: message }, refusal }];
  }

  private request(event: StoredEvent): readonly Routed[] {
    const { process, processId, kind, reason = '' } = parseProcessRequested(event);
    if (process !== this.definition.name) return [];
    return [{ kind: 'request', processId, metadata: parseMetadata(event.metadata), request: { kind, reason } }];
  }

  private async messages(event: StoredEvent): Promise<readonly Routed[]> {
    const metadata = parseMetadata(event.metadata);
    const read = (await this.reader.read(event)).filter((message) => this.taken.has(Object.getPrototypeOf(message)));
    const owner = event.streamId.startsWith(TIMER_STREAM) ? this.ownId(metadata) : undefined;
    if (owner !== undefined) {
      const timerId = event.streamId.slice(TIMER_STREAM.length);
      return read.map((message) => ({ kind: 'message', processId: owner, metadata, message, timerId }));
    }
    return read.flatMap((message) => {
      const processId = this.correlate(message, event, metadata);
      return processId === undefined ? [] : [{ kind: 'message', processId, metadata, message }];
    });
  }

  private correlate(message: object, { streamId, type }: StoredEvent, metadata: EventMetadata): string | undefined {
    const { name, correlate } = this.definition;
    const id: unknown = correlate(message, { streamId, metadata });
    if (id === undefined) return undefined;
    if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH) {
      throw new EventspanError('PROCESS_ID_INVALID', { process: name, type, value: typeof id === 'string' ? id : typeof id });
    }
    checkStreamId(processStreamOf(name, id));
    return id;
  }

  /** The process, where it is one of this process manager. */
  private ownId({ processName, processId }: EventMetadata): string | undefined {
    return processName === this.definition.name && typeof processId === 'string' ? processId : undefined;
  }

  private mayTake(type: string): boolean {
    const known = this.isTaken.get(type);
    if (known !== undefined) return known;
    const isTaken = [...this.events.becomes(type)].some((each) => this.taken.has(each.prototype));
    this.isTaken.set(type, isTaken);
    return isTaken;
  }
}
