import path from 'node:path';
import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { goldenFault } from './compare-golden.js';
import { findFiles, type FoundFile } from './find-files.js';
import { readGolden, writeGolden, type GoldenStream, type GoldenStreams } from './golden-file.js';
import { readHistoryFile } from './history-file.js';
import { RecordedStreams } from './recorded-streams.js';
import { createReplayDomain, type ReplayDomain, type ReplayDomainOptions } from './replay-domain.js';
import { StreamRun } from './stream-run.js';

export interface HistoriesOptions extends ReplayDomainOptions {
  /** Files of recorded streams: paths, with `*`, `?` and `**` as in `histories/**\/*.ndjson`. */
  readonly events: string | readonly string[];
  /** The folder of the golden files. Default: each beside its history, as `<file>.golden.json`. */
  readonly golden?: string;
  /** Whether golden states are written, where they are missing or differ. Default: whether `EVENTSPAN_UPDATE_GOLDEN` is `1`. */
  readonly update?: boolean;
  /** Whether the state through a snapshot, at a version drawn by the stream's id, must be the same, where the aggregate takes any. Default true. */
  readonly snapshots?: boolean;
}

/** How one recorded stream went. */
export interface StreamReplay {
  readonly file: string;
  readonly streamId: string;
  /** `written`: its golden state was. */
  readonly outcome: 'same' | 'written' | 'failed';
  /** Where it failed. */
  readonly error?: EventspanError;
}

/** How the streams of one file went. */
export interface FileReplay {
  readonly file: string;
  readonly streams: readonly StreamReplay[];
  /** Events that were replayed. */
  readonly events: number;
  /** Why the file, or its golden file, cannot be used; then no stream was compared. */
  readonly error?: EventspanError;
}

/** How all of them went. */
export interface HistoriesReport {
  readonly files: readonly FileReplay[];
  readonly streams: number;
  readonly events: number;
  readonly same: number;
  readonly written: number;
  /** Streams, and files that cannot be used. */
  readonly failed: number;
}

/** Files, domain and options of one run, checked. */
export interface HistoriesRun {
  readonly files: readonly FoundFile[];
  readonly domain: ReplayDomain;
  readonly options: HistoriesOptions;
  readonly update: boolean;
}

/**
 * Replays recorded streams through the code of today (upcasters, apply methods, snapshots) and compares their states, version by version,
 * with the golden ones. Reads the files one after another; holds the state of each stream of one file, and,
 * with upcasters that merge, its events. Writes golden files only with
 * `update`. Failures are in the report; it throws what is wrong with the call: `HISTORY_NOT_FOUND`, and what `Eventspan.open` throws of
 * aggregates, events and upcasters.
 */
export async function replayHistories(options: HistoriesOptions): Promise<HistoriesReport> {
  const run = openHistories(options);
  const files: FileReplay[] = [];
  for (const found of run.files) files.push(await replayHistoryFile(run, found));
  return reportOf(files);
}

/** Finds the files and checks the domain; reads nothing yet. Throws as {@link replayHistories}. */
export function openHistories(options: HistoriesOptions): HistoriesRun {
  const patterns = typeof options.events === 'string' ? [options.events] : options.events;
  const files = findFiles(patterns);
  if (files.length === 0) throw new EventspanError('HISTORY_NOT_FOUND', { patterns });
  const update = options.update ?? process.env['EVENTSPAN_UPDATE_GOLDEN'] === '1';
  return { files, domain: createReplayDomain(options), options, update };
}

/** One file, to its end; throws nothing that is the file's fault. */
export async function replayHistoryFile(run: HistoriesRun, found: FoundFile): Promise<FileReplay> {
  const { file } = found;
  try {
    const runs = await replayAll(run, file);
    const golden = goldenFileOf(run.options, found);
    const streams = await judge({ run, file, golden }, runs);
    return { file, streams, events: runs.reduce((sum, { types }) => sum + types.length, 0) };
  } catch (error) {
    if (!isEventspanError(error)) throw error;
    return { file, streams: [], events: 0, error };
  }
}

function goldenFileOf({ golden }: HistoriesOptions, { file, below }: FoundFile): string {
  return `${golden === undefined ? file : path.join(golden, below)}.golden.json`;
}

async function replayAll({ domain, options }: HistoriesRun, file: string): Promise<readonly StreamRun[]> {
  const runs = new Map<string, StreamRun>();
  const source = domain.registry.merges === undefined ? new RecordedStreams() : await RecordedStreams.of(file);
  for await (const line of readHistoryFile(file)) {
    const { streamId } = line.event;
    let run = runs.get(streamId);
    if (run === undefined) {
      run = new StreamRun(domain, streamId, { source, checksSnapshots: options.snapshots ?? true });
      runs.set(streamId, run);
    }
    await run.take(line);
  }
  return [...runs.values()];
}

interface Judgement {
  readonly run: HistoriesRun;
  readonly file: string;
  readonly golden: string;
}

async function judge(at: Judgement, runs: readonly StreamRun[]): Promise<readonly StreamReplay[]> {
  const { update } = at.run;
  const kept: GoldenStreams = (await readGoldenFor(at)) ?? new Map<string, GoldenStream>();
  const next = new Map<string, GoldenStream>();
  const results = runs.map((run) => judgeOne(at, { run, kept: kept.get(run.streamId), next }));
  const gone = [...kept.keys()].filter((streamId) => runs.every((run) => run.streamId !== streamId));
  if (!update) return [...results, ...gone.map((streamId) => goneResult(at, streamId))];
  if (gone.length > 0 || results.some(({ outcome }) => outcome === 'written')) await writeGolden(at.golden, next);
  return results;
}

/** An update may also replace a golden file that cannot be read. */
async function readGoldenFor({ run, golden }: Judgement): Promise<GoldenStreams | undefined> {
  try {
    return await readGolden(golden);
  } catch (error) {
    if (run.update && isEventspanError(error, 'GOLDEN_INVALID')) return undefined;
    throw error;
  }
}

interface Judged {
  readonly run: StreamRun;
  readonly kept: GoldenStream | undefined;
  /** What an update keeps; of a stream that fails, what was kept before. */
  readonly next: Map<string, GoldenStream>;
}

function judgeOne({ run: { update }, file, golden }: Judgement, { run, kept, next }: Judged): StreamReplay {
  const { streamId, types } = run;
  if (kept !== undefined) next.set(streamId, kept);
  try {
    const now = run.finish();
    next.set(streamId, now);
    const error = goldenFault({ streamId, golden, kept, now, types });
    if (error === undefined) return { file, streamId, outcome: 'same' };
    return update ? { file, streamId, outcome: 'written' } : { file, streamId, outcome: 'failed', error };
  } catch (error) {
    if (!isEventspanError(error)) throw error;
    return { file, streamId, outcome: 'failed', error };
  }
}

function goneResult({ file, golden }: Judgement, streamId: string): StreamReplay {
  const error = new EventspanError('GOLDEN_OUTDATED', { streamId, golden, reason: `${file} has no such stream` });
  return { file, streamId, outcome: 'failed', error };
}

function reportOf(files: readonly FileReplay[]): HistoriesReport {
  const streams = files.flatMap((each) => each.streams);
  const count = (outcome: StreamReplay['outcome']): number => streams.filter((stream) => stream.outcome === outcome).length;
  return {
    files,
    streams: streams.length,
    events: files.reduce((sum, { events }) => sum + events, 0),
    same: count('same'),
    written: count('written'),
    failed: count('failed') + files.filter(({ error }) => error !== undefined).length,
  };
}
