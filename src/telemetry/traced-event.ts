import { contextOf, type TraceContext } from './trace-context.js';

/** What tracing and logs have to know of an event; a stored one has it. Its payload is not looked at. */
export interface TracedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly streamId: string;
  /** JSON text of the metadata. */
  readonly metadata: string;
}

/** The trace contexts that were stored with events, each once, at most `max`. */
export function contextsOf(events: readonly TracedEvent[], max: number): readonly TraceContext[] {
  const found = new Map<string, TraceContext>();
  for (const { metadata } of events) {
    const context = contextOf(metadata);
    if (context.traceparent !== undefined) found.set(context.traceparent, context);
    if (found.size === max) break;
  }
  return [...found.values()];
}

/** Ids of an event for a log line: `eventId`, `type`, `streamId`, and of its metadata `correlationId` and `commandId`. Never throws. */
export function eventFields({ eventId, type, streamId, metadata }: TracedEvent): Readonly<Record<string, string>> {
  const { correlationId, commandId } = idsOf(metadata);
  return {
    eventId,
    type,
    streamId,
    ...(typeof correlationId === 'string' && { correlationId }),
    ...(typeof commandId === 'string' && { commandId }),
  };
}

function idsOf(metadata: string): { readonly correlationId?: unknown; readonly commandId?: unknown } {
  try {
    return (JSON.parse(metadata) as { correlationId?: unknown } | null) ?? {};
  } catch {
    return {};
  }
}
