import type { CallOptions } from '../../event-store/call-options.js';
import type { EventStore, StreamSummary } from '../../event-store/event-store.js';
import { murmur3 } from '../../support/murmur3.js';
import { aggregateOf } from './aggregate-of.js';

const PAGE = 1_000;
/** Of each length class: so many streams are looked into, and streams are looked into until they had so many events. */
const CLASS_STREAMS = 200;
const CLASS_EVENTS = 50_000;

export interface SampleOptions {
  readonly store: EventStore;
  /** Only streams of these. */
  readonly aggregates: readonly string[] | undefined;
  readonly size: number;
  readonly seed: number;
  readonly call: CallOptions;
}

interface Candidate {
  readonly streamId: string;
  /** Its place in the lot that the seed draws. */
  readonly rank: number;
  /** Its length class and its event types. */
  readonly strata: ReadonlySet<string>;
}

/**
 * Draws streams so that long, short and unusual ones are among them. Every stream gets a rank from the seed and its id alone, so the same
 * seed draws the same streams, and new streams change little. Strata are the length classes of each aggregate (1, 2-3, 4-7, 8-15, ... events)
 * and the event types; those with the fewest streams choose first, each its stream of lowest rank, in rounds, until there are `size`.
 *
 * So while `size` is at least the number of strata, each of them is represented. Types are looked for in the candidates: of each length
 * class the 200 streams of lowest rank, until 50,000 events were read; a type that stands in none of them may be missed.
 *
 * Cost: one `listStreams` for each 1,000 streams, and the reading of the candidates.
 */
export async function sampleStreams(options: SampleOptions): Promise<readonly string[]> {
  const classes = await drawCandidates(options);
  const candidates: Candidate[] = [];
  for (const [name, streams] of classes) candidates.push(...(await lookInto(options, name, streams)));
  return deal(candidates, options.size);
}

interface Ranked {
  readonly streamId: string;
  readonly rank: number;
}

async function drawCandidates(options: SampleOptions): Promise<ReadonlyMap<string, readonly Ranked[]>> {
  const classes = new Map<string, Ranked[]>();
  for (const prefix of options.aggregates?.map((name) => `${name}-`) ?? [undefined]) {
    for await (const { streamId, version } of allStreams(options, prefix)) {
      const name = `${aggregateOf(streamId, options.aggregates)} of ${Math.floor(Math.log2(version))}`;
      const drawn = classes.get(name) ?? [];
      classes.set(name, drawn);
      insert(drawn, { streamId, rank: murmur3(`${options.seed}/${streamId}`) });
    }
  }
  return classes;
}

async function* allStreams({ store, call }: SampleOptions, prefix: string | undefined): AsyncGenerator<StreamSummary> {
  let after: string | undefined;
  for (;;) {
    const page = await store.listStreams({
      ...call,
      limit: PAGE,
      ...(prefix !== undefined && { prefix }),
      ...(after !== undefined && { after }),
    });
    yield* page;
    after = page.at(-1)?.streamId;
    if (page.length < PAGE) return;
  }
}

/** Keeps the lowest ranks, in order. */
function insert(drawn: Ranked[], stream: Ranked): void {
  const at = drawn.findIndex((other) => compareRanks(stream, other) < 0);
  drawn.splice(at === -1 ? drawn.length : at, 0, stream);
  if (drawn.length > CLASS_STREAMS) drawn.pop();
}

function compareRanks(a: Ranked, b: Ranked): number {
  return a.rank - b.rank || (a.streamId < b.streamId ? -1 : 1);
}

async function lookInto({ store, call }: SampleOptions, name: string, streams: readonly Ranked[]): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  let events = 0;
  for (const stream of streams) {
    if (events >= CLASS_EVENTS) break;
    const strata = new Set([name]);
    let first = 0;
    for await (const { type, version } of store.readStream(stream.streamId, call)) {
      first ||= version;
      events++;
      strata.add(type);
    }
    // A stream whose events were deleted has nothing to record.
    if (first === 1) candidates.push({ ...stream, strata });
  }
  return candidates;
}

function deal(candidates: readonly Candidate[], size: number): readonly string[] {
  const strata = strataOf(candidates);
  const taken = new Set<Candidate>();
  for (let round = 1; taken.size < Math.min(size, candidates.length); round++) {
    for (const members of strata) {
      const have = members.filter((member) => taken.has(member)).length;
      const next = members.find((member) => !taken.has(member));
      if (have < round && next !== undefined && taken.size < size) taken.add(next);
    }
  }
  return [...taken].map(({ streamId }) => streamId);
}

/** The members of each, in order of rank; the fewest first. */
function strataOf(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const byName = new Map<string, Candidate[]>();
  for (const candidate of candidates.toSorted(compareRanks)) {
    for (const name of candidate.strata) byName.set(name, [...(byName.get(name) ?? []), candidate]);
  }
  return [...byName].sort(([a, x], [b, y]) => x.length - y.length || (a < b ? -1 : 1)).map(([, members]) => members);
}
