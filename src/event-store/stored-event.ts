import type { Position } from './position.js';

/** An event on its way into the log, serialised: a store keeps and returns these texts to the byte. */
export interface EventToAppend {
  /** UUID; the append is idempotent by it. */
  readonly eventId: string;
  /** The wire name. */
  readonly type: string;
  /** JSON text of the payload, at most 2,621,440 characters. */
  readonly data: string;
  /** JSON text of the {@link EventMetadata}. */
  readonly metadata: string;
}

/** An event in the log. */
export interface StoredEvent extends EventToAppend {
  readonly streamId: string;
  /** 1-based place in its stream. */
  readonly version: number;
  readonly shard: number;
  readonly position: Position;
}

/** When the store committed it: RFC 3339, UTC, nine digits of fraction. The first part of its position. */
export function commitTimeOf(event: Pick<StoredEvent, 'position'>): string {
  return event.position.slice(0, 30);
}
