import { createNoopMeter, metrics, trace, type Meter, type MeterProvider, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { Metrics } from './metrics.js';
import { Tracing } from './tracing.js';

/** Where spans and metrics go. */
export interface TelemetryOptions {
  /** Default: the one that was registered with OpenTelemetry before the application is opened; without one there are no spans. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the one that was registered with OpenTelemetry before the application is opened; without one there are no metrics. */
  readonly meterProvider?: MeterProvider;
}

/** What one application tells of itself by OpenTelemetry; see docs/reference/signals.md. */
export interface Telemetry {
  readonly tracing: Tracing;
  readonly metrics: Metrics;
}

const SCOPE = 'eventspan';

/** The default of engines: says nothing. */
export const silentTelemetry: Telemetry = Object.freeze({ tracing: new Tracing(undefined, ''), metrics: new Metrics(undefined, '') });

/** `app` is the attribute by which the applications of one process are told apart. Silent where no SDK is registered and no provider given. */
export function createTelemetry(app: string, { tracerProvider, meterProvider }: TelemetryOptions = {}): Telemetry {
  const tracer = tracerProvider?.getTracer(SCOPE) ?? registeredTracer();
  const meter = meterProvider?.getMeter(SCOPE) ?? registeredMeter();
  if (tracer === undefined && meter === undefined) return silentTelemetry;
  return { tracing: new Tracing(tracer, app), metrics: new Metrics(meter, app) };
}

/** The API stands in front of the registered provider with one of its own, which knows whether there is another behind it. */
function registeredTracer(): Tracer | undefined {
  const provider: TracerProvider & { getDelegateTracer?(name: string): Tracer | undefined } = trace.getTracerProvider();
  return provider.getDelegateTracer === undefined ? provider.getTracer(SCOPE) : provider.getDelegateTracer(SCOPE);
}

/** Without a provider the API gives out its one meter that does nothing. */
function registeredMeter(): Meter | undefined {
  const meter = metrics.getMeter(SCOPE);
  return meter === createNoopMeter() ? undefined : meter;
}
