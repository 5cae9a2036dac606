import { EventspanError, isEventspanError } from '../../errors/eventspan-error.js';
import { generationConsumer } from '../generation.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import type { GenerationRecord } from '../rebuild/generation-record.js';
import { planFirst } from '../rebuild/plan-generations.js';
import type { RebuildContext } from '../rebuild/rebuild-context.js';
import { ViewTables } from '../view-tables.js';
import type { InlineTarget } from './inline-run.js';

type Context = Pick<RebuildContext, 'store' | 'table' | 'live' | 'clock' | 'logger' | 'caller'>;

/**
 * Which tables an inline projector writes: those of its live generation. They are made when they are first needed by this process.
 *
 * A switch to another generation reaches a process within `liveCacheMs`; that is why nothing may be appended while one is rebuilt.
 */
export class InlineTables {
  private readonly made = new Map<string, Promise<InlineTarget>>();

  constructor(
    private readonly context: Context,
    /** The versions of each inline projector whose code is here. */
    private readonly code: ReadonlyMap<string, readonly ProjectorDefinition[]>,
  ) {}

  /** Undefined where the live generation is of a version that follows the log. Throws `INLINE_VERSION_MISSING`, and the store's errors. */
  async of(projector: string): Promise<InlineTarget | undefined> {
    const live = await this.liveOf(projector);
    const versions = this.code.get(projector) ?? [];
    const definition = versions.find(({ version }) => version === live.version);
    if (definition === undefined) {
      const known = versions.map(({ version }) => version);
      throw new EventspanError('INLINE_VERSION_MISSING', { projector, live: live.version, known });
    }
    return definition.lifecycle === 'inline' ? this.target(definition, live) : undefined;
  }

  private async target(projector: ProjectorDefinition, live: GenerationRecord): Promise<InlineTarget> {
    const consumer = generationConsumer(live);
    const making = this.made.get(consumer) ?? this.make(projector, live);
    this.made.set(consumer, making);
    try {
      return await making;
    } catch (error) {
      this.made.delete(consumer);
      throw error;
    }
  }

  private async make(projector: ProjectorDefinition, { version, run }: GenerationRecord): Promise<InlineTarget> {
    const { store, caller } = this.context;
    const tables = new ViewTables(projector, { projector: projector.name, version, run });
    await store.readModels.ensureTables(tables.physical, { caller });
    return { projector, tables };
  }

  private async liveOf(projector: string): Promise<GenerationRecord> {
    const { live } = this.context;
    try {
      return await live.live(projector);
    } catch (error) {
      if (!isEventspanError(error, 'PROJECTION_NOT_BUILT')) throw error;
    }
    await this.begin(projector);
    return live.live(projector);
  }

  /** The first generation is live at once: there is nothing to replace, and nothing to be filled while the log is empty. */
  private async begin(projector: string): Promise<void> {
    const { table, live, clock } = this.context;
    const newest = this.code.get(projector)?.at(-1);
    if (newest === undefined) return;
    await this.warnOfPast(projector);
    await table.change(projector, (generations) => ({
      changes: planFirst(generations, { projector: newest, run: 0, now: new Date(clock.now()) }),
      result: undefined,
    }));
    await live.changed();
  }

  private async warnOfPast(projector: string): Promise<void> {
    const { store, caller, logger } = this.context;
    const shards = Array.from({ length: store.shardCount }, (_, shard) => ({ shard }));
    const [first] = await store.readShards(shards, { limit: 1, caller });
    if (first === undefined) return;
    logger.warn(
      { projector },
      'an inline projection begins with the next append, and the log has events already; rebuild it to have them too',
    );
  }
}
