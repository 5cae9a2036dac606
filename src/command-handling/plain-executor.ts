import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { StreamWrite } from '../event-store/append.js';
import type { RowChange } from '../event-store/read-models.js';
import type { AggregateLoader } from '../event-store/repository-loader.js';
import type { AggregateModels } from '../event-store/repository.js';
import { orAbort } from '../support/abort.js';
import type { AggregateCache } from './aggregate-cache.js';
import { CommandEffects, type CommandOutgoing } from './command-effects.js';
import type { CommandExecution } from './command-execution.js';
import type { CommandContext, CommandHandlerDefinition } from './command-handler.js';
import { NO_BASE, resultOf, type CommandResult } from './command-result.js';
import type { CommandTools } from './command-tools.js';
import { UnitOfWork } from './unit-of-work.js';

export interface PlainExecutorOptions {
  readonly tools: CommandTools;
  readonly loader: AggregateLoader;
  readonly models: AggregateModels;
  readonly cache: AggregateCache;
  readonly outgoing: CommandOutgoing | undefined;
}

/** What one run of a handler gave. */
interface Run {
  readonly writes: readonly StreamWrite[];
  readonly changes: readonly RowChange[];
  readonly value: unknown;
}

/**
 * Runs plain handlers, each in a unit of work that is appended when it is done.
 *
 * Which streams a handler writes is known only afterwards, so its first run takes no turn in their queues. After a conflict it runs
 * again, and then in turn on the streams that it wrote.
 */
export class PlainExecutor {
  constructor(private readonly options: PlainExecutorOptions) {}

  async execute(execution: CommandExecution, handler: CommandHandlerDefinition): Promise<CommandResult> {
    const { tools } = this.options;
    const retry = tools.conflictRetry(execution);
    let streamIds: string[] = [];
    for (;;) {
      const ended = await tools.turns.run(execution, streamIds, async () => {
        const run = await this.run(execution, handler, retry.attempts);
        streamIds = run.writes.map((write) => write.streamId);
        return this.finish(execution, run, retry.attempts);
      });
      if (!(ended instanceof EventspanError)) return ended;
      tools.counters.conflicts++;
      await retry.next(ended);
    }
  }

  /** A handler that outlives the deadline is left to itself: its work is closed, so that nothing of it is written. */
  private run(execution: CommandExecution, handler: CommandHandlerDefinition, attempt: number): Promise<Run> {
    const { tools, loader, models } = this.options;
    const { command, commandId, metadata, expectedVersion, deadline } = execution;
    const work = new UnitOfWork({ execution, tools, loader, models });
    return deadline.within(async (signal) => {
      const effects = new CommandEffects(execution, this.options.outgoing);
      const sending = {
        enqueue: effects.enqueue.bind(effects),
        schedule: effects.schedule.bind(effects),
      };
      const context: CommandContext = { repository: work, commandId, metadata, expectedVersion, attempt, signal, ...sending };
      try {
        const value = await orAbort(Promise.resolve(handler.execute(command, context)), signal);
        return { writes: [...(await work.finish()), ...effects.writes], changes: effects.changes, value };
      } finally {
        work.close();
      }
    });
  }

  /** The result, or the conflict that the append met; one that the handler itself met and threw is its own affair. */
  private async finish(execution: CommandExecution, run: Run, attempts: number): Promise<CommandResult | EventspanError> {
    const { tools, cache } = this.options;
    try {
      const appended = await tools.append(execution, run.writes, run.changes);
      for (const { streamId } of run.writes) cache.evict(streamId);
      const repeated = appended?.repeated ?? false;
      return resultOf(execution, { base: NO_BASE, appended: appended?.result, repeated, attempts, value: run.value });
    } catch (error) {
      if (isEventspanError(error, 'VERSION_CONFLICT')) return error;
      throw error;
    }
  }
}
