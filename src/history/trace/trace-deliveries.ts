import type { CallOptions } from '../../event-store/call-options.js';
import type { EventStore } from '../../event-store/event-store.js';
import { comparePositions, type Position } from '../../event-store/position.js';
import type { Row } from '../../event-store/read-models.js';
import { DISCARDED_EVENTS, PARKED_STREAMS, PROJECTIONS } from '../../event-store/system-tables.js';
import type { TraceDelivery } from './trace.js';
import type { TraceEvent } from './trace-event.js';

/** A consumer of the log by the name of its cursors; `global` for one that goes through the whole log in one order. */
export interface TraceConsumer {
  readonly name: string;
  readonly order?: 'shard' | 'global';
}

const RELAY = 'relay';
const PROJECTOR = 'projector:';
/** States of generations that have cursors. */
const FOLLOWING: ReadonlySet<unknown> = new Set(['new', 'filling', 'catching-up', 'ready', 'live', 'retired']);

/**
 * The consumers that the store itself knows: the relay, the generations of projections, and whoever has parked streams; and those given. Of
 * projections, what is given tells the order alone, for which generations there are is for the store to say. 2 Reads.
 */
export async function knownConsumers(
  store: EventStore,
  given: readonly TraceConsumer[],
  options: CallOptions,
): Promise<readonly TraceConsumer[]> {
  const names = new Set([RELAY, ...given.map(({ name }) => name).filter((name) => !name.startsWith(PROJECTOR))]);
  for await (const row of store.readModels.scan(PROJECTIONS, undefined, options))
    if (FOLLOWING.has(row['state'])) names.add(generationName(row));
  for await (const row of store.readModels.scan(PARKED_STREAMS, undefined, options)) if (isParked(row)) names.add(String(row['consumer']));
  const global = new Set(given.filter(({ order }) => order === 'global').map(({ name }) => name));
  return [...names].toSorted().map((name) => (global.has(name) || global.has(firstRun(name)) ? { name, order: 'global' } : { name }));
}

/** The first generation of the same version, which is in the order of all of them. */
function firstRun(name: string): string {
  return name.startsWith(PROJECTOR) ? name.replace(/\.\d+$/, '') : name;
}

/** How far each of the consumers is with the events, by event id. A Read a consumer, and two for each of its streams that are not passed by. */
export async function readDeliveries(
  store: EventStore,
  { events, consumers }: { readonly events: readonly TraceEvent[]; readonly consumers: readonly TraceConsumer[] },
  options: CallOptions,
): Promise<ReadonlyMap<string, readonly TraceDelivery[]>> {
  const found = new Map<string, TraceDelivery[]>(events.map(({ eventId }) => [eventId, []]));
  for (const consumer of consumers) {
    const { cursors } = await store.cursors.read(consumer.name, options);
    const positions = new Map(cursors.map(({ shard, position }) => [shard, position]));
    const exceptions = consumer.name === RELAY ? NO_EXCEPTIONS : await readExceptions(store, { consumer: consumer.name, events }, options);
    for (const event of events) found.get(event.eventId)?.push(deliveryOf(consumer, event, { positions, exceptions }));
  }
  return found;
}

/** What of a consumer's is not simply passed: parked streams by id, discarded events by stream and version. */
interface Exceptions {
  readonly parked: ReadonlyMap<string, Row>;
  readonly discarded: ReadonlyMap<string, Row>;
}

const NO_EXCEPTIONS: Exceptions = { parked: new Map(), discarded: new Map() };

async function readExceptions(
  store: EventStore,
  { consumer, events }: { readonly consumer: string; readonly events: readonly TraceEvent[] },
  options: CallOptions,
): Promise<Exceptions> {
  const streams = new Map(events.map(({ streamId, shard }) => [streamId, shard]));
  const parkedKeys = [...streams].flatMap(([stream_id, shard]) =>
    [...new Set([shard, 0])].map((lane) => ({ consumer, shard: lane, stream_id })),
  );
  const discardedKeys = events.map(({ streamId, version }) => ({ consumer, stream_id: streamId, version }));
  const parked = (await readRows(store, parkedKeys, { ...options, table: PARKED_STREAMS })).filter(isParked);
  const discarded = await readRows(store, discardedKeys, { ...options, table: DISCARDED_EVENTS });
  return {
    parked: new Map(parked.map((row) => [String(row['stream_id']), row])),
    discarded: new Map(discarded.map((row) => [placeKey(String(row['stream_id']), Number(row['version'])), row])),
  };
}

const KEYS_A_READ = 500;

async function readRows(
  store: EventStore,
  keys: readonly Row[],
  { table, ...options }: CallOptions & { readonly table: typeof PARKED_STREAMS },
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let at = 0; at < keys.length; at += KEYS_A_READ) {
    const page = await store.readModels.get(table, keys.slice(at, at + KEYS_A_READ), options);
    rows.push(...page.filter((row) => row !== undefined));
  }
  return rows;
}

function deliveryOf(
  { name, order }: TraceConsumer,
  event: TraceEvent,
  { positions, exceptions }: { readonly positions: ReadonlyMap<number, Position | undefined>; readonly exceptions: Exceptions },
): TraceDelivery {
  const given = exceptions.discarded.get(placeKey(event.streamId, event.version));
  if (given !== undefined) return { consumer: name, state: 'discarded', ...failureOf(given, given['discarded_at']) };
  const parked = exceptions.parked.get(event.streamId);
  const cursor = positions.get(order === 'global' ? 0 : event.shard);
  if (cursor === undefined || comparePositions(event.position, cursor) > 0) return { consumer: name, state: 'waiting' };
  if (parked === undefined || event.version < Number(parked['version'])) return { consumer: name, state: 'passed' };
  if (event.version > Number(parked['version'])) return { consumer: name, state: 'behind-parked' };
  return { consumer: name, state: 'parked', ...failureOf(parked, parked['parked_at']) };
}

function failureOf(row: Row, at: unknown): Partial<TraceDelivery> {
  const { reason, code, message } = row;
  return {
    ...(typeof reason === 'string' && { reason }),
    ...(typeof code === 'string' && { code }),
    ...(typeof message === 'string' && { message }),
    ...(at instanceof Date && { at: at.toISOString() }),
  };
}

/** Requests for single streams of projections lie in the same table. */
function isParked(row: Row): boolean {
  return row['reason'] !== 'rebuild';
}

function generationName(row: Row): string {
  const run = Number(row['run']);
  return `projector:${String(row['projector'])}:v${String(row['version'])}${run === 0 ? '' : `.${run}`}`;
}

function placeKey(streamId: string, version: number): string {
  return `${version}/${streamId}`;
}
