/** A span as the catalogue has it. */
export interface SpanSignal {
  readonly kind: 'internal' | 'client' | 'producer' | 'consumer';
  readonly description: string;
  readonly when: string;
  /** What it hangs from. */
  readonly parent: string;
  /** Attribute whose value stands after the name: `eventspan.command loan.submit`. */
  readonly label?: string;
  /** Beside `eventspan.app`, which all have. */
  readonly attributes: Readonly<Record<string, string>>;
}

const ERROR_TYPE = 'Error code, or name of the class of what was thrown; absent where nothing was.';

const consumer = {
  'eventspan.consumer': 'Name in the cursors: of a projection, consumer, process manager, queue or timer engine.',
} as const;
const events = {
  'eventspan.events': 'How many events.',
  'eventspan.event.id': 'Where it is one event.',
  'eventspan.event.type': 'Where it is one event.',
  'eventspan.stream.id': 'Where it is one event.',
  'eventspan.correlation.id': 'Where it is one event.',
} as const;

/** Every span, by the beginning of its name; as `METRICS`. */
export const SPANS = {
  'eventspan.command': {
    kind: 'internal',
    description: 'A command, from `execute` to its result. Its own context is stored with the events it records.',
    when: 'For each command.',
    parent: 'The `traceparent` of `execute(..., { metadata })`; else the active span; else that of `runInContext`.',
    label: 'eventspan.command',
    attributes: {
      'eventspan.command': 'Wire name.',
      'eventspan.command.id': 'Id of the command.',
      'eventspan.correlation.id': 'Correlation id of its events.',
      'eventspan.outcome': '`executed`, `repeated` or `failed`.',
      'eventspan.attempts': 'Decisions made, where it came to a result.',
      'error.type': ERROR_TYPE,
    },
  },
  'eventspan.append': {
    kind: 'client',
    description: 'An append in the store.',
    when: 'For each append.',
    parent: 'The active span: of the command, or of what is being handled.',
    attributes: {
      'eventspan.stream.id': 'Where it is one stream.',
      'eventspan.streams': 'How many streams.',
      'eventspan.events': 'How many events.',
      'eventspan.outcome': '`appended`, `repeated`, `conflict`, `unknown` or `failed`.',
      'error.type': ERROR_TYPE,
    },
  },
  'eventspan.publish': {
    kind: 'producer',
    description: 'One try to publish a batch.',
    when: 'For each try of the relay, and of publications to named topics.',
    parent: 'The stored context of the event; where the batch has events of several contexts, a link to each of them, up to 128.',
    label: 'eventspan.destination',
    attributes: {
      ...events,
      'eventspan.destination': 'Name of the transport, or of the topic.',
      'eventspan.shard': 'Shard of the log; of the relay.',
      'error.type': ERROR_TYPE,
    },
  },
  'eventspan.project': {
    kind: 'consumer',
    description: 'A batch of a projection: its handlers and the commit.',
    when: 'For each batch, but while a generation is being filled.',
    parent: 'The stored context of the event; where the batch has events of several contexts, a link to each of them, up to 128.',
    label: 'eventspan.consumer',
    attributes: { ...events, ...consumer, 'error.type': ERROR_TYPE },
  },
  'eventspan.handle': {
    kind: 'consumer',
    description:
      'The handling of an event: by a consumer, process manager, command dispatcher, queue worker, or publication. What it sends carries its context.',
    when: 'For each try.',
    parent: 'The stored context of the event, or of what scheduled the timer.',
    label: 'eventspan.consumer',
    attributes: { ...events, ...consumer, 'error.type': ERROR_TYPE },
  },
} as const satisfies Readonly<Record<string, SpanSignal>>;

/** The attribute that everything has: the application's name. */
export const APP_ATTRIBUTE = 'eventspan.app';

export type SpanName = keyof typeof SPANS;
/** Values of a span's attributes; those that have none are left out. */
export type SpanAttributes<Name extends SpanName> = { readonly [Key in keyof (typeof SPANS)[Name]['attributes']]?: string | number };
