import type { RowChange } from '../event-store/read-models.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { DISCARDED_EVENTS, PARKED_STREAMS } from '../event-store/system-tables.js';
import { failureTexts } from './failure-texts.js';
import type { ParkedReason } from './parked-stream.js';

/** The row of a parked stream. */
export interface ParkedKey {
  readonly consumer: string;
  readonly shard: number;
  readonly stream_id: string;
}

/** Why an event was given up for now. */
export interface ParkedFailure {
  readonly error: unknown;
  readonly reason: ParkedReason;
  /** Tries so far. */
  readonly attempts: number;
  readonly at: Date;
}

/** What an operator gave up. */
export interface Discarded {
  readonly event: StoredEvent;
  readonly consumer: string;
  readonly reason: string | undefined;
  readonly at: Date;
  /** Of the event that had failed: why. */
  readonly failure?: { readonly code: unknown; readonly message: unknown; readonly attempts: unknown };
}

/** Parks a stream before this event. */
export function parkChange(key: ParkedKey, event: StoredEvent, failure: ParkedFailure): RowChange {
  const nothingAsked = { request: null, request_reason: null, request_version: null, requested_at: null };
  const row = { ...key, ...placeOf(event), ...textsOf(failure), parked_at: failure.at, ...nothingAsked };
  return { kind: 'upsert', table: PARKED_STREAMS, row };
}

/** The stream waits before another of its events. */
export function moveChange(key: ParkedKey, event: StoredEvent, more: Readonly<Record<string, unknown>> = {}): RowChange {
  return { kind: 'update', table: PARKED_STREAMS, row: { ...key, ...placeOf(event), ...more } };
}

/** The stream failed again before this event. */
export function putBackChange(key: ParkedKey, event: StoredEvent, failure: ParkedFailure & { readonly keepsRequest: boolean }): RowChange {
  return moveChange(key, event, { ...textsOf(failure), ...(!failure.keepsRequest && { request: null, request_version: null }) });
}

/** The stream is parked no more. */
export function unparkChange(key: ParkedKey): RowChange {
  return { kind: 'delete', table: PARKED_STREAMS, row: { ...key } };
}

/** A re-drive of the stream's first event begins, which may end the process. */
export function startChange(key: ParkedKey, starts: number): RowChange {
  return { kind: 'update', table: PARKED_STREAMS, row: { ...key, starts } };
}

export function discardChange({ event, consumer, reason, at, failure }: Discarded): RowChange {
  const row = {
    consumer,
    stream_id: event.streamId,
    version: event.version,
    event_id: event.eventId,
    type: event.type,
    position: event.position,
    reason: reason ?? null,
    code: failure?.code ?? null,
    message: failure?.message ?? null,
    attempts: failure?.attempts ?? 0,
    discarded_at: at,
  };
  return { kind: 'upsert', table: DISCARDED_EVENTS, row };
}

function placeOf({ version, position, eventId, type }: StoredEvent): Record<string, unknown> {
  return { version, position, event_id: eventId, type, starts: 0 };
}

function textsOf({ error, reason, attempts, at }: ParkedFailure): Record<string, unknown> {
  return { reason, attempts, failed_at: at, ...failureTexts(error) };
}
