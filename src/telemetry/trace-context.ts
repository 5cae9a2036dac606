import { createTraceState, isSpanContextValid, type SpanContext } from '@opentelemetry/api';

/** Where something belongs in a trace, as W3C Trace Context spells it. */
export interface TraceContext {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;
const NONE: TraceContext = Object.freeze({});

/**
 * The trace context that was stored with an event, from the text of its metadata or from the metadata read; empty where it has none. Never throws.
 */
export function contextOf(metadata: string | Readonly<Record<string, unknown>>): TraceContext {
  const { traceparent, tracestate } = typeof metadata === 'string' ? parsed(metadata) : metadata;
  if (typeof traceparent !== 'string') return NONE;
  return { traceparent, ...(typeof tracestate === 'string' && { tracestate }) };
}

/** What OpenTelemetry makes of it; undefined where it is none, or not well-formed. */
export function spanContextOf({ traceparent, tracestate }: TraceContext): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(context) ? context : undefined;
}

/** The context of a span that is here; undefined where it is of no trace. */
export function traceContextOf(span: SpanContext | undefined): TraceContext | undefined {
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const { traceId, spanId, traceFlags, traceState } = span;
  const tracestate = traceState?.serialize() ?? '';
  return { traceparent: `00-${traceId}-${spanId}-0${traceFlags & 1}`, ...(tracestate !== '' && { tracestate }) };
}

/** Metadata with a trace context in place of its own; as it is where there is none. */
export function inTrace<T extends object>(metadata: T, context: TraceContext | undefined): T {
  if (context === undefined) return metadata;
  const { traceparent: _, tracestate: __, ...rest } = metadata as T & TraceContext;
  return { ...rest, ...context } as T;
}

function parsed(metadata: string): Readonly<Record<string, unknown>> {
  // Most metadata is of events recorded outside of any trace, and a batch has many.
  if (!metadata.includes('"traceparent"')) return {};
  try {
    const value: unknown = JSON.parse(metadata);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
