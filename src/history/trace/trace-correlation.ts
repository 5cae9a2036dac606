import { checkWholeNumber } from '../../errors/check-option.js';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { CallOptions } from '../../event-store/call-options.js';
import { normalizeTime } from '../../event-store/commit-time.js';
import type { EventStore } from '../../event-store/event-store.js';
import { formatPosition, type Position } from '../../event-store/position.js';
import { readLog } from '../../event-store/read-log.js';
import { commitTimeOf } from '../../event-store/stored-event.js';
import { callOptionsOf } from '../call-options-of.js';
import type { Trace } from './trace.js';
import { knownConsumers, readDeliveries, type TraceConsumer } from './trace-deliveries.js';
import { traceEventOf, type TraceEvent } from './trace-event.js';
import { readDeadLetters, readPendingTimers, readTasks } from './trace-rows.js';
import { buildTraceTree } from './trace-tree.js';

export interface TraceOptions extends CallOptions {
  /** Only events committed at or after this time: RFC 3339, UTC. Default: from the beginning of the log. */
  readonly since?: string;
  /** Only events committed at or before this time: RFC 3339, UTC. Default: the store's time when the reading begins. */
  readonly until?: string;
  /** Events of the trace at most, 1..100,000, default 10,000; all of them are in memory. */
  readonly maxEvents?: number;
  /** Consumers whose cursors are looked at, besides the relay, projections and whoever has parked streams, which the store knows by itself. */
  readonly consumers?: readonly TraceConsumer[];
  /** Called now and then with the number of events read so far. */
  readonly onProgress?: (progress: { readonly events: number }) => void;
}

const DEFAULT_MAX_EVENTS = 10_000;
const PROGRESS_EVERY = 1_000;
/** No log has an event before it. */
const BEGINNING = '1970-01-01T00:00:00Z';

/**
 * What followed from one request: the tree of commands, events, process steps, tasks and timers with one correlation id, with times, and how far
 * each consumer is with them. From the store alone: its log, and the rows of timers, tasks and dead letters. What a handler did elsewhere
 * is not known to it.
 *
 * The log is read from `since` to `until`, a page a shard at a time; memory is bounded by these pages and `maxEvents`. A Read or two for each
 * consumer follow. Events whose metadata is not readable belong to no trace. Throws `OPTION_INVALID`.
 */
export async function traceCorrelation(store: EventStore, correlationId: string, options: TraceOptions = {}): Promise<Trace> {
  if (typeof correlationId !== 'string' || correlationId === '') {
    throw new EventspanError('OPTION_INVALID', { path: 'correlationId', value: correlationId, bound: 'a text that is not empty' });
  }
  const { maxEvents = DEFAULT_MAX_EVENTS, consumers = [] } = options;
  checkWholeNumber('maxEvents', maxEvents, { min: 1, max: 100_000 });
  const calls = callOptionsOf({ ...options, caller: options.caller ?? 'trace' });
  const found = await findEvents(store, correlationId, { ...options, ...calls, maxEvents });
  const tree = buildTraceTree(found.events, await readPendingTimers(store, correlationId, calls));
  const inLog = tree.flatMap(({ event }) => (event === undefined ? [] : [event]));
  const known = inLog.length === 0 ? [] : await knownConsumers(store, consumers, calls);
  const deliveries = await readDeliveries(store, { events: inLog, consumers: known }, calls);
  const tasks = await readTasks(store, inLog, calls);
  const entries = tree.map(({ entry, event }) => {
    const task = tasks.get(event?.eventId ?? '');
    return { ...entry, ...(task !== undefined && { task }), deliveries: deliveries.get(event?.eventId ?? '') ?? [] };
  });
  const deadLetters = await readDeadLetters(store, correlationId, calls);
  return { correlationId, entries, deadLetters, events: found.events.length, read: found.read, isCut: found.isCut };
}

async function findEvents(
  store: EventStore,
  correlationId: string,
  { since, until, maxEvents, onProgress, ...calls }: TraceOptions & { readonly maxEvents: number },
): Promise<{ readonly events: readonly TraceEvent[]; readonly read: number; readonly isCut: boolean }> {
  const from = normalizeTime('since', since ?? BEGINNING);
  const range = { after: placeBefore(from), ...(until !== undefined && { asOf: normalizeTime('until', until) }) };
  const events: TraceEvent[] = [];
  let read = 0;
  for await (const event of readLog(store, { ...callOptionsOf(calls), ...range })) {
    if (commitTimeOf(event) < from) continue;
    if (++read % PROGRESS_EVERY === 0) onProgress?.({ events: read });
    const found = traceEventOf(event, correlationId);
    if (found === undefined) continue;
    if (events.length === maxEvents) return { events, read, isCut: true };
    events.push(found);
  }
  return { events, read, isCut: false };
}

/** A position before all of this time. */
function placeBefore(time: string): Position {
  const nanos = BigInt(time.slice(20, 29));
  const second = Date.parse(`${time.slice(0, 19)}Z`);
  const whole = nanos === 0n ? new Date(second - 1_000).toISOString() : time;
  const fraction = nanos === 0n ? 999_999_999n : nanos - 1n;
  const commitTime = `${whole.slice(0, 19)}.${String(fraction).padStart(9, '0')}Z`;
  return formatPosition({ commitTime, commitIndex: 999_999, streamId: '~', version: 1 });
}
