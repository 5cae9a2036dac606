/** A metric as the catalogue has it. */
export interface MetricSignal {
  /** Histograms are recorded as things happen; counters and gauges are read from what the engines know when a reader collects. */
  readonly kind: 'histogram' | 'counter' | 'gauge';
  /** UCUM; in braces what is counted. */
  readonly unit: string;
  readonly description: string;
  /** When there is a value of it. */
  readonly when: string;
  /** Beside `eventspan.app`, which all have. */
  readonly attributes: Readonly<Record<string, string>>;
}

const CONSUMER = 'Name in the cursors: of a projection, consumer, process manager, queue or timer engine.';
const ERROR_TYPE = 'Error code, or name of the class of what was thrown; absent where nothing was.';

const consumer = { 'eventspan.consumer': CONSUMER } as const;
const outcome = (words: string) => ({ 'eventspan.outcome': words, 'error.type': ERROR_TYPE }) as const;
const ofCounter = (unit: string, description: string) =>
  ({ kind: 'counter', unit, description, when: 'For each consumer.', attributes: consumer }) as const;
const ofGauge = (unit: string, description: string) =>
  ({ kind: 'gauge', unit, description, when: 'For each consumer.', attributes: consumer }) as const;

/**
 * Every metric, by name. Code records through this table alone, docs/reference/signals.md is made of it (`npm run docs:signals`), and a test holds
 * an instrumented run to it. A name ends with its unit where that is time, so that all exporters spell it alike for Prometheus.
 */
export const METRICS = {
  'eventspan.command.seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of a command, from `execute` to its result.',
    when: 'At the end of each command.',
    attributes: { 'eventspan.command': 'Wire name of the command.', ...outcome('`executed`, `repeated` or `failed`.') },
  },
  'eventspan.commands.in_flight': {
    kind: 'gauge',
    unit: '{command}',
    description: 'Commands begun and not ended.',
    when: 'With the role commands.',
    attributes: {},
  },
  'eventspan.commands.conflicts': {
    kind: 'counter',
    unit: '{conflict}',
    description: 'Appends of commands that met another writer.',
    when: 'With the role commands.',
    attributes: {},
  },
  'eventspan.commands.retries': {
    kind: 'counter',
    unit: '{retry}',
    description: 'Decisions made again after a conflict.',
    when: 'With the role commands.',
    attributes: {},
  },
  'eventspan.commands.cache_hits': {
    kind: 'counter',
    unit: '{command}',
    description: 'Commands that found their aggregate in the cache.',
    when: 'With the role commands.',
    attributes: {},
  },
  'eventspan.append.seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of an append in the store, repeats by the adapter included.',
    when: 'At the end of each append, of commands and of everything else.',
    attributes: outcome('`appended`, `repeated`, `conflict`, `unknown` or `failed`.'),
  },
  'eventspan.publish.seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of one try to publish a batch.',
    when: 'At the end of each try of the relay.',
    attributes: outcome('`published` or `failed`.'),
  },
  'eventspan.publish.delay.seconds': {
    kind: 'histogram',
    unit: 's',
    description: "Time from the commit of a batch's first event to its publication; by the clocks of store and process.",
    when: 'When the transport has taken a batch.',
    attributes: {},
  },
  'eventspan.relay.events': {
    kind: 'counter',
    unit: '{event}',
    description: 'Events that the transport took, repeats included.',
    when: 'With the role relay.',
    attributes: {},
  },
  'eventspan.relay.lag.events': {
    kind: 'gauge',
    unit: '{event}',
    description: 'Events read and not yet taken by the transport: at least so many wait.',
    when: 'With the role relay.',
    attributes: {},
  },
  'eventspan.relay.lag.seconds': {
    kind: 'gauge',
    unit: 's',
    description: 'Age of the oldest event that was read and not yet taken by the transport; 0 when there is none.',
    when: 'With the role relay.',
    attributes: {},
  },
  'eventspan.relay.shards': {
    kind: 'gauge',
    unit: '{shard}',
    description: 'Shards that this relay holds, by what it does with them.',
    when: 'With the role relay.',
    attributes: { 'eventspan.state': '`ready`, `publishing`, `retrying` or `stopped`.' },
  },
  'eventspan.leases.changes': {
    kind: 'counter',
    unit: '{change}',
    description: 'Shards that came to this process, and shards that it lost: to another one, or to take them anew.',
    when: 'For the relay and each consumer.',
    attributes: { 'eventspan.consumer': `\`relay\`, or: ${CONSUMER}`, 'eventspan.change': '`taken` or `lost`.' },
  },
  'eventspan.handler.seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time of a batch: its handlers and the commit of what they did.',
    when: 'At the end of each batch of a consumer.',
    attributes: { ...consumer, ...outcome('`handled`, `failed` (an event could not be handled) or `fault` (the store failed).') },
  },
  'eventspan.handler.delay.seconds': {
    kind: 'histogram',
    unit: 's',
    description:
      "Time from the commit of a batch's first event to the commit of what its handlers did; by the clocks of store and process.",
    when: 'When a batch of a consumer is committed, but for re-drives.',
    attributes: consumer,
  },
  'eventspan.consumer.events': ofCounter('{event}', 'Events that the cursors have passed.'),
  'eventspan.consumer.batches': ofCounter('{batch}', 'Commits of batches.'),
  'eventspan.consumer.retries': ofCounter('{retry}', 'Batches tried again, for whatever reason.'),
  'eventspan.consumer.duplicates': ofCounter('{message}', 'Messages dropped as done before or as a second copy.'),
  'eventspan.consumer.gaps': ofCounter('{read}', 'Spans of the log that messages did not bring and that were read.'),
  'eventspan.consumer.invalid_messages': ofCounter(
    '{message}',
    'Messages that were no envelopes, or spoke of events that the log does not have.',
  ),
  'eventspan.consumer.parkings': ofCounter('{stream}', 'Streams parked because an event could not be handled.'),
  'eventspan.consumer.redriven': ofCounter('{event}', 'Events of parked streams handled in re-drives.'),
  'eventspan.consumer.given_up': {
    kind: 'counter',
    unit: '{event}',
    description: 'Events given up: discarded by operators, or skipped after their tries.',
    when: 'For each consumer.',
    attributes: { ...consumer, 'eventspan.reason': '`discarded` or `skipped`.' },
  },
  'eventspan.consumer.side_effect_failures': ofCounter('{callback}', 'Callbacks of `afterCommit` that failed.'),
  'eventspan.consumer.lag.events': ofGauge('{event}', 'Events known to be waiting in the shards held here: at least so many.'),
  'eventspan.consumer.lag.seconds': ofGauge(
    's',
    'Age of the oldest event known to be waiting in the shards held here; 0 when there is none. Parked streams do not count.',
  ),
  'eventspan.consumer.shards': {
    kind: 'gauge',
    unit: '{shard}',
    description: 'Shards that this process holds, by what it does with them.',
    when: 'For each consumer.',
    attributes: { ...consumer, 'eventspan.state': '`idle`, `working`, `held`, `retrying` or `stopped`.' },
  },
  'eventspan.consumer.parked': ofGauge('{stream}', 'Streams that are parked in the shards held here.'),
  'eventspan.consumer.circuit': {
    kind: 'gauge',
    unit: '{circuit}',
    description: '1 while the circuit of a consumer is open or probed, else 0.',
    when: 'For each consumer with a circuit breaker.',
    attributes: consumer,
  },
  'eventspan.dead_letters': {
    kind: 'gauge',
    unit: '{message}',
    description: 'Dead letters that wait for somebody, as of the last look.',
    when: 'For each consumer of a topic, every 30 s; for each queue with its tasks.',
    attributes: consumer,
  },
  'eventspan.queue.tasks': {
    kind: 'gauge',
    unit: '{task}',
    description: 'Tasks that wait or are being done, as of the last look.',
    when: 'For each queue, by the process that looks for lost tasks: every quarter of `visibilityMs`.',
    attributes: { 'eventspan.queue': 'Name of the queue.' },
  },
  'eventspan.queue.lag.seconds': {
    kind: 'gauge',
    unit: 's',
    description: 'Time for which the oldest of them had been due, as of the last look; 0 when there is none.',
    when: 'For each queue, by the process that looks for lost tasks: every quarter of `visibilityMs`.',
    attributes: { 'eventspan.queue': 'Name of the queue.' },
  },
  'eventspan.timers.fired': {
    kind: 'counter',
    unit: '{timer}',
    description: 'Timers fired by this process.',
    when: 'With the role timers.',
    attributes: {},
  },
  'eventspan.timers.due': {
    kind: 'gauge',
    unit: '{timer}',
    description: 'Timers that are due and not fired, as of the last look.',
    when: 'With the role timers.',
    attributes: {},
  },
  'eventspan.timers.delay.seconds': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from when a timer was due to the commit of its message.',
    when: 'When a timer fires.',
    attributes: {},
  },
  'eventspan.timers.lag.seconds': {
    kind: 'gauge',
    unit: 's',
    description: 'Time since the oldest timer was due that was not fired as of the last look; 0 when there is none.',
    when: 'With the role timers.',
    attributes: {},
  },
  'eventspan.rpcs': {
    kind: 'counter',
    unit: '{request}',
    description: 'Requests sent to store and transport, repeats included.',
    when: 'For each caller and method that has sent one.',
    attributes: {
      'eventspan.caller': 'Who needed it: `command`, `relay`, `projector`, ...',
      'eventspan.method': '`Read`, `Commit`, `Publish`, ...',
    },
  },
} as const satisfies Readonly<Record<string, MetricSignal>>;

export type MetricName = keyof typeof METRICS;
export type MetricOf<Kind extends MetricSignal['kind']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never;
}[MetricName];
/** Values of a metric's attributes; those that have none are left out. */
export type MetricAttributes<Name extends MetricName> = { readonly [Key in keyof (typeof METRICS)[Name]['attributes']]?: string };
