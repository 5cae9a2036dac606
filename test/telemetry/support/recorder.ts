import { context, metrics, trace, SpanKind } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  DataPointType,
  MeterProvider,
  MetricReader,
  type DataPoint,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type Sampler,
} from '@opentelemetry/sdk-trace-base';
import type { TelemetryOptions } from '../../../src/telemetry/telemetry.js';

/** A reader that collects when it is told to. */
class PullReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

/** A value of a metric with its attributes. */
export interface Point {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of a histogram: how many values. */
  readonly value: number;
}

/** The real SDK, which keeps what it is given. One a test: the context manager is global. */
export class Recorder {
  readonly tracerProvider: BasicTracerProvider;
  readonly meterProvider: MeterProvider;
  private readonly exporter = new InMemorySpanExporter();
  private readonly reader = new PullReader();
  private readonly apps: { stop(): Promise<void> }[] = [];

  constructor({ sampler }: { readonly sampler?: Sampler } = {}) {
    this.tracerProvider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(this.exporter)],
      ...(sampler && { sampler }),
    });
    this.meterProvider = new MeterProvider({ readers: [this.reader] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }

  /** Provider options for an application. */
  get telemetry(): Required<TelemetryOptions> {
    return { tracerProvider: this.tracerProvider, meterProvider: this.meterProvider };
  }

  /** Runs a task in a span of the user's, as an instrumented HTTP server would. */
  async request<T>(name: string, task: () => Promise<T>): Promise<T> {
    const tracer = this.tracerProvider.getTracer('http');
    return tracer.startActiveSpan(name, { kind: SpanKind.SERVER }, async (span) => {
      try {
        return await task();
      } finally {
        span.end();
      }
    });
  }

  get spans(): readonly ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  span(name: string): ReadableSpan {
    const found = this.spans.filter((span) => span.name === name);
    if (found.length !== 1)
      throw new Error(`${found.length} spans are named ${name}; there are ${this.spans.map((span) => span.name).join(', ')}`);
    return found[0]!;
  }

  async collect(): Promise<ResourceMetrics> {
    return (await this.reader.collect()).resourceMetrics;
  }

  /** All values of Eventspan's own metrics. */
  async points(): Promise<readonly Point[]> {
    const { scopeMetrics } = await this.collect();
    return scopeMetrics.flatMap(({ metrics: all }) => all.flatMap(pointsOf));
  }

  /** The values of one metric, summed over all but these attributes. */
  async sum(name: string, where: Readonly<Record<string, unknown>> = {}): Promise<number | undefined> {
    const points = (await this.points()).filter((point) => point.name === name && fits(point, where));
    return points.length === 0 ? undefined : points.reduce((sum, { value }) => sum + value, 0);
  }

  /** Stops an application with the recorder, whatever became of its test. */
  closes(app: { stop(): Promise<void> }): void {
    this.apps.push(app);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
    await this.tracerProvider.shutdown();
    await this.meterProvider.shutdown();
    context.disable();
    trace.disable();
    metrics.disable();
  }
}

function fits({ attributes }: Point, where: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(where).every(([key, value]) => attributes[key] === value);
}

function pointsOf(metric: MetricData): Point[] {
  const { name } = metric.descriptor;
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    return metric.dataPoints.map(({ attributes, value }) => ({ name, attributes, value: value.count }));
  }
  return (metric.dataPoints as DataPoint<number>[]).map(({ attributes, value }) => ({ name, attributes, value }));
}
