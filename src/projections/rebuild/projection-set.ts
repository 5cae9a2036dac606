import { isEventspanError } from '../../errors/eventspan-error.js';
import { isAborted } from '../../support/abort.js';
import { KeyMutex } from '../../support/key-mutex.js';
import type { HeldCursors } from '../../subscriptions/held-cursors.js';
import { firstGenerationOf, generationConsumer } from '../generation.js';
import { physicalTableOf } from '../physical-table.js';
import type { ProjectionEngine, ProjectionStatus } from '../projection-engine.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import type { SwitchMode } from './generation-record.js';
import { planEngines, type PlannedEngine } from './plan-engines.js';
import { liveOf, planFirst, planNewVersion, underWayOf, type GenerationChanges, type Generations } from './plan-generations.js';
import { planTask } from './plan-task.js';
import { graceMs, RebuildCoordinator } from './rebuild-coordinator.js';
import type { RebuildContext } from './rebuild-context.js';
import { rebuildRequestedStreams } from './stream-rebuilder.js';
import { messageOf } from '../../support/message-of.js';

/** Between looks at the rows while a rebuild is under way somewhere, at most. */
const BUSY_POLL_MS = 500;

interface RunningEngine extends PlannedEngine {
  readonly engine: ProjectionEngine;
}

/** The projectors of one process, by name; the code of several versions of one is possible. */
export type ProjectorCode = ReadonlyMap<string, readonly ProjectorDefinition[]>;

/**
 * The projections that one process maintains. It looks at the rows of all generations at a low rate (1 Read each `pollMs`, whatever the number
 * of projectors) and at once after a change made in this process; starts and stops engines as they say; begins the filling of versions
 * above the live ones; and has rebuilds carried out where nobody does.
 */
export class ProjectionSet {
  private readonly engines = new Map<string, RunningEngine>();
  private readonly coordinators = new Map<string, RebuildCoordinator>();
  private readonly turns = new KeyMutex();
  /** Up to which request for single streams there is none left. */
  private readonly streamsDone = new WeakMap<RunningEngine, number>();
  private readonly closing = new AbortController();
  private polling: Promise<void> | undefined;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly context: RebuildContext,
    private readonly code: ProjectorCode,
    private readonly options: { readonly newVersions: SwitchMode },
  ) {}

  /** The engines that run here. */
  statuses(): readonly ProjectionStatus[] {
    return [...this.engines.values()].map(({ engine }) => engine.status());
  }

  /** What this process holds of a consumer. */
  heldOf(consumer: string): HeldCursors | undefined {
    return this.engines.get(consumer)?.engine.cursors;
  }

  /** Something was asked of a consumer's parked streams: whoever has them here looks at once. */
  lookForRequests(consumer: string): void {
    void this.engines.get(consumer)?.engine.lookForRequests();
  }

  /** Why a shard of a projector's stands still, where this process knows. */
  reasonOf(projector: string, shard: number): string | undefined {
    const here = [...this.engines.values()].filter(({ generation }) => generation.projector === projector);
    return here.map(({ engine }) => engine.reasonOf(shard)).find((reason) => reason !== undefined);
  }

  /** Makes what is missing, starts the engines and looks on. Throws what `ProjectionEngine.start` throws, and the store's errors. */
  async start(): Promise<void> {
    await this.context.live.refresh();
    const began = await Promise.all([...this.code].map(([projector, versions]) => this.begin(projector, versions)));
    if (began.includes(true)) await this.context.live.changed();
    await Promise.all([...this.code.keys()].map((projector) => this.adjust(projector)));
    for (const [projector, versions] of this.code) {
      this.attendIfNeeded(projector);
      this.warnOfIdleCode(projector, versions);
    }
    this.stopListening = this.context.live.onRead(() => this.adjustAll());
    this.polling = this.poll();
  }

  /** Has what is to be done with a projector's generations done here, unless another process does it. Also before `start`. */
  attend(projector: string): void {
    this.coordinatorOf(projector).attend();
  }

  /** Finishes what is in hand, or gives it up after `deadlineMs`. Rebuilds are left where they are. Never throws. */
  async stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    this.stopListening();
    this.closing.abort(new Error('the projections stop'));
    await this.polling;
    await Promise.all([...this.coordinators.values()].map((coordinator) => coordinator.stop(options)));
    await Promise.all([...this.code.keys()].map((projector) => this.turns.run(projector, async () => undefined)));
    await Promise.all([...this.engines.values()].map(({ engine }) => engine.stop(options)));
    this.engines.clear();
  }

  /** After a `start` that failed: stops what it started, so that it may be called again. */
  async reset(): Promise<void> {
    await Promise.all([...this.coordinators.values()].map((coordinator) => coordinator.stop()));
    this.coordinators.clear();
    await Promise.all([...this.engines.values()].map(({ engine }) => engine.stop()));
    this.engines.clear();
  }

  /** Answers whether a row was made. */
  private async begin(projector: string, versions: readonly ProjectorDefinition[]): Promise<boolean> {
    const newest = versions.at(-1);
    if (newest === undefined) return false;
    const known = this.context.live.peek(projector);
    if (known.length === 0) return this.insert(projector, await this.firstPlan(newest));
    if (newest.lifecycle === 'inline') return false;
    const plan = this.newVersionPlan(newest);
    return plan(known).length > 0 && this.insert(projector, plan);
  }

  /** Tables without a generation are of a time before there were generations: what is in them is filled anew. */
  private async firstPlan(newest: ProjectorDefinition): Promise<(generations: Generations) => GenerationChanges> {
    const { store, caller } = this.context;
    const { cursors } = await store.cursors.read(generationConsumer(firstGenerationOf(newest)), { caller });
    const run = cursors.some(({ position }) => position !== undefined) ? 1 : 0;
    return (generations) => planFirst(generations, { projector: newest, run, now: this.now() });
  }

  private newVersionPlan(newest: ProjectorDefinition): (generations: Generations) => GenerationChanges {
    return (generations) => planNewVersion(generations, { projector: newest, mode: this.options.newVersions, now: this.now() });
  }

  private insert(projector: string, plan: (generations: Generations) => GenerationChanges): Promise<boolean> {
    return this.context.table.change(projector, (generations) => {
      const changes = plan(generations);
      return { changes, result: changes.length > 0 };
    });
  }

  private async poll(): Promise<void> {
    const { clock, times, live } = this.context;
    const { signal } = this.closing;
    while (!isAborted(signal)) {
      const isBusy = [...this.code.keys()].some((projector) => underWayOf(live.peek(projector)) !== undefined);
      await clock.sleep(isBusy ? Math.min(BUSY_POLL_MS, times.pollMs) : times.pollMs, signal).catch(() => undefined);
      if (isAborted(signal)) return;
      try {
        await live.refresh();
        const began = await Promise.all([...this.code].map(([projector, versions]) => this.begin(projector, versions)));
        if (began.includes(true)) await live.changed();
      } catch (error) {
        this.log(error, 'the generations of projections could not be read; it is tried again');
      }
      for (const projector of this.code.keys()) this.attendIfNeeded(projector);
    }
  }

  private adjustAll(): void {
    for (const projector of this.code.keys()) {
      void this.adjust(projector).catch((error: unknown) => this.log(error, 'a projection could not be started; it is tried again'));
    }
  }

  /** Stops what is not wanted any more and starts what is, in this order: generations of one version share a transport's subscription. */
  private adjust(projector: string): Promise<void> {
    return this.turns.run(projector, async () => {
      if (isAborted(this.closing.signal)) return;
      const generations = this.context.live.peek(projector);
      const versions = this.code.get(projector) ?? [];
      const wanted = new Map(planEngines(generations, versions).map((plan) => [generationConsumer(plan.generation), plan]));
      const surplus = [...this.engines].filter(([consumer, running]) => isSurplus(running, projector, wanted.get(consumer)));
      for (const [consumer] of surplus) this.engines.delete(consumer);
      await Promise.all(surplus.map(([, { engine }]) => engine.stop()));
      for (const [consumer, plan] of wanted) await this.startOne(consumer, plan);
      await this.rebuildStreams(generations);
    });
  }

  /** Looks for requests only after somebody said that there are some, until none is left. */
  private async rebuildStreams(generations: Generations): Promise<void> {
    const live = liveOf(generations);
    if (live === undefined || live.streamsRequestedAt === null) return;
    const running = this.engines.get(generationConsumer(live));
    const asked = live.streamsRequestedAt.getTime();
    if (running === undefined || this.streamsDone.get(running) === asked) return;
    if ((await rebuildRequestedStreams(running.engine, this.context)) === 0) this.streamsDone.set(running, asked);
  }

  private async startOne(consumer: string, plan: PlannedEngine): Promise<void> {
    if (this.engines.has(consumer)) return;
    if (plan.projector.lifecycle === 'inline') return this.ensureInline(plan);
    const engine = this.context.createEngine(plan);
    await engine.start();
    this.engines.set(consumer, { ...plan, engine });
  }

  /** Its rows are written with the events, so that nothing runs; its tables must be there. */
  private async ensureInline({ projector, generation, mode }: PlannedEngine): Promise<void> {
    const { store, caller } = this.context;
    if (mode !== 'live') return;
    const tables = projector.tables.map((table) => physicalTableOf(table, generation));
    await store.readModels.ensureTables(tables, { caller });
  }

  /** The same where the rows, as last read, say that there is something to do by now. */
  attendIfNeeded(projector: string): void {
    const { live, clock, times } = this.context;
    const versions = new Set((this.code.get(projector) ?? []).map(({ version }) => version));
    const task = planTask(live.peek(projector), { versions, now: clock.now(), graceMs: graceMs(times) });
    if (task !== undefined) this.attend(projector);
  }

  /** A version that is neither maintained nor filled is most likely a mistake, or the end of a deployment. */
  private warnOfIdleCode(projector: string, versions: readonly ProjectorDefinition[]): void {
    const known = new Set(this.context.live.peek(projector).map(({ version }) => version));
    for (const { version } of versions.filter((each) => !known.has(each.version))) {
      this.context.logger.warn({ projector, version, known: [...known] }, 'a version of a projector is listed, and has no generation');
    }
  }

  private coordinatorOf(projector: string): RebuildCoordinator {
    const known = this.coordinators.get(projector);
    const coordinator = known ?? new RebuildCoordinator(this.context, projector, this.code.get(projector) ?? []);
    this.coordinators.set(projector, coordinator);
    return coordinator;
  }

  private log(error: unknown, message: string): void {
    const text = messageOf(error);
    this.context.logger.warn({ error: text, ...(isEventspanError(error) && { code: error.code }) }, message);
  }

  private now(): Date {
    return new Date(this.context.clock.now());
  }
}

function isSurplus({ generation, mode }: RunningEngine, projector: string, wanted: PlannedEngine | undefined): boolean {
  return generation.projector === projector && wanted?.mode !== mode;
}
