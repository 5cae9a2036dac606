import { EventspanError } from '../errors/eventspan-error.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { Position } from '../event-store/position.js';
import type { EventMetadata } from '../messages/metadata.js';
import type { AfterCommit } from './inline/after-commit.js';
import { refusePosition } from './inline/refuse-position.js';
import type { ProjectionContext, ProjectorDefinition, View } from './projector-definition.js';

/** What the contexts of one batch share. */
export interface BatchContext {
  readonly projector: ProjectorDefinition;
  readonly view: View;
  readonly isReplay: boolean;
  readonly afterCommit: (effect: AfterCommit) => void;
}

/**
 * What a handler is told of its event. Most look at little of it, and in a rebuild every event would pay for all: what is asked for is
 * looked up then.
 */
export class HandlerContext implements ProjectionContext {
  private readTime: Date | undefined = undefined;
  private readMetadata: EventMetadata | undefined = undefined;

  constructor(
    private readonly event: StoredEvent,
    private readonly batch: BatchContext,
  ) {}

  get view(): View {
    return this.batch.view;
  }

  get streamId(): string {
    return this.event.streamId;
  }

  get version(): number {
    return this.event.version;
  }

  get shard(): number {
    return this.event.shard;
  }

  get eventId(): string {
    return this.event.eventId;
  }

  get isReplay(): boolean {
    return this.batch.isReplay;
  }

  get afterCommit(): (effect: AfterCommit) => void {
    return this.batch.afterCommit;
  }

  /** An inline projector knows when the event was recorded and not when it was committed; a rebuild must come to the same rows. */
  get time(): Date {
    this.readTime ??= new Date(this.isInline ? this.metadata.time : commitTimeOf(this.event));
    return this.readTime;
  }

  get metadata(): EventMetadata {
    this.readMetadata ??= metadataOf(this.event);
    return this.readMetadata;
  }

  get position(): Position {
    return this.isInline ? refusePosition(this.batch.projector.name, this.event) : this.event.position;
  }

  private get isInline(): boolean {
    return this.batch.projector.lifecycle === 'inline';
  }
}

function metadataOf({ metadata, type }: StoredEvent): EventMetadata {
  try {
    return JSON.parse(metadata) as EventMetadata;
  } catch (cause) {
    throw new EventspanError('PAYLOAD_UNREADABLE', { type, path: 'metadata', reason: 'it is not JSON' }, { cause });
  }
}
