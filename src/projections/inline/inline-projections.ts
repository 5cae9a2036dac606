import { EventspanError } from '../../errors/eventspan-error.js';
import type { StreamWrite } from '../../event-store/append.js';
import type { CallOptions } from '../../event-store/call-options.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { RowChange } from '../../event-store/read-models.js';
import type { Constructor } from '../../messages/constructor.js';
import type { EventRegistry } from '../../messages/event-registry.js';
import type { Logger } from '../../telemetry/logger.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import { runAfterCommit } from './after-commit.js';
import { checkInlineBudget, checkMutations, mutationsOf } from './inline-budget.js';
import { inlineEvents } from './inline-event.js';
import { InlineRun, type InlineOutcome, type InlineTarget } from './inline-run.js';

export interface InlineProjectionsOptions {
  readonly store: EventStore;
  /** Must know every event that the projectors take. */
  readonly events: EventRegistry;
  /** By name, the versions whose code is here; at least one of each is inline. */
  readonly code: ReadonlyMap<string, readonly ProjectorDefinition[]>;
  /** The version and the tables to write now; undefined for nothing. */
  readonly tablesOf: (projector: string) => Promise<InlineTarget | undefined>;
  /** Mutations of one append at most, 1..50,000, default 1,000. */
  readonly inlineMutations?: number | undefined;
  readonly logger: Logger;
}

/** The rows of one append, and what follows from it. */
export interface InlineChanges {
  readonly changes: readonly RowChange[];
  committed(): void;
}

/**
 * Projections that are written in the commit of the append itself: readers see them with the events, and nothing has to catch up.
 *
 * The handlers run before the commit, on the events as they will be stored, anew for each attempt of a command. They read rows by plain
 * Reads: a row belongs to one stream (`rows: 'stream'`), and the append fails where another one has moved the stream since.
 *
 * Cost: none in requests but 1 Read a row that handlers ask for, and 1 Read each `liveCacheMs` for which generation is live. Safe to use
 * concurrently.
 */
export class InlineProjections {
  private readonly run: InlineRun;
  private readonly budget: number;
  private readonly taken: ReadonlyMap<string, ReadonlySet<Constructor>>;

  /** Throws `OPTION_INVALID`. */
  constructor(private readonly options: InlineProjectionsOptions) {
    this.budget = checkInlineBudget(options.inlineMutations);
    this.run = new InlineRun(options.store.readModels, options.events);
    this.taken = new Map([...options.code].map(([name, versions]) => [name, new Set(versions.flatMap(({ events }) => events))]));
  }

  /** Makes what is missing: generations and tables. Idempotent. Throws `INLINE_VERSION_MISSING`, `VIEW_TABLE_DIFFERS`, `STORE_UNAVAILABLE`. */
  async start(): Promise<void> {
    await Promise.all([...this.options.code.keys()].map((projector) => this.options.tablesOf(projector)));
  }

  /**
   * What the append has to write besides its events; undefined for nothing. Throws `INLINE_PROJECTION_FAILED`, `INLINE_BUDGET_EXCEEDED`,
   * `INLINE_POSITION_UNKNOWN`, `INLINE_UNFENCED`, `INLINE_VERSION_MISSING`, and the store's errors of Reads.
   */
  async prepare(writes: readonly StreamWrite[], options: CallOptions): Promise<InlineChanges | undefined> {
    const projectors = this.takersOf(writes);
    if (projectors.length === 0) return undefined;
    const events = inlineEvents(writes, this.options.store.shardCount);
    const outcomes: InlineOutcome[] = [];
    for (const projector of projectors) {
      const target = await this.options.tablesOf(projector);
      if (target !== undefined) outcomes.push(await this.run.over(target, events, options));
    }
    const changes = outcomes.flatMap((outcome) => outcome.changes);
    checkMutations(mutationsOf(changes), { budget: this.budget, projectors });
    return { changes, committed: () => this.runEffects(outcomes) };
  }

  private takersOf(writes: readonly StreamWrite[]): readonly string[] {
    const types = new Set(writes.flatMap(({ events }) => events.map(({ type }) => type)));
    const classes = [...types].flatMap((type) => [...this.options.events.becomes(type)]);
    return [...this.taken].filter(([, taken]) => classes.some((type) => taken.has(type))).map(([projector]) => projector);
  }

  private runEffects(outcomes: readonly InlineOutcome[]): void {
    const effects = outcomes.flatMap(({ projector, effects: each }) => each.map((run) => ({ projector, run })));
    if (effects.length > 0) void runAfterCommit(effects, this.options.logger);
  }
}

/** The projectors of which a version is inline. Throws `PROJECTOR_INVALID` for one whose read model is in a database elsewhere. */
export function inlineCode(
  code: ReadonlyMap<string, readonly ProjectorDefinition[]>,
  foreign: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, readonly ProjectorDefinition[]> {
  const inline = [...code].filter(([, versions]) => versions.some(({ lifecycle }) => lifecycle === 'inline'));
  const elsewhere = inline.find(([name]) => Object.hasOwn(foreign, name))?.[0];
  if (elsewhere === undefined) return new Map(inline);
  const reason = "it is written in the append's own commit, which a database elsewhere cannot be part of";
  throw new EventspanError('PROJECTOR_INVALID', { projector: elsewhere, reason });
}
