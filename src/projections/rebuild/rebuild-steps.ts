import { isEventspanError } from '../../errors/eventspan-error.js';
import type { ReadModelSnapshot } from '../../event-store/read-models.js';
import { generationConsumer, generationLabel } from '../generation.js';
import { cleanGeneration } from './clean-generation.js';
import { compareGenerations } from './compare-generations.js';
import type { GenerationComparison } from './generation-comparison.js';
import { isRollback, type GenerationRecord, type GenerationState } from './generation-record.js';
import { planAnnounce, planCleaned, planStep, planSwitch, type GenerationChanges, type Generations } from './plan-generations.js';
import { reasonToWait, type RebuildTask } from './plan-task.js';
import type { RebuildContext } from './rebuild-context.js';
import { HEARTBEAT_MS, RebuildPace, type RebuildDuty } from './rebuild-pace.js';
import { notCompared, reasonFields } from './rebuild-reasons.js';
import { everywhere, isExactly } from './shard-positions.js';
import { messageOf } from '../../support/message-of.js';

/** How near the live one a filling shall be, in milliseconds of its own speed, before an instant of the database is held for comparing. */
const NEAR_MS = 1_000;
const MAX_ROUNDS = 50;
/** Beyond the readers' cache, so that all of them know before the switch that it comes. */
const ANNOUNCE_MARGIN_MS = 100;

/**
 * What carrying out a rebuild consists of. Each step ends when its change of the rows is written, or when the rows say that something else
 * is wanted; then the next is planned.
 *
 * The new generation never goes beyond the live one before it is live. So they can be compared exactly (both are made to stand at the same
 * positions), and of its side effects, which are held back until then, none is left out.
 */
export class RebuildSteps {
  private readonly pace: RebuildPace;

  constructor(
    private readonly context: RebuildContext,
    private readonly duty: RebuildDuty,
  ) {
    this.pace = new RebuildPace(context, duty);
  }

  /** Looks at the rows at once instead of at the next heartbeat. */
  nudge(): void {
    this.pace.nudge();
  }

  /** Stops filling. */
  end(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    return this.pace.end(options);
  }

  /** Throws `CURSOR_LOST` when another instance carries on, the store's errors, and what is wrong with the rebuild. */
  async perform({ kind, generation }: RebuildTask): Promise<void> {
    await this.pace.endOthers(generation);
    switch (kind) {
      case 'cancel':
        await this.end();
        return this.step(generation, 'cancelled', { request: null });
      case 'clean':
        return this.clean(generation);
      case 'fill':
        return this.fill(generation);
      case 'compare':
        return this.compare(generation);
      case 'go-back':
        return this.goBack(generation);
      case 'announce':
        return this.change(generation, (generations) => planAnnounce(generations, generation, this.now()));
      case 'switch':
        return this.switchTo(generation);
      case 'follow':
      default:
        return this.follow(generation);
    }
  }

  /** Keeps why it failed; what was rolled back to is retired again. */
  async fail(generation: GenerationRecord, error: unknown): Promise<void> {
    await this.end();
    const message = messageOf(error);
    const code = isEventspanError(error) ? error.code : 'STORE_FAILED';
    this.context.logger.error({ generation: generationLabel(generation), code, error: message }, 'a rebuild failed');
    await this.step(generation, isRollback(generation) ? 'retired' : 'failed', { code, message, request: null });
  }

  private async clean(generation: GenerationRecord): Promise<void> {
    await cleanGeneration(generation, this.context);
    await this.change(generation, (generations) => planCleaned(generations, generation, this.now()));
  }

  private async fill(generation: GenerationRecord): Promise<void> {
    if (generation.state === 'new') {
      const extents = await this.context.store.describeShards({ caller: this.context.caller });
      const filled = extents.filter(({ events }) => events > 0);
      const totals = Object.fromEntries(filled.map(({ shard, events }) => [String(shard), events]));
      const eventsTotal = filled.reduce((sum, { events }) => sum + events, 0);
      return this.step(generation, 'filling', { totals, eventsTotal });
    }
    if (await this.pace.advanceTo(await this.pace.positionsOfLive(generation), generation)) await this.step(generation, 'catching-up');
  }

  private async compare(generation: GenerationRecord): Promise<void> {
    if (!(await this.comeNear(generation))) return;
    const live = await this.pace.liveFor(generation);
    const comparison = this.isElsewhere(generation) ? notCompared(live, this.now()) : await this.compareExactly(generation, live);
    if (comparison === undefined) return;
    const waits = reasonToWait({ ...generation, comparison }, live);
    await this.step(generation, 'ready', { comparison, ...reasonFields(waits?.code ?? null, { generation, live, comparison }) });
  }

  /** Answers whether it is so; not when something else is wanted meanwhile. */
  private async comeNear(generation: GenerationRecord): Promise<boolean> {
    const { clock } = this.context;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const from = clock.now();
      if (!(await this.pace.advanceTo(await this.pace.positionsOfLive(generation), generation))) return false;
      if (clock.now() - from < NEAR_MS) return true;
    }
    return true;
  }

  /** Undefined when something else is wanted meanwhile, or another instance still moved the new one. */
  private async compareExactly(generation: GenerationRecord, live: GenerationRecord): Promise<GenerationComparison | undefined> {
    const { store, caller } = this.context;
    const snapshots: ReadModelSnapshot[] = [];
    const open = async (): Promise<ReadModelSnapshot> => {
      const snapshot = await store.readModels.openSnapshot({ caller });
      snapshots.push(snapshot);
      return snapshot;
    };
    try {
      const old = await open();
      const goal = this.pace.isInline(generation)
        ? await this.pace.endsOfLog()
        : everywhere(await old.cursors(generationConsumer(live), { caller }), store.shardCount);
      if (!(await this.pace.advanceTo(goal, generation))) return undefined;
      const fresh = await open();
      const reached = everywhere(await fresh.cursors(generationConsumer(generation), { caller }), store.shardCount);
      if (!isExactly(goal, reached)) return undefined;
      const work = (signal: AbortSignal): Promise<GenerationComparison> =>
        compareGenerations({ generation: live, rows: old }, { generation, rows: fresh }, { caller, at: this.now(), signal });
      return await this.pace.alongside(work, generation);
    } finally {
      await Promise.all(snapshots.map((snapshot) => snapshot.close()));
    }
  }

  private async follow(generation: GenerationRecord): Promise<void> {
    while (await this.pace.advanceTo(await this.pace.positionsOfLive(generation), generation)) {
      if (!(await this.pace.rest(generation, HEARTBEAT_MS))) return;
    }
  }

  private async goBack(generation: GenerationRecord): Promise<void> {
    if (await this.pace.advanceTo(await this.pace.positionsOfLive(generation), generation))
      await this.step(generation, 'ready', { request: 'switch' });
  }

  /**
   * By now every reader who waits for its own writes waits for this generation too, or has waited for positions that the live one has
   * reached; this one reaches them before the commit, so that on both sides of it readers find what they waited for.
   */
  private async switchTo(generation: GenerationRecord): Promise<void> {
    const { clock, times, logger } = this.context;
    const knownAt = clock.now() + times.liveCacheMs + ANNOUNCE_MARGIN_MS;
    while (clock.now() < knownAt) if (!(await this.pace.rest(generation, knownAt - clock.now()))) return;
    if (!(await this.pace.advanceTo(await this.pace.positionsOfLive(generation), generation))) return;
    await this.end();
    await this.change(generation, (generations) => planSwitch(generations, { generation, from: ['ready'], now: this.now() }));
    logger.info({ generation: generationLabel(generation) }, 'a generation is live');
  }

  private step(generation: GenerationRecord, to: GenerationState, set: Partial<GenerationRecord> = {}): Promise<void> {
    return this.change(generation, (generations) =>
      planStep(generations, { generation, from: [generation.state], to, now: this.now(), set }),
    );
  }

  private async change({ projector }: GenerationRecord, plan: (generations: Generations) => GenerationChanges): Promise<void> {
    const { table, live } = this.context;
    await table.change(projector, (generations) => ({ changes: plan(generations), result: undefined }), { fence: this.duty.lease.fence });
    await live.changed();
  }

  private isElsewhere({ projector }: GenerationRecord): boolean {
    return Object.hasOwn(this.context.foreign, projector);
  }

  private now(): Date {
    return new Date(this.context.clock.now());
  }
}
