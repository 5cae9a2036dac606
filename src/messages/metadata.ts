/**
 * What is known of an event besides its payload. Stored as JSON with the event, carried to consumers, never changed afterwards.
 * The framework sets the named fields; an `enrich` hook or `execute(..., { metadata })` may add others with JSON values.
 */
export interface EventMetadata {
  /** One id for everything that follows from one request. */
  readonly correlationId: string;
  /** The id of the command or event that led to this one. */
  readonly causationId?: string;
  /** The command that recorded it. */
  readonly commandId?: string;
  /** Who asked for it. */
  readonly actor?: string;
  /** Which service recorded it. */
  readonly source?: string;
  /** When it was recorded, by the recording process's clock: RFC 3339, UTC, milliseconds. */
  readonly time: string;
  /** The version of the event's schema (`@Event(name, { version })`). */
  readonly schemaVersion: number;
  /** W3C trace context, if the recording ran inside a trace. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly [name: string]: unknown;
}
