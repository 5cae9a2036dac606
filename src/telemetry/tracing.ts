import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context as active,
  trace,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { errorTypeOf } from './error-type.js';
import { APP_ATTRIBUTE, SPANS, type SpanAttributes, type SpanName } from './span-signals.js';
import { contextOf, spanContextOf, traceContextOf, type TraceContext } from './trace-context.js';
import { contextsOf, eventFields, type TracedEvent } from './traced-event.js';

/** A span under way, as far as the code inside it has to do with it. */
export interface OpenSpan<Name extends SpanName> {
  /** What goes into the metadata of what is recorded or sent inside; undefined without tracing. */
  readonly context: TraceContext | undefined;
  set(attributes: SpanAttributes<Name>): void;
  /** It failed although nothing is thrown. */
  failed(error: unknown): void;
}

/** Where a span is to hang. */
interface Place {
  readonly base: Context;
  readonly links?: Link[];
}

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;
/** What SDKs keep of links by default. */
const MAX_LINKS = 128;
const CLOSED: OpenSpan<never> = Object.freeze({ context: undefined, set() {}, failed() {} });

/**
 * Spans, by the OpenTelemetry API. Without an SDK every method runs its task and does nothing else. Spans carry ids, names, counts and error codes:
 * neither payloads nor the messages of errors.
 */
export class Tracing {
  constructor(
    private readonly tracer: Tracer | undefined,
    private readonly app: string,
  ) {}

  /** Whether there is anybody to give spans to. */
  get isOn(): boolean {
    return this.tracer !== undefined;
  }

  /**
   * A command. Hangs from what was given with it, else from the active span, else from the context that it runs in.
   */
  command<T>(
    { name, given, context }: { readonly name: string; readonly given: TraceContext; readonly context: TraceContext },
    task: (span: OpenSpan<'eventspan.command'>) => Promise<T>,
  ): Promise<T> {
    if (this.tracer === undefined) return task(CLOSED);
    return this.run('eventspan.command', { attributes: { 'eventspan.command': name }, ...commandPlace(given, context) }, task);
  }

  /** An append, in whatever is active. */
  appending<T>(attributes: SpanAttributes<'eventspan.append'>, task: (span: OpenSpan<'eventspan.append'>) => Promise<T>): Promise<T> {
    if (this.tracer === undefined) return task(CLOSED);
    return this.run('eventspan.append', { attributes, base: active.active() }, task);
  }

  /** A try to publish events, which hangs from their stored contexts as {@link handling} does. `shard` is the relay's. */
  publishing<T>(
    what: { readonly destination: string; readonly events: readonly TracedEvent[]; readonly shard?: number },
    task: () => Promise<T>,
  ): Promise<T> {
    if (this.tracer === undefined) return task();
    const { destination, events, shard } = what;
    const attributes = {
      'eventspan.destination': destination,
      ...(shard !== undefined && { 'eventspan.shard': shard }),
      ...attributesOf(events),
    };
    return this.run('eventspan.publish', { attributes, ...placeOf(events) }, task);
  }

  /** A batch of a projection, which hangs from the events' stored contexts as {@link handling} does. */
  projecting<T>(
    { consumer, events }: { readonly consumer: string; readonly events: readonly TracedEvent[] },
    task: (span: OpenSpan<'eventspan.project'>) => Promise<T>,
  ): Promise<T> {
    if (this.tracer === undefined) return task(CLOSED);
    const attributes = { 'eventspan.consumer': consumer, ...attributesOf(events) };
    return this.run('eventspan.project', { attributes, ...placeOf(events) }, task);
  }

  /**
   * The handling of one event by a consumer, process manager, dispatcher, queue worker or timer: call it around everything that is done for the
   * event, its commit included. The span hangs from the context that was stored with the event, and is active inside `task`: commands executed,
   * events appended and spans of the user's belong to it, and {@link outgoing} gives its context. Where several events are handled as one, the span
   * hangs from their context if they share one, else it begins a trace of its own with a link to each, up to 128.
   */
  handling<T>(
    handled: { readonly consumer: string; readonly event: TracedEvent | readonly TracedEvent[] },
    task: (span: OpenSpan<'eventspan.handle'>) => Promise<T>,
  ): Promise<T> {
    if (this.tracer === undefined) return task(CLOSED);
    const { consumer, event } = handled;
    const events = isMany(event) ? event : [event];
    const attributes = { 'eventspan.consumer': consumer, ...attributesOf(events) };
    return this.run('eventspan.handle', { attributes, ...placeOf(events) }, task);
  }

  /**
   * The trace context for the metadata of what is sent now: of the active span; without one, that of the event (or metadata) which leads to it, so
   * that a trace is led on also by processes that have no SDK.
   */
  outgoing(cause: string | Readonly<Record<string, unknown>>): TraceContext {
    return this.current() ?? contextOf(cause);
  }

  /** The context of the active span; undefined without one. */
  current(): TraceContext | undefined {
    return this.isOn ? traceContextOf(trace.getActiveSpan()?.spanContext()) : undefined;
  }

  /** Runs `task` in no span, so that loops that it starts or wakes do not inherit one. */
  outside<T>(task: () => T): T {
    return this.isOn ? active.with(ROOT_CONTEXT, task) : task();
  }

  private run<Name extends SpanName, T>(
    name: Name,
    { attributes, base, links = [] }: Place & { readonly attributes: SpanAttributes<Name> },
    task: (span: OpenSpan<Name>) => Promise<T>,
  ): Promise<T> {
    const signal = SPANS[name];
    const label = 'label' in signal ? ` ${String((attributes as Readonly<Record<string, unknown>>)[signal.label])}` : '';
    const options = { kind: KINDS[signal.kind], attributes: { ...attributes, [APP_ATTRIBUTE]: this.app }, links };
    const span = (this.tracer as Tracer).startSpan(`${name}${label}`, options, base);
    return active.with(trace.setSpan(base, span), () => settle(span, task));
  }
}

async function settle<Name extends SpanName, T>(span: Span, task: (span: OpenSpan<Name>) => Promise<T>): Promise<T> {
  try {
    return await task({
      context: traceContextOf(span.spanContext()),
      set: (attributes) => void span.setAttributes({ ...attributes }),
      failed: (error) => fail(span, error),
    });
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function fail(span: Span, error: unknown): void {
  span.setAttribute('error.type', errorTypeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function commandPlace(given: TraceContext, context: TraceContext): Place {
  const here = active.active();
  if (given.traceparent !== undefined) return { base: under(given, here) };
  return { base: traceContextOf(trace.getSpanContext(here)) === undefined ? under(context, here) : here };
}

/** `base` with the span of a context as the active one; as it is where the context is none. */
function under(context: TraceContext, base: Context): Context {
  const parent = spanContextOf(context);
  return parent === undefined ? base : trace.setSpanContext(base, parent);
}

/** From the one context that all events have, or linked to those that they have. What runs the engine is never the parent. */
function placeOf(events: readonly TracedEvent[]): Place {
  const contexts = contextsOf(events, MAX_LINKS);
  const [first] = contexts;
  if (first === undefined) return { base: ROOT_CONTEXT };
  const isShared = contexts.length === 1 && events.every(({ metadata }) => contextOf(metadata).traceparent !== undefined);
  if (isShared) return { base: under(first, ROOT_CONTEXT) };
  const links = contexts.map(spanContextOf).filter((each) => each !== undefined);
  return { base: ROOT_CONTEXT, links: links.map((context) => ({ context })) };
}

function attributesOf(events: readonly TracedEvent[]): Readonly<Record<string, string | number>> {
  const [event] = events;
  if (event === undefined || events.length > 1) return { 'eventspan.events': events.length };
  const { eventId, type, streamId, correlationId } = eventFields(event);
  return {
    'eventspan.events': 1,
    'eventspan.event.id': eventId ?? '',
    'eventspan.event.type': type ?? '',
    'eventspan.stream.id': streamId ?? '',
    ...(correlationId !== undefined && { 'eventspan.correlation.id': correlationId }),
  };
}

function isMany(event: TracedEvent | readonly TracedEvent[]): event is readonly TracedEvent[] {
  return Array.isArray(event);
}
