import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import { DEFAULT_DEADLINE_MS } from '../event-store/call-options.js';
import type { Constructor } from '../messages/constructor.js';
import { messageClassOf, messageLabel } from '../model/message-class.js';
import { checkWholeNumber } from '../errors/check-option.js';
import { targetOf, type AggregateExecutor } from './aggregate-executor.js';
import type { CommandAppender } from './command-appender.js';
import { CommandDeadline } from './command-deadline.js';
import type { CommandExecution } from './command-execution.js';
import { NO_BASE, resultOf, type CommandResult } from './command-result.js';
import { commandKey } from './command-key.js';
import { commandNameOf, type CommandRoute } from './command-routes.js';
import type { CommandCounters, CommandStatistics } from './command-statistics.js';
import { commonMetadata, contextWithin } from './event-metadata.js';
import type { ExecuteOptions } from './execute-options.js';
import { currentContext, openScope, runInScope } from './message-context.js';
import { throughMiddleware, type CommandMiddleware } from './middleware.js';
import type { PlainExecutor } from './plain-executor.js';
import type { Clock } from '../support/clock.js';
import type { IdGenerator } from '../support/uuid-v7.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { outcomeAttributes, timed } from '../telemetry/timed.js';
import { inTrace } from '../telemetry/trace-context.js';

const MAX_DEADLINE_MS = 86_400_000;
const NO_OPTIONS: ExecuteOptions = Object.freeze({});
/** After these it is not known that the command was refused, or asking again would not help. */
const NOT_REFUSALS = new Set<string>(['COMMAND_ABORTED', 'OUTCOME_UNKNOWN', 'STORE_UNAVAILABLE', 'STORE_FAILED']);

export interface CommandBusParts {
  readonly routes: ReadonlyMap<Constructor, CommandRoute>;
  readonly aggregates: AggregateExecutor;
  readonly handlers: PlainExecutor;
  readonly appender: CommandAppender;
  readonly counters: CommandCounters;
  readonly middleware: readonly CommandMiddleware[];
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly source: string | undefined;
  readonly telemetry: Telemetry;
}

/** Executes commands: finds the handler, and has it carried out within deadline, context and middleware. */
export class CommandBus {
  constructor(private readonly parts: CommandBusParts) {}

  /** Counts since the bus was made. */
  get statistics(): CommandStatistics {
    return this.parts.counters.snapshot();
  }

  /**
   * Loads the aggregate, has its handler decide, and appends what it recorded; for a plain handler, runs it and appends what it
   * saved. 1 Read + 1 Commit; no Read where the stream must be new or the aggregate is cached; no Commit where there is neither
   * an event nor a `commandId`. After a conflict 1 Read of the tail and 1 Commit more, up to `conflictRetries` times.
   * An explicit `commandId` costs 1 Read more only when the command is refused: it may be a repeat of one that was not.
   *
   * Safe to call concurrently: commands on one stream of this process take turns.
   *
   * Runs in a span of its own, whose context goes into the events' metadata: in the trace that `options.metadata` names, else in that of the
   * active span, else in that of the current context. Without an OpenTelemetry SDK what is given, or of the context, goes into them as it is.
   *
   * Throws what the handler throws, as it is; `COMMAND_UNKNOWN`, `COMMAND_TARGET_INVALID`, `STREAM_EXISTS`, `STREAM_MISSING`,
   * `VERSION_CONFLICT` (only against `expectedVersion`), `COMMAND_CONFLICTED`, `COMMAND_ABORTED` (nothing was written),
   * `COMMAND_NESTED`, `OUTCOME_UNKNOWN` (it may have been written), what the events' registry throws, what the store throws, and of inline
   * projections `INLINE_PROJECTION_FAILED`, `INLINE_BUDGET_EXCEEDED`, `INLINE_POSITION_UNKNOWN`, `INLINE_UNFENCED`, `INLINE_VERSION_MISSING`.
   */
  async execute<R = unknown>(command: object, options: ExecuteOptions = NO_OPTIONS): Promise<CommandResult<R>> {
    const route = this.routeOf(command);
    const name = commandNameOf(route);
    const { tracing, metrics } = this.parts.telemetry;
    if (!tracing.isOn && !metrics.isOn) return this.run<R>(this.begin(command, name, options), route, options);
    return tracing.command({ name, given: options.metadata ?? {}, context: currentContext() }, (span) => {
      const task = async (): Promise<CommandResult<R>> => {
        const execution = this.begin(command, name, { ...options, metadata: inTrace(options.metadata ?? {}, span.context) });
        span.set({ 'eventspan.command.id': execution.commandId, 'eventspan.correlation.id': execution.metadata.correlationId });
        return this.run<R>(execution, route, options);
      };
      return timed(task, (seconds, { result, error }) => {
        const outcome = outcomeAttributes(result === undefined ? 'failed' : result.repeated ? 'repeated' : 'executed', error);
        span.set({ ...outcome, ...(result && { 'eventspan.attempts': result.attempts }) });
        metrics.record('eventspan.command.seconds', seconds, { 'eventspan.command': name, ...outcome });
      });
    });
  }

  private async run<R>(execution: CommandExecution, route: CommandRoute, options: ExecuteOptions): Promise<CommandResult<R>> {
    const { counters, middleware } = this.parts;
    const { command } = execution;
    const core = (): Promise<CommandResult> => this.carryOut(execution, route);
    try {
      const result = await runInScope(execution.scope, () => {
        if (middleware.length === 0) return core();
        const { name: commandName, commandId, metadata } = execution;
        return throughMiddleware(middleware, { command, commandName, commandId, options, metadata }, core);
      });
      counters.executed++;
      if (result.repeated) counters.repeated++;
      return result as CommandResult<R>;
    } catch (error) {
      counters.failed++;
      throw error;
    }
  }

  private routeOf(command: object): CommandRoute {
    const type = messageClassOf(command);
    const route = type && this.parts.routes.get(type);
    if (route === undefined) throw new EventspanError('COMMAND_UNKNOWN', { command: messageLabel(command) });
    return route;
  }

  private begin(command: object, name: string, options: ExecuteOptions): CommandExecution {
    const { clock, ids, source } = this.parts;
    const { deadlineMs = DEFAULT_DEADLINE_MS, signal, expectedVersion, metadata: given = {} } = options;
    checkWholeNumber('deadlineMs', deadlineMs, { min: 1, max: MAX_DEADLINE_MS });
    const commandId = options.commandId ?? ids();
    const metadata = commonMetadata(given, currentContext(), { commandId, source });
    return {
      command,
      name,
      commandId,
      key: options.commandId === undefined ? undefined : commandKey(options.commandId),
      expectedVersion,
      metadata,
      deadline: new CommandDeadline(clock, name, { deadlineMs, signal }),
      scope: openScope(contextWithin(metadata, commandId)),
    };
  }

  private async carryOut(execution: CommandExecution, route: CommandRoute): Promise<CommandResult> {
    const { aggregates, handlers } = this.parts;
    try {
      return await (route.kind === 'aggregate' ? aggregates.execute(execution, route) : handlers.execute(execution, route.handler));
    } catch (error) {
      return this.firstResultOr(execution, route, error);
    }
  }

  /** A repeat may be refused because of what the first one did; then the first result is the answer. */
  private async firstResultOr(execution: CommandExecution, route: CommandRoute, error: unknown): Promise<CommandResult> {
    const { key, deadline } = execution;
    if (key === undefined || (isEventspanError(error) && NOT_REFUSALS.has(error.code))) throw error;
    const appended = await this.parts.appender.find(key, deadline);
    if (appended === undefined) throw error;
    const base = route.kind === 'aggregate' ? { ...targetOf(execution, route), version: 0 } : NO_BASE;
    return resultOf(execution, { base, appended, repeated: true, attempts: 1, value: undefined });
  }
}
