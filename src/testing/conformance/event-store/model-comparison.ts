import assert from 'node:assert/strict';
import { isEventspanError } from '../../../errors/eventspan-error.js';
import type { AppendRequest } from '../../../event-store/append.js';
import type { EventStore, ReadStreamOptions } from '../../../event-store/event-store.js';
import type { ExpectedVersion } from '../../../event-store/expected-version.js';
import { readLog } from '../../../event-store/read-log.js';
import { seededRandom, type Random } from '../../../support/random.js';
import { collect } from './assertions.js';
import { idsOf, newEvent, newEvents, writeOf } from './requests.js';
import type { Suite } from './suite.js';
import type { UniqueNames } from './unique-names.js';
import { messageOf } from '../../../support/message-of.js';

const STREAMS = 4;
const STEPS = 25;

/** What a log is, in the fewest words: an array of event ids for each stream, and one for all. */
interface Model {
  readonly streams: Map<string, string[]>;
  readonly log: string[];
  /** Requests that succeeded, to be repeated. */
  readonly succeeded: AppendRequest[];
}

interface Run {
  readonly store: EventStore;
  readonly names: UniqueNames;
  readonly random: Random;
  readonly streamIds: readonly string[];
  readonly model: Model;
}

/**
 * Random appends (any expected version, right or wrong; one stream or several; new or repeated) and reads, each compared with the
 * model. A failure names the seed, which gives the same run again.
 */
export function describeModelComparison(suite: Suite): void {
  suite.describe('compared with a model', () => {
    suite.it('random appends and reads answer as the model does', async ({ store, names }) => {
      for (let seed = 1; seed <= suite.options.modelRuns; seed++) await compare(store, names, seed);
    });
  });
}

async function compare(store: EventStore, names: UniqueNames, seed: number): Promise<void> {
  const streamIds = Array.from({ length: STREAMS }, () => names.next());
  const anchor = await store.append({ writes: [writeOf(names.next(), 'none', [newEvent(names)])] });
  const model: Model = { streams: new Map(), log: [], succeeded: [] };
  const run: Run = { store, names, random: seededRandom(seed), streamIds, model };
  try {
    for (let step = 0; step < STEPS; step++) await takeStep(run);
    for (const streamId of streamIds) await compareRead(run, streamId, {});
    const log = await collect(readLog(store, { after: anchor.streams[0]!.lastPosition, pageSize: 1 + pick(run.random, 20) }));
    assert.deepEqual(idsOf(log), model.log);
  } catch (error) {
    throw new assert.AssertionError({ message: `seed ${seed}: ${messageOf(error)}` });
  }
}

async function takeStep(run: Run): Promise<void> {
  const { random, model, streamIds } = run;
  const dice = random();
  if (dice < 0.3) return compareRead(run, streamIds[pick(random, STREAMS)]!, randomSpan(random));
  const isRepeat = dice < 0.4 && model.succeeded.length > 0;
  await compareAppend(run, isRepeat ? model.succeeded[pick(random, model.succeeded.length)]! : randomRequest(run), isRepeat);
}

async function compareAppend({ store, model }: Run, request: AppendRequest, isRepeat: boolean): Promise<void> {
  const fits = isRepeat || request.writes.every(({ streamId, expectedVersion }) => isMet(expectedVersion, lengthOf(model, streamId)));
  let succeeded = true;
  try {
    const result = await store.append(request);
    assert.equal(result.repeated, isRepeat);
    for (const { lastVersion, streamId } of result.streams) {
      if (!isRepeat)
        assert.equal(lastVersion, lengthOf(model, streamId) + request.writes.find((write) => write.streamId === streamId)!.events.length);
    }
  } catch (error) {
    if (!isEventspanError(error, 'VERSION_CONFLICT')) throw error;
    succeeded = false;
  }
  assert.equal(
    succeeded,
    fits,
    JSON.stringify(request.writes.map(({ streamId, expectedVersion }) => [expectedVersion, lengthOf(model, streamId)])),
  );
  if (succeeded && !isRepeat) applyToModel(model, request);
}

function applyToModel(model: Model, request: AppendRequest): void {
  for (const { streamId, events } of request.writes) {
    model.streams.set(streamId, [...(model.streams.get(streamId) ?? []), ...idsOf(events)]);
    model.log.push(...idsOf(events));
  }
  model.succeeded.push(request);
}

async function compareRead({ store, model }: Run, streamId: string, options: ReadStreamOptions): Promise<void> {
  const { direction, fromVersion = 1, toVersion = Number.POSITIVE_INFINITY, limit } = options;
  const span = (model.streams.get(streamId) ?? []).slice(Math.max(0, fromVersion - 1), toVersion);
  const expected = (direction === 'backwards' ? span.toReversed() : span).slice(0, limit);
  assert.deepEqual(idsOf(await collect(store.readStream(streamId, options))), expected, JSON.stringify(options));
  assert.equal((await store.load(streamId)).version, lengthOf(model, streamId));
}

function randomRequest({ names, random, streamIds, model }: Run): AppendRequest {
  const count = random() < 0.7 ? 1 : 2;
  const start = pick(random, STREAMS);
  const writes = Array.from({ length: count }, (_, at) => {
    const streamId = streamIds[(start + at) % STREAMS]!;
    return writeOf(streamId, randomExpected(random, lengthOf(model, streamId)), newEvents(names, 1 + pick(random, 3)));
  });
  return { writes };
}

/** Right four times in five. */
function randomExpected(random: Random, length: number): ExpectedVersion {
  if (random() < 0.5) return length === 0 ? 'none' : length;
  const choices: readonly ExpectedVersion[] = ['any', 'exists', 'none', 0, Math.max(0, length - 1), length + 1, length];
  return choices[pick(random, choices.length)]!;
}

function randomSpan(random: Random): ReadStreamOptions {
  return {
    direction: random() < 0.5 ? 'forwards' : 'backwards',
    ...(random() < 0.5 && { fromVersion: pick(random, 12) }),
    ...(random() < 0.5 && { toVersion: pick(random, 12) }),
    ...(random() < 0.5 && { limit: pick(random, 6) }),
  };
}

function isMet(expected: ExpectedVersion, length: number): boolean {
  if (expected === 'any') return true;
  return expected === 'exists' ? length > 0 : (expected === 'none' ? 0 : expected) === length;
}

function lengthOf(model: Model, streamId: string): number {
  return model.streams.get(streamId)?.length ?? 0;
}

function pick(random: Random, below: number): number {
  return Math.floor(random() * below);
}
