import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { VersionConflictError } from '../errors/store-errors.js';
import type { ExpectedVersion } from '../event-store/expected-version.js';
import type { AggregateAt, AggregateLoader, LoadedAggregate } from '../event-store/repository-loader.js';
import { streamIdOf, type AggregateModel, type CommandHandling, type Decision } from '../model/aggregate-model.js';
import type { AggregateCache } from './aggregate-cache.js';
import type { Appended } from './command-appender.js';
import type { CommandExecution } from './command-execution.js';
import { resultOf, type CommandResult } from './command-result.js';
import type { CommandTools } from './command-tools.js';
import type { ConflictRetry } from './conflict-retry.js';
import { snapshotFor } from './snapshot-for.js';

/** A handler of an aggregate. */
export interface AggregateRoute {
  readonly kind: 'aggregate';
  readonly model: AggregateModel;
  readonly handling: CommandHandling<unknown>;
}

/** A command on its aggregate. */
interface Target {
  readonly execution: CommandExecution;
  readonly route: AggregateRoute;
  readonly aggregateId: string;
  readonly streamId: string;
}

/** A state to decide on. */
interface Candidate extends AggregateAt<unknown> {
  /**
   * `loaded`: read for this command. `cached`: as this process left it, perhaps stale: fit to append on, since the append is
   * judged by the version, and not to refuse on. `assumed`: empty without having looked.
   */
  readonly from: LoadedAggregate<unknown> | 'cached' | 'assumed';
  /** Milliseconds that reading it took, the reads of the tail after conflicts included. */
  readonly loadMs: number;
}

interface Decided {
  readonly candidate: Candidate;
  readonly decision: Decision<unknown>;
}

/**
 * Load, decide, append, for handlers of aggregates.
 *
 * A conflict means that the state was stale: the tail is read, the aggregate made anew from the texts it was loaded from, and
 * the command decided again. A class instance is dirty after a failed append, so that none is used twice; one from the cache has
 * no texts, so its stream is read in full.
 */
export class AggregateExecutor {
  constructor(
    private readonly tools: CommandTools,
    private readonly loader: AggregateLoader,
    private readonly cache: AggregateCache,
  ) {}

  async execute(execution: CommandExecution, route: AggregateRoute): Promise<CommandResult> {
    const target: Target = { execution, route, ...targetOf(execution, route) };
    return this.tools.turns.run(execution, [target.streamId], () => this.run(target));
  }

  private async run(target: Target): Promise<CommandResult> {
    const retry = this.tools.conflictRetry(target.execution);
    let candidate = await this.begin(target);
    for (;;) {
      const decided = await this.decide(target, candidate);
      try {
        return this.finish(target, decided, { appended: await this.append(target, decided), attempts: retry.attempts });
      } catch (error) {
        await this.afterFailure(target, { error, retry });
        candidate = await this.renew(target, decided.candidate);
      }
    }
  }

  /** From the cache; or without looking, when the stream must be new; else from the store: 1 Read. */
  private async begin(target: Target): Promise<Candidate> {
    const { streamId, route } = target;
    if (needsNoLoad(target)) return { streamId, version: 0, state: route.model.initial(streamId), from: 'assumed', loadMs: 0 };
    const cached = this.cache.take<unknown>(streamId);
    if (cached === undefined) return this.load(target);
    this.tools.counters.cacheHits++;
    return { ...cached, from: 'cached', loadMs: 0 };
  }

  private async load(target: Target): Promise<Candidate> {
    const { execution, route, streamId } = target;
    const load = (): Promise<LoadedAggregate<unknown>> =>
      execution.deadline.reading((options) => this.loader.load(route.model, streamId, options));
    const { loaded, ms } = await this.tools.timed(load);
    return candidateOf(loaded, ms);
  }

  private async renew(target: Target, { from, loadMs }: Candidate): Promise<Candidate> {
    if (typeof from === 'string') return this.load(target);
    const { execution, route } = target;
    const advance = (): Promise<LoadedAggregate<unknown>> =>
      execution.deadline.reading((options) => this.loader.advance(route.model, from, options));
    const { loaded, ms } = await this.tools.timed(advance);
    return candidateOf(loaded, loadMs + ms);
  }

  /**
   * A decision that writes is judged by the append. One that refuses, or writes nothing, stands only on a state that was read:
   * on a cached one the stream is read (1 Read), and the command decided again if the state was stale.
   */
  private async decide(target: Target, candidate: Candidate): Promise<Decided> {
    const first = this.decideOn(target, candidate);
    if (candidate.from !== 'cached') return first;
    const decided = await first.catch(() => undefined);
    if (decided !== undefined && decided.decision.events.length > 0) return decided;
    const fresh = await this.load(target);
    if (fresh.version !== candidate.version) return this.decideOn(target, fresh);
    if (decided === undefined) this.cache.put(fresh);
    return { candidate: fresh, decision: { ...(await first).decision, state: fresh.state } };
  }

  private async decideOn(target: Target, candidate: Candidate): Promise<Decided> {
    const { execution, route } = target;
    checkExpected(target, candidate.version);
    checkRequirement(target, candidate.version);
    return { candidate, decision: await route.handling.decide(candidate.state, execution.command) };
  }

  /** 1 Commit; none when there is nothing to write and no id to remember. */
  private async append(target: Target, { candidate, decision }: Decided): Promise<Appended | undefined> {
    const { execution, streamId } = target;
    if (decision.events.length === 0) return this.tools.append(execution, []);
    const { version, loadMs } = candidate;
    const events = this.tools.record(execution, decision.events);
    const after = version + events.length;
    const step = { streamId, before: version, after, loadMs, events: decision.events, state: decision.state };
    const snapshot = snapshotFor(target.route.model, step, this.tools.warnings);
    const write = { streamId, expectedVersion: version === 0 ? ('none' as const) : version, events };
    return this.tools.append(execution, [snapshot === undefined ? write : { ...write, snapshot }]);
  }

  private finish(target: Target, decided: Decided, end: { appended: Appended | undefined; attempts: number }): CommandResult {
    const { streamId, aggregateId, execution } = target;
    const { candidate, decision } = decided;
    const { appended, attempts } = end;
    const repeated = appended?.repeated ?? false;
    // What a repeat decided has not been stored, so its state is of no use.
    if (!repeated) this.cache.put({ streamId, version: candidate.version + decision.events.length, state: decision.state });
    return resultOf(execution, {
      base: { streamId, aggregateId, version: candidate.version },
      appended: appended?.result,
      repeated,
      attempts,
      value: decision.value,
    });
  }

  /** Returns when the command is to be decided again; else throws what the caller is told. */
  private async afterFailure(target: Target, failure: { readonly error: unknown; readonly retry: ConflictRetry }): Promise<void> {
    const { error, retry } = failure;
    if (!isEventspanError(error, 'VERSION_CONFLICT')) throw error;
    this.tools.counters.conflicts++;
    if (isExpectedGiven(target.execution.expectedVersion)) throw error;
    if (target.route.handling.stream === 'new') throw streamExists(target, error);
    await retry.next(error);
  }
}

function candidateOf(loaded: LoadedAggregate<unknown>, loadMs: number): Candidate {
  return { streamId: loaded.streamId, version: loaded.version, state: loaded.state, from: loaded, loadMs };
}

/** Which aggregate a command is for. Throws `COMMAND_TARGET_INVALID`. */
export function targetOf(
  { command, name }: CommandExecution,
  { model, handling }: AggregateRoute,
): Pick<Target, 'aggregateId' | 'streamId'> {
  const aggregateId: unknown = handling.command.aggregateId?.(command);
  if (typeof aggregateId === 'string' && aggregateId.length > 0) return { aggregateId, streamId: streamIdOf(model.name, aggregateId) };
  throw new EventspanError('COMMAND_TARGET_INVALID', { command: name, value: aggregateId === '' ? 'an empty string' : aggregateId });
}

/** A stream that must be new is begun by the append itself; only an expectation that cannot hold is looked into. */
function needsNoLoad({ route, execution: { expectedVersion } }: Target): boolean {
  return route.handling.stream === 'new' && (expectedVersion === undefined || ['any', 'none', 0].includes(expectedVersion));
}

function isExpectedGiven(expected: ExpectedVersion | undefined): boolean {
  return expected === 'none' || typeof expected === 'number';
}

function checkExpected({ execution: { expectedVersion }, streamId }: Target, version: number): void {
  if (expectedVersion !== undefined && !isAt(version, expectedVersion)) {
    throw new VersionConflictError(streamId, expectedVersion, version);
  }
}

function isAt(version: number, expected: ExpectedVersion): boolean {
  if (expected === 'any') return true;
  if (expected === 'exists') return version > 0;
  return version === (expected === 'none' ? 0 : expected);
}

function checkRequirement(target: Target, version: number): void {
  const { stream } = target.route.handling;
  if (stream === 'new' && version > 0) throw streamExists(target);
  if (stream === 'existing' && version === 0) {
    throw new EventspanError('STREAM_MISSING', { command: target.execution.name, streamId: target.streamId });
  }
}

function streamExists({ execution, streamId }: Target, cause?: unknown): EventspanError {
  return new EventspanError('STREAM_EXISTS', { command: execution.name, streamId }, { cause });
}
