import { EventspanError } from '../../errors/eventspan-error.js';
import { orAbort, throwIfAborted } from '../../support/abort.js';
import { generationConsumer, generationLabel, isSameGeneration, type Generation } from '../generation.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import { isRollback, type GenerationRecord } from './generation-record.js';
import { liveOf } from './plan-generations.js';
import type { RebuildContext } from './rebuild-context.js';
import { RebuildFiller } from './rebuild-filler.js';
import type { RebuildLease } from './rebuild-lease.js';
import { ProgressMeter } from './rebuild-progress.js';
import { everywhere, hasReached, type Everywhere } from './shard-positions.js';

/** Milliseconds between notes of progress, renewals of the lease and looks for an operator's wish. */
export const HEARTBEAT_MS = 1_000;

/** Of whoever carries a rebuild out. */
export interface RebuildDuty {
  /** The versions of which the code is here. */
  readonly code: readonly ProjectorDefinition[];
  readonly lease: RebuildLease;
  readonly closing: AbortSignal;
}

/**
 * The filling of a generation, and the beat beside it: while something goes on, progress is noted, the lease is kept, and the rows are looked
 * at for what an operator wants. What waits here ends early, with false, when the generation's row has changed.
 */
export class RebuildPace {
  private filler: RebuildFiller | undefined;
  private meter: ProgressMeter | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly context: RebuildContext,
    private readonly duty: RebuildDuty,
  ) {}

  /** Looks at the rows at once instead of at the next heartbeat. */
  nudge(): void {
    this.wake();
  }

  /** Stops filling, unless it fills this one. */
  async endOthers(generation: Generation): Promise<void> {
    if (this.filler !== undefined && !isSameGeneration(this.filler.generation, generation)) await this.end();
  }

  /** Stops filling; what is in hand after `deadlineMs` (default 10,000) is given up. */
  async end(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    const { filler } = this;
    this.filler = undefined;
    this.meter = undefined;
    await filler?.stop(options);
  }

  /** Lets the generation go on exactly so far. Answers false when the rows want something else meanwhile. */
  async advanceTo(goal: Everywhere, generation: GenerationRecord): Promise<boolean> {
    if (isRollback(generation)) return this.untilMaintained(goal, generation);
    const filler = await this.fillerOf(generation);
    filler.holdAt(goal);
    let heartbeatAt = this.context.clock.now() + HEARTBEAT_MS;
    while (!filler.hasReached(goal)) {
      filler.checkGoesOn();
      const left = heartbeatAt - this.context.clock.now();
      if (left > 0) await this.sleep(left, filler);
      else {
        if (!(await this.heartbeat(generation))) return false;
        heartbeatAt = this.context.clock.now() + HEARTBEAT_MS;
      }
    }
    return this.heartbeat(generation);
  }

  /** A generation that was live is maintained by the engines of the processes that have its code. */
  private async untilMaintained(goal: Everywhere, generation: GenerationRecord): Promise<boolean> {
    const { store, caller } = this.context;
    for (;;) {
      const { cursors } = await store.cursors.read(generationConsumer(generation), { caller });
      const at = everywhere(cursors, store.shardCount);
      if (hasReached((shard) => at.get(shard), goal)) return true;
      if (!(await this.rest(generation, HEARTBEAT_MS / 4))) return false;
    }
  }

  private async fillerOf(generation: GenerationRecord): Promise<RebuildFiller> {
    if (this.filler !== undefined) return this.filler;
    const { projector, version, run } = generation;
    const code = this.duty.code.find((each) => each.version === version);
    if (code === undefined) throw new EventspanError('PROJECTOR_UNKNOWN', { projector: generationLabel(generation), known: [] });
    const engine = this.context.createEngine({ projector: code, generation: { projector, version, run }, mode: 'fill' });
    const filler = new RebuildFiller({ projector, version, run }, engine);
    filler.holdAt(everywhere([], this.context.store.shardCount));
    await engine.start();
    this.filler = filler;
    this.meter = new ProgressMeter(generation.progress);
    return filler;
  }

  /** Runs `work` while progress is noted and the lease kept; undefined when the rows want something else meanwhile. */
  async alongside<T>(work: (signal: AbortSignal) => Promise<T>, generation: GenerationRecord): Promise<T | undefined> {
    const given = new AbortController();
    const state: { result?: T; isDone: boolean } = { isDone: false };
    const working = work(given.signal).then((result) => {
      state.result = result;
    });
    const done = working.finally(() => {
      state.isDone = true;
      this.wake();
    });
    done.catch(() => undefined);
    try {
      while (!state.isDone && (await this.rest(generation, HEARTBEAT_MS)));
      if (!state.isDone) return undefined;
    } finally {
      given.abort(new Error('something else is wanted'));
      await done.catch(() => undefined);
    }
    await done;
    return state.result;
  }

  /** Sleeps, then notes progress. Answers false when the rows want something else. */
  async rest(generation: GenerationRecord, ms: number): Promise<boolean> {
    await this.sleep(ms);
    return this.heartbeat(generation);
  }

  private async sleep(ms: number, filler?: RebuildFiller): Promise<void> {
    const { clock } = this.context;
    throwIfAborted(this.duty.closing);
    const timer = new AbortController();
    const slept = clock.sleep(ms, timer.signal).catch(() => undefined);
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    const stopListening = filler?.cursors.onChange(() => this.wake());
    try {
      await orAbort(Promise.race([slept, woken]), this.duty.closing);
    } finally {
      stopListening?.();
      timer.abort();
    }
  }

  private async heartbeat(generation: GenerationRecord): Promise<boolean> {
    throwIfAborted(this.duty.closing);
    const { table, clock } = this.context;
    const progress = this.filler && this.meter?.measure(this.filler.counts(), clock.now());
    await table.noteProgress(generation, progress, this.duty.lease.fence);
    const generations = await table.read(generation.projector);
    const now = generations.find((each) => isSameGeneration(each, generation));
    return now?.state === generation.state && now.request === generation.request;
  }

  /** Where the live generation is now; of one that is written with the events, the ends of the log. */
  async positionsOfLive(generation: GenerationRecord): Promise<Everywhere> {
    if (this.isInline(generation)) return this.endsOfLog();
    const { store, caller } = this.context;
    const { cursors } = await store.cursors.read(generationConsumer(await this.liveFor(generation)), { caller });
    return everywhere(cursors, store.shardCount);
  }

  /** Of every shard. Counts the log: not cheap. */
  async endsOfLog(): Promise<Everywhere> {
    const extents = await this.context.store.describeShards({ caller: this.context.caller });
    return new Map(extents.map(({ shard, last }) => [shard, last]));
  }

  /** Throws `PROJECTION_NOT_BUILT`. */
  async liveFor({ projector }: GenerationRecord): Promise<GenerationRecord> {
    const live = liveOf(await this.context.table.read(projector));
    if (live === undefined) throw new EventspanError('PROJECTION_NOT_BUILT', { projector });
    return live;
  }

  /** Whether it is written together with the events. */
  isInline({ version }: GenerationRecord): boolean {
    return this.duty.code.some((each) => each.version === version && each.lifecycle === 'inline');
  }
}
