import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { StreamSummary } from '../event-store/event-store.js';
import { compareCodePoints } from '../event-store/position.js';
import { throwIfAborted } from '../support/abort.js';
import { systemClock, type Clock } from '../support/clock.js';
import type { AcceptedReader, AcceptedState, AcceptedWriter } from './accepted-states.js';
import { inParallel } from '../support/in-parallel.js';
import { findModel, type ReplayDomain } from './replay-domain.js';
import { replayStoredStream, type ReplayFinding, type StoredStreamReplay } from './replay-stored-stream.js';
import type { ReplayProgress, ReplayStoreOptions, StoreReplayReport } from './replay-store-options.js';

/** What one replay of a store works with. */
export interface StoreReplayParts {
  readonly options: ReplayStoreOptions;
  readonly domain: ReplayDomain;
  readonly reader: AcceptedReader;
  readonly writer: AcceptedWriter | undefined;
  readonly concurrency: number;
}

/** Streams of one page; so many results are in memory. */
const PAGE = 1_000;
const SHOWN_FINDINGS = 100;
/** Above every stream id that begins as the text before it does. */
const LAST_CHARACTER = '\u{10ffff}';

/** Goes through the streams of a store page by page, and through the accepted states beside them. Serves one replay. */
export class StoreReplay {
  private readonly counts = {
    streams: 0,
    events: 0,
    same: 0,
    grown: 0,
    new: 0,
    removed: 0,
    unowned: 0,
    failed: 0,
    changed: 0,
    accepted: 0,
  };
  private readonly findings: ReplayFinding[] = [];
  private readonly clock: Clock;
  private readonly startedAt: number;

  constructor(private readonly parts: StoreReplayParts) {
    this.clock = parts.options.clock ?? systemClock;
    this.startedAt = this.clock.now();
  }

  async run(): Promise<StoreReplayReport> {
    const { reader, writer } = this.parts;
    for (const prefix of prefixesOf(this.parts)) {
      if (prefix !== '') await this.keep(await reader.upTo(prefix));
      await this.replayPages(prefix);
      const left = await reader.upTo(prefix === '' ? undefined : prefix + LAST_CHARACTER);
      for (const state of left) this.reportGone(state);
    }
    await this.keep(await reader.upTo(undefined));
    const { accepted, ...counts } = this.counts;
    const report = { ...counts, ...this.progress(), findings: this.findings };
    return writer === undefined ? report : { ...report, accepted };
  }

  private async replayPages(prefix: string): Promise<void> {
    const { store, onProgress } = this.parts.options;
    let after: string | undefined;
    for (;;) {
      const page = await store.listStreams({
        ...this.call(),
        limit: PAGE,
        ...(prefix !== '' && { prefix }),
        ...(after !== undefined && { after }),
      });
      after = page.at(-1)?.streamId;
      if (after === undefined) return;
      await this.replayPage(page, after);
      onProgress?.(this.progress());
      if (page.length < PAGE) return;
    }
  }

  /** What was accepted of streams that cannot be replayed, or of other aggregates, is kept. */
  private async replayPage(page: readonly StreamSummary[], last: string): Promise<void> {
    const { domain, reader } = this.parts;
    const next = new Map((await reader.upTo(last)).map((state) => [state.streamId, state]));
    const owned = page.filter(({ streamId }) => findModel(domain, streamId) !== undefined);
    this.counts.unowned += page.length - owned.length;
    const replays = await this.replayStreams(owned, next);
    const listed = new Set(page.map(({ streamId }) => streamId));
    for (const state of next.values()) {
      if (listed.has(state.streamId)) continue;
      this.reportGone(state);
      next.delete(state.streamId);
    }
    owned.forEach(({ streamId }, at) => this.take(streamId, replays[at] as StoredStreamReplay, next));
    await this.keep([...next.values()].sort((a, b) => compareCodePoints(a.streamId, b.streamId)));
  }

  private replayStreams(
    streams: readonly StreamSummary[],
    accepted: ReadonlyMap<string, AcceptedState>,
  ): Promise<readonly StoredStreamReplay[]> {
    const { options, domain, concurrency } = this.parts;
    return inParallel(streams, concurrency, (stream) => {
      throwIfAborted(options.signal);
      const call = this.call();
      return replayStoredStream({ store: options.store, domain, stream, accepted: accepted.get(stream.streamId), call });
    });
  }

  private take(streamId: string, replay: StoredStreamReplay, next: Map<string, AcceptedState>): void {
    this.counts.streams++;
    this.counts.events += replay.events;
    if (replay.outcome !== 'found') this.counts[replay.outcome]++;
    if (replay.finding !== undefined) this.report(replay.finding);
    if (replay.state !== undefined) next.set(streamId, replay.state);
    else if (replay.outcome === 'removed') next.delete(streamId);
  }

  private reportGone({ streamId, version }: AcceptedState): void {
    this.report({ streamId, kind: 'gone', version, message: `It was accepted at version ${version}, and the store has no such stream.` });
  }

  private report(finding: ReplayFinding): void {
    this.counts[finding.kind === 'failed' ? 'failed' : 'changed']++;
    if (this.findings.length < SHOWN_FINDINGS) this.findings.push(finding);
    this.parts.options.onFinding?.(finding);
  }

  private async keep(states: readonly AcceptedState[]): Promise<void> {
    if (this.parts.writer === undefined || states.length === 0) return;
    await this.parts.writer.write(states);
    this.counts.accepted += states.length;
  }

  private call(): CallOptions {
    const { deadlineMs, signal } = this.parts.options;
    return { caller: 'replay', ...(deadlineMs !== undefined && { deadlineMs }), ...(signal !== undefined && { signal }) };
  }

  private progress(): ReplayProgress {
    const { streams, events, failed, changed } = this.counts;
    const seconds = (this.clock.now() - this.startedAt) / 1_000;
    return { streams, events, failed, changed, seconds, eventsPerSecond: seconds === 0 ? 0 : Math.round(events / seconds) };
  }
}

/** All streams in one listing, where no aggregate is singled out; else those of each, which come in the order of their ids too. */
function prefixesOf({ options, domain }: StoreReplayParts): readonly string[] {
  if (options.only === undefined) return [''];
  for (const name of options.only) {
    const known = domain.models.map((model) => model.name);
    if (!known.includes(name))
      throw new EventspanError('OPTION_INVALID', { path: 'only', value: name, bound: `one of ${known.join(', ')}` });
  }
  return [...new Set(options.only)].map((name) => `${name}-`).sort(compareCodePoints);
}
