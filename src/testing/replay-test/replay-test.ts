import { readFileSync } from 'node:fs';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { FoundFile } from '../../replay/find-files.js';
import {
  openHistories,
  replayHistoryFile,
  type FileReplay,
  type HistoriesOptions,
  type HistoriesRun,
} from '../../replay/replay-histories.js';
import type { TestRunner } from '../conformance/event-store/test-runner.js';

/** The functions of a test framework that a replay test uses. */
export type ReplayTestRunner = Pick<TestRunner, 'describe' | 'it'>;

export interface ReplayTestOptions extends HistoriesOptions {
  /** As in `import { describe, it } from 'node:test'`. Default: the global ones, which Jest and Vitest (`globals: true`) have. */
  readonly runner?: ReplayTestRunner;
}

/**
 * One test for each recorded stream: it loads through the code of today, and its states are the golden ones, version by version. A golden
 * state that is missing fails and says how to make it; nothing is written but with `update` or `EVENTSPAN_UPDATE_GOLDEN=1`.
 *
 * ```ts
 * replayTest({ events: 'histories/**\/*.ndjson', aggregates: [Loan] });
 * ```
 *
 * Call it where tests are defined. The files are looked through at once for the ids of their streams, one at a time; each is replayed when
 * the first of its tests runs. Throws `HISTORY_NOT_FOUND`, `TEST_RUNNER_MISSING`, and what `Eventspan.open` throws of aggregates, events and
 * upcasters. Without a test framework: `replayHistories`.
 */
export function replayTest(options: ReplayTestOptions): void {
  const runner = options.runner ?? globalRunner();
  const run = openHistories(options);
  for (const found of run.files) runner.describe(`replay of ${found.file}`, () => defineTests(runner, run, found));
}

function defineTests({ it }: ReplayTestRunner, run: HistoriesRun, found: FoundFile): void {
  let replay: Promise<FileReplay> | undefined;
  const replayed = (): Promise<FileReplay> => (replay ??= replayHistoryFile(run, found));
  const streamIds = streamIdsOf(found.file);
  for (const streamId of streamIds) it(streamId, async () => expectSame(await replayed(), streamId));
  it('has golden states of its own streams alone', async () => {
    const { error, streams } = await replayed();
    const other = streams.find((stream) => stream.outcome === 'failed' && !streamIds.includes(stream.streamId));
    if (error !== undefined || other !== undefined) throw error ?? other?.error;
  });
}

function expectSame({ error, streams }: FileReplay, streamId: string): void {
  const stream = streams.find((each) => each.streamId === streamId);
  if (error !== undefined || stream?.error !== undefined) throw error ?? stream?.error;
}

/** What cannot be read here is found again, with its line, when the file is replayed. */
function streamIdsOf(file: string): readonly string[] {
  const subjects = readFileSync(file, 'utf8').split('\n').map(subjectOf);
  return [...new Set(subjects)].filter((subject) => subject !== undefined);
}

function subjectOf(line: string): string | undefined {
  try {
    const { subject } = JSON.parse(line) as { readonly subject?: unknown };
    return typeof subject === 'string' ? subject : undefined;
  } catch {
    return undefined;
  }
}

function globalRunner(): ReplayTestRunner {
  const globals = globalThis as Partial<ReplayTestRunner>;
  if (typeof globals.describe !== 'function' || typeof globals.it !== 'function') throw new EventspanError('TEST_RUNNER_MISSING');
  return globals as ReplayTestRunner;
}
