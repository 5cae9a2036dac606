import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, type Eventspan, type GenerationState, type Random, type RebuildProgress } from 'eventspan';
import { audit, type Audit } from './audit.js';
import { LEASE_MS, LEDGER, NEW_VERSION, OLD_VERSION, openLedger } from './ledger.js';
import { MovementWriter } from './movements.js';
import { makePlace, type Place } from './places.js';
import { Progress } from './progress.js';
import { ReaderWatch } from './reader-watch.js';
import { RebuildProcess } from './rebuild-process.js';

export interface RebuildSettings {
  readonly store: Place['kind'];
  readonly events: number;
  readonly live: number;
  readonly kills: number;
  readonly seed: number;
}

export interface RebuildProof {
  readonly verified: boolean;
  readonly store: Place['kind'];
  readonly events: number;
  readonly live: number;
  readonly kills: number;
  readonly seed: number;
  /** In which state the new generation was when its process was killed. */
  readonly killsByState: Readonly<Partial<Record<GenerationState, number>>>;
  /** Over both audits: after the switch, and after the rollback. */
  readonly missing: number;
  readonly doubled: number;
  readonly wrong: number;
  /** Rows that the framework's own comparison found to differ, at one instant before the switch. */
  readonly comparedDiffering: number;
  readonly servedOldUntilSwitch: boolean;
  readonly reads: { readonly old: number; readonly new: number; readonly absent: number; readonly misplaced: number };
  readonly rolledBack: boolean;
  /** Events of the log at the end, and streams. */
  readonly logEvents: number;
  readonly streams: number;
  readonly livePerSecond: number;
  /** Greatest memory of any rebuilding process. */
  readonly peakRssMb: number;
  readonly firstFillPerSecond: number;
  readonly seconds: {
    readonly write: number;
    readonly firstFill: number;
    readonly untilSwitch: number;
    readonly rollback: number;
    readonly all: number;
  };
}

const MAX_MS = 600_000;
const LOOK_MS = 50;
const ENOUGH_READS = 20;
/** A kill comes within so many milliseconds of a start: before the killed one's shards are free, while they are taken, or in the midst of the work. */
const KILL_WITHIN_MS = LEASE_MS + 2_000;
/** For the first kill, since a small log is filled in less than a second; and for the last, since a switch is made `liveCacheMs` after it was asked for. */
const SOON_MS = 600;

/** Rebuilds while events are written and the rebuilding process is killed, and counts everything. Says on stderr what it is at. */
export async function proveRebuild(settings: RebuildSettings): Promise<RebuildProof> {
  const { place, remove } = await makePlace(settings.store);
  const child = new RebuildProcess(place);
  let app: Eventspan | undefined;
  let run: RebuildRun | undefined;
  try {
    app = await openLedger(place, OLD_VERSION);
    run = new RebuildRun(settings, app, child);
    return await run.run();
  } finally {
    run?.progress.stop();
    await child.kill();
    await app?.stop();
    await remove();
  }
}

class RebuildRun {
  readonly progress = new Progress(() => this.howFar());
  private readonly random: Random;
  private readonly writer: MovementWriter;
  private readonly watch: ReaderWatch;
  private readonly killsByState: Partial<Record<GenerationState, number>> = {};
  private livePerSecond = Number.POSITIVE_INFINITY;

  constructor(
    private readonly settings: RebuildSettings,
    private readonly app: Eventspan,
    private readonly child: RebuildProcess,
  ) {
    const { seed, events } = settings;
    this.random = seededRandom(seed);
    this.writer = new MovementWriter(app.store, seededRandom(seed + 1), events);
    this.watch = new ReaderWatch(app, () => this.writer.anyStream());
  }

  async run(): Promise<RebuildProof> {
    const { store, events, live, kills, seed } = this.settings;
    const say = (what: string): void => this.progress.say(what);
    const begun = performance.now();
    say(`${store}: writing ${events} events`);
    const write = await secondsOf(() => this.writer.fill());
    say('filling the first generation');
    const firstFill = await secondsOf(() => this.startAndCatchUp());
    say(`rebuilding in another process, ${kills} kills, ${live} events a second meanwhile`);
    const untilSwitch = await secondsOf(() => this.whileWriting(() => this.rebuild()));
    const comparedDiffering = await this.comparedDiffering();
    const switched = await this.audit('after the switch');
    const rollback = await secondsOf(() => this.whileWriting(() => this.rollBack()));
    const rolledBack = await this.audit('after the rollback');
    await this.child.stop();
    const proof = {
      store,
      events,
      live,
      kills,
      seed,
      killsByState: this.killsByState,
      missing: switched.missing + rolledBack.missing,
      doubled: switched.doubled + rolledBack.doubled,
      wrong: switched.wrong + rolledBack.wrong,
      comparedDiffering,
      servedOldUntilSwitch: this.watch.isRight,
      reads: { old: this.watch.oldReads, new: this.watch.newReads, absent: this.watch.absent, misplaced: this.watch.misplaced },
      rolledBack: await this.isRolledBack(rolledBack),
      logEvents: rolledBack.events,
      streams: rolledBack.streams,
      livePerSecond: Math.round(this.livePerSecond),
      peakRssMb: Math.round(this.child.peakRssKb / 1_024),
      firstFillPerSecond: Math.round(events / firstFill),
      seconds: { write, firstFill, untilSwitch, rollback, all: round((performance.now() - begun) / 1_000) },
    };
    return { verified: this.isVerified(proof), ...proof };
  }

  private howFar(): string {
    const kills = Object.values(this.killsByState).reduce((sum, count) => sum + count, 0);
    return `${this.writer.written} events written, ${kills} kills, ${this.watch.oldReads} reads of old rows, ${this.watch.newReads} of new`;
  }

  private isVerified(proof: Omit<RebuildProof, 'verified'>): boolean {
    const { missing, doubled, wrong, comparedDiffering, servedOldUntilSwitch, rolledBack, logEvents } = proof;
    return missing + doubled + wrong + comparedDiffering === 0 && servedOldUntilSwitch && rolledBack && logEvents === this.writer.written;
  }

  private async startAndCatchUp(): Promise<void> {
    await this.app.start();
    await this.caughtUp();
  }

  private async rebuild(): Promise<void> {
    const watching = new AbortController();
    const watched = this.watch.watch(watching.signal);
    try {
      await Promise.race([this.killUntilLive(), watched]);
    } finally {
      watching.abort();
      await watched;
    }
  }

  /** All kills but one come on the way to a new version that is ready, and the last around the switch. */
  private async killUntilLive(): Promise<void> {
    const { kills } = this.settings;
    await this.child.start();
    for (let kill = 1; kill < kills; kill++) await this.killWithin(kill === 1 ? SOON_MS : KILL_WITHIN_MS);
    await this.until(async () => (await this.newState()) === 'ready', 'the new version is ready');
    await this.app.projections.switch(LEDGER);
    if (kills > 0) await this.killWithin(SOON_MS);
    await this.until(async () => (await this.newState()) === 'live', 'the new version is live');
    await this.until(async () => this.watch.newReads >= ENOUGH_READS, 'readers read the new version');
  }

  /** Soon rather than late: a rebuild is on its way longest when it has just begun. */
  private async killWithin(ms: number): Promise<void> {
    await sleep(this.random() ** 2 * ms);
    const state = await this.newState();
    this.killsByState[state] = (this.killsByState[state] ?? 0) + 1;
    await this.child.kill();
    await this.child.start();
  }

  private async newState(): Promise<GenerationState> {
    this.child.checkRuns();
    const { generations } = await this.app.projections.status(LEDGER);
    return generations.find(({ version }) => version === NEW_VERSION)?.state ?? 'new';
  }

  private async rollBack(): Promise<void> {
    this.progress.say('rolling back');
    const generation = await this.app.projections.rollback(LEDGER);
    await this.app.projections.finished(generation, { signal: AbortSignal.timeout(MAX_MS) });
  }

  private async isRolledBack({ missing, doubled, wrong }: Audit): Promise<boolean> {
    const row = await this.app.readModel(LEDGER).get('accounts', { id: this.writer.anyStream() });
    const { live } = await this.app.projections.status(LEDGER);
    return live?.version === OLD_VERSION && row !== undefined && row['made_by'] === undefined && missing + doubled + wrong === 0;
  }

  private async whileWriting(work: () => Promise<void>): Promise<void> {
    const writing = new AbortController();
    const written = this.writer.goOn(this.settings.live, writing.signal);
    try {
      await Promise.race([work(), written.then(() => undefined)]);
    } finally {
      writing.abort();
      const { events, seconds } = await written;
      this.livePerSecond = Math.min(this.livePerSecond, events / seconds);
    }
  }

  private async audit(when: string): Promise<Audit> {
    await this.caughtUp();
    const found = await audit(this.app);
    this.progress.say(`${when}: ${found.events} events, ${found.missing} missing, ${found.doubled} doubled, ${found.wrong} wrong`);
    return found;
  }

  private async caughtUp(): Promise<void> {
    const extents = await this.app.store.describeShards();
    const ends = new Map(extents.flatMap(({ shard, last }) => (last === undefined ? [] : [[shard, last] as const])));
    await this.app.caughtUp(LEDGER, ends, { timeoutMs: MAX_MS });
  }

  /** What the framework found when it compared both generations at one instant. */
  private async comparedDiffering(): Promise<number> {
    const compared: number[] = [];
    const onProgress = ({ comparison }: RebuildProgress): void => {
      for (const { differing } of comparison?.tables ?? []) compared.push(differing ?? Number.NaN);
    };
    await this.app.projections.finished({ projector: LEDGER, version: NEW_VERSION, run: 0 }, { onProgress });
    if (compared.length !== 2) throw new Error(`${compared.length} tables were compared, and there are 2.`);
    return compared.reduce((sum, each) => sum + each, 0);
  }

  private async until(condition: () => Promise<boolean>, what: string): Promise<void> {
    for (const end = performance.now() + MAX_MS; !(await condition()); await sleep(LOOK_MS)) {
      if (performance.now() > end) throw new Error(`Waited ${MAX_MS} ms in vain until ${what}.`);
    }
  }
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return round((performance.now() - begun) / 1_000);
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
