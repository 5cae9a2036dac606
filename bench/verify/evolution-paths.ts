import { createHash } from 'node:crypto';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  createEventRegistry,
  Eventspan,
  exportToFile,
  importEvents,
  inProcess,
  openExport,
  readLog,
  replayStore,
  verifySnapshots,
  type EventRegistry,
} from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { FACTS, factsByVersion, HISTORIES, MARK, record } from './shipment-histories.js';
import { Booked, ItemAdded, Mark, NoteAdded, Sheets, Shipment, Sized, UPCASTERS } from './shipments.js';

const TIMEOUT_MS = 60_000;

/** What one path gave, against what it should give. */
export interface PathResult {
  readonly path: string;
  /** States that were looked at. */
  readonly states: number;
  /** What is not as it should be, in words. */
  readonly differences: readonly string[];
}

export interface PathsProof {
  readonly paths: readonly PathResult[];
  readonly events: number;
  readonly storedBytesUnchanged: boolean;
}

/** Stores the histories in a file of `folder` and reads them on every path there is. */
export async function provePaths(folder: string): Promise<PathsProof> {
  await using app = await openApp(path.join(folder, 'shipments.db'));
  await storeHistories(app);
  const before = await digestOf(app);
  const paths = [
    await byLoad(app, 'load, from snapshot and tail'),
    await bySnapshots(app),
    await asOfEveryVersion(app),
    await byProjection(app),
    await byRebuild(app),
    await byReplay(app),
    ...(await byExport(app, folder, before)),
  ];
  const after = await digestOf(app);
  return { paths, events: before.events, storedBytesUnchanged: before.digest === after.digest };
}

function openApp(file: string): Promise<Eventspan> {
  return Eventspan.open({
    store: sqlite(file),
    transport: inProcess(),
    aggregates: [Shipment],
    projectors: [Sheets],
    upcasters: UPCASTERS,
    projections: { tailCheckMs: 50, pollMs: 100, liveCacheMs: 0 },
  });
}

function registry(): EventRegistry {
  return createEventRegistry([Booked, ItemAdded, Sized, NoteAdded], { upcasters: UPCASTERS });
}

/** Old programs record, today's marks and takes a snapshot, and old programs record again, as while a new release is rolled out. */
async function storeHistories(app: Eventspan): Promise<void> {
  for (const history of HISTORIES) {
    const version = await record(app.store, history, history.before, 0);
    await app.execute(new Mark(history.id, MARK));
    await record(app.store, history, history.after, version + 1);
  }
}

/** Of all stored texts, in the order of the log. */
async function digestOf(app: Pick<Eventspan, 'store'>): Promise<{ readonly digest: string; readonly events: number }> {
  const hash = createHash('sha256');
  let events = 0;
  for await (const { streamId, version, eventId, type, data, metadata } of readLog(app.store)) {
    hash.update(JSON.stringify([streamId, version, eventId, type, data, metadata]));
    events++;
  }
  return { digest: hash.digest('hex'), events };
}

async function byLoad(app: Eventspan, name: string): Promise<PathResult> {
  const found = HISTORIES.map(async ({ id }) => [id, (await app.repository.load(Shipment, id)).aggregate.facts] as const);
  return resultOf(name, await Promise.all(found));
}

/** That the load above had snapshots to begin with, and that those give what the events give. */
async function bySnapshots(app: Eventspan): Promise<PathResult> {
  const report = await verifySnapshots({ store: app.store, aggregates: [Shipment], events: registry() });
  const { withSnapshot, differences, failures, unusable } = report;
  const isRight = withSnapshot === HISTORIES.length && differences + failures === 0 && isDeepStrictEqual(unusable, {});
  return { path: 'snapshots against events', states: withSnapshot, differences: isRight ? [] : [JSON.stringify(report)] };
}

/** From the beginning, without snapshots. */
async function asOfEveryVersion(app: Eventspan): Promise<PathResult> {
  const differences: string[] = [];
  let states = 0;
  for (const history of HISTORIES) {
    for (const [at, known] of factsByVersion(history).entries()) {
      const { aggregate } = await app.repository.load(Shipment, history.id, { asOfVersion: at + 1 });
      states++;
      differences.push(...differenceOf(`${history.id} as of version ${at + 1}`, aggregate.facts, FACTS.slice(0, known)));
    }
  }
  return { path: 'load, as of each version', states, differences };
}

async function byProjection(app: Eventspan): Promise<PathResult> {
  await app.start();
  return sheets(app, 'projection');
}

async function byRebuild(app: Eventspan): Promise<PathResult> {
  const rebuilt = await app.projections.rebuild('sheets', { switch: 'when-equal' });
  const { state, run, reason } = await app.projections.finished(rebuilt, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const result = await sheets(app, 'rebuilt projection');
  if (state === 'live' && run === 1) return result;
  return { ...result, differences: [...result.differences, `the rebuilt generation is ${state}: ${JSON.stringify(reason)}`] };
}

async function sheets(app: Eventspan, name: string): Promise<PathResult> {
  const extents = await app.store.describeShards();
  const ends = new Map(extents.flatMap(({ shard, last }) => (last === undefined ? [] : [[shard, last] as const])));
  await app.caughtUp('sheets', ends, { timeoutMs: TIMEOUT_MS });
  const rows = new Map((await app.readModel('sheets').all('sheets')).map((row) => [row['stream'], row]));
  const result = resultOf(
    name,
    HISTORIES.map(({ id }) => [id, rows.get(`shipment-${id}`)?.['facts']] as const),
  );
  const versions = HISTORIES.flatMap((history) =>
    differenceOf(`positions of ${history.id}`, rows.get(`shipment-${history.id}`)?.['versions'], versionsOf(factsByVersion(history))),
  );
  return { ...result, differences: [...result.differences, ...versions] };
}

/** The version of the event that each fact came from: those of a split stand at its version, a merged one at that of its last. */
function versionsOf(known: readonly number[]): readonly number[] {
  return known.flatMap((count, at) => Array.from({ length: count - (known[at - 1] ?? 0) }, () => at + 1));
}

async function byReplay(app: Eventspan): Promise<PathResult> {
  const found: (readonly [string, unknown])[] = [];
  const stateOf = ({ facts, id }: Shipment): object => {
    found.push([id, facts]);
    return { facts };
  };
  const report = await replayStore({ store: app.store, aggregates: [Shipment], upcasters: UPCASTERS, stateOf: { shipment: stateOf } });
  const result = resultOf('replay of the store', found);
  const isRight = report.streams === HISTORIES.length && report.failed === 0 && found.length === HISTORIES.length;
  return { ...result, differences: [...result.differences, ...(isRight ? [] : [JSON.stringify(report)])] };
}

/** Exported as stored, and as today's classes have it, and imported elsewhere. */
async function byExport(app: Eventspan, folder: string, original: { readonly digest: string }): Promise<readonly PathResult[]> {
  const asStored = await roundTrip(app, folder, { name: 'as-stored' });
  const upcasted = await roundTrip(app, folder, { name: 'upcasted', upcast: registry() });
  const changed = asStored.digest === original.digest ? [] : ['the stored texts are not those of the original'];
  return [{ ...asStored.result, differences: [...asStored.result.differences, ...changed] }, upcasted.result];
}

async function roundTrip(
  app: Eventspan,
  folder: string,
  { name, upcast }: { readonly name: string; readonly upcast?: EventRegistry },
): Promise<{ readonly result: PathResult; readonly digest: string }> {
  const file = path.join(folder, `${name}.ndjson.gz`);
  await exportToFile({ store: app.store, file, ...(upcast && { upcast }) });
  await using other = await openApp(path.join(folder, `${name}.db`));
  await importEvents({ store: other.store }, openExport(file));
  const result = await byLoad(other, `export and import, ${name}`);
  return { result, digest: (await digestOf(other)).digest };
}

function resultOf(name: string, found: readonly (readonly [id: string, facts: unknown])[]): PathResult {
  return { path: name, states: found.length, differences: found.flatMap(([id, facts]) => differenceOf(id, facts, FACTS)) };
}

function differenceOf(what: string, found: unknown, wanted: unknown): readonly string[] {
  return isDeepStrictEqual(found, wanted) ? [] : [`${what}: ${JSON.stringify(found)} in place of ${JSON.stringify(wanted)}`];
}
