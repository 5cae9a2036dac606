import { EventspanError } from '../errors/eventspan-error.js';
import { EventReader, type NeighbourSource } from '../event-store/event-reader.js';
import { comparePositions, type Position } from '../event-store/position.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { EventBatch, EventFailure, EventHandler } from '../subscriptions/event-handler.js';
import { throwIfAborted } from '../support/abort.js';
import type { ProjectionTarget, TargetBatch } from './projection-target.js';
import type { ProjectorDefinition } from './projector-definition.js';
import { ViewBuffer } from './view-buffer.js';
import type { ViewTables } from './view-tables.js';

/** What a projection runs on. */
export interface ProjectionHandlerOptions {
  readonly projector: ProjectorDefinition;
  readonly events: EventRegistry;
  readonly tables: ViewTables;
  readonly target: ProjectionTarget;
  /** Where the neighbours of events are read that upcasters merge. */
  readonly streams: NeighbourSource;
}

/**
 * Runs a projector's handlers over a batch with a fresh view, one event after another, and commits what they did with the
 * cursor. Events that the projector does not take are passed over unread.
 */
export class ProjectionHandler implements EventHandler {
  /** Prototypes of the classes that the projector takes. */
  private readonly taken: ReadonlySet<unknown>;
  /** By wire name, whether events of it may be read as one of them. */
  private readonly takenNames = new Map<string, boolean>();
  private readonly reader: EventReader;

  constructor(private readonly options: ProjectionHandlerOptions) {
    this.taken = new Set(options.projector.events.map((type): unknown => type.prototype));
    this.reader = new EventReader(options.events, options.streams);
  }

  async apply(batch: EventBatch): Promise<EventFailure | undefined> {
    const { projector, tables, target } = this.options;
    const opened = await target.open(batch);
    const view = new ViewBuffer(projector.name, tables, opened);
    try {
      const failure = await this.runAll(eventsToDo(batch, opened), view, batch);
      view.close();
      if (failure === undefined) await opened.commit(view);
      else await giveUp(opened);
      return failure;
    } catch (error) {
      view.close();
      await giveUp(opened);
      throw error;
    }
  }

  private async runAll(events: readonly StoredEvent[], view: ViewBuffer, batch: EventBatch): Promise<EventFailure | undefined> {
    const skipped = batch.events.length - events.length;
    for (const [at, event] of events.entries()) {
      throwIfAborted(batch.signal);
      const thrown = await this.run(event, view);
      // A read that failed makes the whole batch void, whatever the handler made of it.
      if (view.fault !== undefined) throw view.fault.error;
      if (thrown !== undefined) return { at: skipped + at, error: thrown.error };
    }
    return undefined;
  }

  private isTaken(type: string): boolean {
    const known = this.takenNames.get(type);
    if (known !== undefined) return known;
    const isTaken = [...this.options.events.becomes(type)].some((each) => this.taken.has(each.prototype));
    this.takenNames.set(type, isTaken);
    return isTaken;
  }

  private async run(event: StoredEvent, view: ViewBuffer): Promise<{ readonly error: unknown } | undefined> {
    const { projector } = this.options;
    if (!this.isTaken(event.type)) return undefined;
    try {
      const context = {
        view,
        streamId: event.streamId,
        version: event.version,
        shard: event.shard,
        position: event.position,
        eventId: event.eventId,
        time: new Date(commitTimeOf(event)),
        metadata: metadataOf(event),
      };
      const read = this.reader.read(event);
      for (const each of read instanceof Promise ? await read : read) {
        if (this.taken.has(Object.getPrototypeOf(each))) await projector.handle(each, context);
      }
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}

function eventsToDo({ events }: EventBatch, { doneUpTo }: { readonly doneUpTo?: Position }): readonly StoredEvent[] {
  return doneUpTo === undefined ? events : events.filter(({ position }) => comparePositions(position, doneUpTo) > 0);
}

function metadataOf({ metadata, type }: StoredEvent): EventMetadata {
  try {
    return JSON.parse(metadata) as EventMetadata;
  } catch (cause) {
    throw new EventspanError('PAYLOAD_UNREADABLE', { type, path: 'metadata', reason: 'it is not JSON' }, { cause });
  }
}

/** The batch has failed already; that its end fails too says nothing new, and its transaction ends by itself. */
async function giveUp(batch: TargetBatch): Promise<void> {
  await batch.abandon().catch(() => undefined);
}
