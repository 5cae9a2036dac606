import type { Attributes, BatchObservableResult, Histogram, Meter, Observable } from '@opentelemetry/api';
import { METRICS, type MetricAttributes, type MetricName, type MetricOf, type MetricSignal } from './signals.js';
import { APP_ATTRIBUTE } from './span-signals.js';

type HistogramName = MetricOf<'histogram'>;
type ObservedName = MetricOf<'counter' | 'gauge'>;

/** Says the value of a counter or gauge at the time of a collection. */
export type Observe = <Name extends ObservedName>(name: Name, value: number, attributes?: MetricAttributes<Name>) => void;

/** From a millisecond, which is a fast append, to a minute. */
const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Metrics of the catalogue, by the OpenTelemetry API. Histograms are recorded; counters and gauges are asked for when a reader collects, so that
 * they cost nothing in between. Without an SDK nothing happens.
 */
export class Metrics {
  private readonly histograms = new Map<HistogramName, Histogram>();
  private readonly sources = new Set<(observe: Observe) => void>();
  /** What was told at the last collection. A reader keeps the last value of a gauge that nobody tells any more, so it is told as 0. */
  private gauges = new Map<string, { readonly name: ObservedName; readonly attributes: Attributes }>();
  private observables: ReadonlyMap<ObservedName, Observable> | undefined;

  constructor(
    private readonly meter: Meter | undefined,
    private readonly app: string,
  ) {}

  /** Whether there is anybody to give values to. */
  get isOn(): boolean {
    return this.meter !== undefined;
  }

  /** Records a value of a histogram. */
  record<Name extends HistogramName>(name: Name, value: number, attributes?: MetricAttributes<Name>): void {
    if (this.meter === undefined) return;
    const histogram = this.histograms.get(name) ?? createHistogram(this.meter, name);
    this.histograms.set(name, histogram);
    histogram.record(Math.max(0, value), { ...attributes, [APP_ATTRIBUTE]: this.app });
  }

  /**
   * A source of counters and gauges: asked at each collection, synchronously, so it says what it knows. Values of one name need attributes that
   * tell them apart. What it throws is lost, with its values. Answers the end of it.
   */
  observe(source: (observe: Observe) => void): () => void {
    const { meter } = this;
    if (meter === undefined) return () => undefined;
    this.sources.add(source);
    if (this.observables === undefined) {
      const observables = createObservables(meter);
      this.observables = observables;
      meter.addBatchObservableCallback((result) => this.collect(result, observables), [...observables.values()]);
    }
    return () => void this.sources.delete(source);
  }

  private collect(result: BatchObservableResult, observables: ReadonlyMap<ObservedName, Observable>): void {
    const gone = this.gauges;
    this.gauges = new Map();
    const tell = (name: ObservedName, value: number, attributes: Attributes): void => {
      const observable = observables.get(name);
      if (observable === undefined) return;
      result.observe(observable, value, { ...attributes, [APP_ATTRIBUTE]: this.app });
      if (METRICS[name].kind !== 'gauge') return;
      const key = JSON.stringify([name, attributes]);
      gone.delete(key);
      this.gauges.set(key, { name, attributes });
    };
    for (const source of this.sources) {
      try {
        source((name, value, attributes = {}) => tell(name, value, attributes));
      } catch {
        // A source that cannot be read must not take the others with it.
      }
    }
    for (const { name, attributes } of gone.values()) tell(name, 0, attributes);
  }
}

function createHistogram(meter: Meter, name: HistogramName): Histogram {
  const { unit, description } = METRICS[name];
  return meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: SECONDS_BUCKETS } });
}

function createObservables(meter: Meter): ReadonlyMap<ObservedName, Observable> {
  const observables = new Map<ObservedName, Observable>();
  for (const [name, { kind, unit, description }] of Object.entries(METRICS) as [MetricName, MetricSignal][]) {
    if (kind === 'counter') observables.set(name as ObservedName, meter.createObservableCounter(name, { unit, description }));
    if (kind === 'gauge') observables.set(name as ObservedName, meter.createObservableGauge(name, { unit, description }));
  }
  return observables;
}
