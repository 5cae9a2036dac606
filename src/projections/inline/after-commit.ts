import type { Logger } from '../../telemetry/logger.js';
import { messageOf } from '../../support/message-of.js';

/** What a handler asked for, to be done once its rows are committed. */
export type AfterCommit = () => void | Promise<void>;

/**
 * Runs the effects of one append, one after another, and is not waited for: the command has taken effect, and whoever is told of it must not
 * fail it. What they throw is logged.
 */
export async function runAfterCommit(
  effects: readonly { readonly projector: string; readonly run: AfterCommit }[],
  logger: Logger,
): Promise<void> {
  for (const { projector, run } of effects) {
    try {
      await run();
    } catch (error) {
      const reason = messageOf(error);
      logger.warn({ projector, reason }, 'a side effect of an inline projector failed');
    }
  }
}
