import { serializeMetadata } from '../metadata-json.js';

/** Types of Eventspan's own events begin so; they are in no registry, and users' events are not called so. */
const PREFIX = 'eventspan.';

/** An event of Eventspan's own, as a store takes it. */
export interface FrameworkEvent {
  readonly eventId: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** What is known of it besides its payload. */
export interface FrameworkEventNote {
  readonly eventId: string;
  /** What goes on from that which led to it; `time` and `schemaVersion` in it count for nothing. */
  readonly metadata: { readonly correlationId: string; readonly [name: string]: unknown };
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

/** `data` is JSON text. Throws `PAYLOAD_NOT_EXACT` and `PAYLOAD_TOO_LARGE` for metadata that cannot be stored. */
export function frameworkEvent(type: string, data: string, { eventId, metadata, nowMs }: FrameworkEventNote): FrameworkEvent {
  const { time: _, schemaVersion: __, ...common } = metadata;
  const defined = Object.fromEntries(Object.entries(common).filter(([, value]) => value !== undefined));
  const { correlationId } = metadata;
  const stored = { ...defined, correlationId, time: new Date(nowMs).toISOString(), schemaVersion: 1 };
  return { eventId, type, data, metadata: serializeMetadata(stored) };
}

/** Whether an event is Eventspan's own, by its type. */
export function isFrameworkEvent(type: string): boolean {
  return type.startsWith(PREFIX);
}
