import type { CommonMetadata } from '../event-store/repository-recording.js';
import type { CommandResult } from './command-result.js';
import type { ExecuteOptions } from './execute-options.js';

/** What a middleware sees of a command. */
export interface CommandMiddlewareContext {
  readonly command: object;
  /** The wire name. */
  readonly commandName: string;
  readonly commandId: string;
  /** As the caller gave them. */
  readonly options: ExecuteOptions;
  /** What all events of the command will carry. */
  readonly metadata: CommonMetadata;
}

/**
 * Runs around every command: may look, measure, refuse (throw), answer by itself, or call `next` again to run the command once
 * more. Each call of `next` that resolves has executed the command.
 */
export type CommandMiddleware = (context: CommandMiddlewareContext, next: () => Promise<CommandResult>) => Promise<CommandResult>;

/** The middlewares around `core`, the first outermost. */
export function throughMiddleware(
  middleware: readonly CommandMiddleware[],
  context: CommandMiddlewareContext,
  core: () => Promise<CommandResult>,
): Promise<CommandResult> {
  return middleware.reduceRight<() => Promise<CommandResult>>((next, layer) => async () => layer(context, next), core)();
}
