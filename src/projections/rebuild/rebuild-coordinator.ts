import { isEventspanError } from '../../errors/eventspan-error.js';
import { isAborted, throwIfAborted } from '../../support/abort.js';
import { nextDelayMs } from '../../support/backoff.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import { planTask, type RebuildTask } from './plan-task.js';
import type { RebuildContext } from './rebuild-context.js';
import { RebuildLease } from './rebuild-lease.js';
import { RebuildSteps } from './rebuild-steps.js';
import { messageOf } from '../../support/message-of.js';

const BACKOFF = { initialMs: 50, factor: 2, maxMs: 5_000 };

/** Errors that say nothing about the rebuild: the same step may succeed later. */
const PASSING: ReadonlySet<string> = new Set(['OUTCOME_UNKNOWN', 'BATCH_ABORTED', 'REBUILD_OVERTAKEN']);

/**
 * Carries out what is to be done with the generations of one projector: fills, compares, switches, cancels, cleans up. Of all instances that
 * could, one does it at a time (its lease), each step is planned from the rows, and each change of them is committed under the lease: a
 * kill at any point leaves rows from which another instance goes on, and two at once do not disturb each other.
 *
 * Rests until it is called ({@link attend}); ends by itself when there is nothing to do, or when another instance does it.
 */
export class RebuildCoordinator {
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;
  private isWanted = false;
  private steps: RebuildSteps | undefined;
  private ending: { readonly deadlineMs?: number } = {};

  constructor(
    private readonly context: RebuildContext,
    private readonly projector: string,
    /** The versions of which the code is here. */
    private readonly code: readonly ProjectorDefinition[],
  ) {}

  /** There may be something to do, or something may have changed. Never throws. */
  attend(): void {
    if (this.closing.signal.aborted) return;
    this.isWanted = true;
    this.steps?.nudge();
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  /** Ends what is in hand where it is, or gives it up after `deadlineMs`; any instance can go on from there. Never throws. */
  async stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    this.ending = options;
    this.closing.abort(new Error('the rebuild is left to other instances'));
    await this.running;
  }

  private async run(): Promise<void> {
    const { store, owner, times, caller } = this.context;
    const { projector } = this;
    const lease = new RebuildLease({ cursors: store.cursors, projector, owner, leaseMs: times.leaseMs, calls: { caller } });
    const steps = new RebuildSteps(this.context, { code: this.code, lease, closing: this.closing.signal });
    try {
      if (!(await lease.take())) return;
      this.steps = steps;
      await this.work(steps);
    } catch (error) {
      if (!isAborted(this.closing.signal)) this.log(error, 'a rebuild is left to whoever takes it up next');
    } finally {
      this.steps = undefined;
      await steps.end(this.ending);
      await lease.release().catch((error: unknown) => this.log(error, 'a rebuild was not released; its lease runs out'));
    }
  }

  private async work(steps: RebuildSteps): Promise<void> {
    const { clock, random } = this.context;
    for (let faults = 0; ;) {
      throwIfAborted(this.closing.signal);
      let task: RebuildTask | undefined;
      try {
        task = await this.nextTask();
        if (task === undefined) return;
        await steps.perform(task);
        faults = 0;
      } catch (error) {
        throwIfAborted(this.closing.signal);
        if (isEventspanError(error, 'CURSOR_LOST')) throw error;
        if (isPassing(error) || task === undefined || task.kind === 'cancel' || task.kind === 'clean') {
          this.log(error, 'a step of a rebuild is tried again');
          await clock.sleep(nextDelayMs(BACKOFF, ++faults, random), this.closing.signal);
        } else {
          await steps.fail(task.generation, error);
        }
      }
    }
  }

  private async nextTask(): Promise<RebuildTask | undefined> {
    const { table, clock, times } = this.context;
    this.isWanted = false;
    const generations = await table.read(this.projector);
    const versions = new Set(this.code.map(({ version }) => version));
    const task = planTask(generations, { versions, now: clock.now(), graceMs: graceMs(times) });
    return task === undefined && this.isWanted ? this.nextTask() : task;
  }

  private log(error: unknown, message: string): void {
    const text = messageOf(error);
    this.context.logger.warn({ projector: this.projector, error: text }, message);
  }
}

/** By then every process has stopped to maintain and to read a generation that was dropped. */
export function graceMs({ pollMs, liveCacheMs }: RebuildContext['times']): number {
  return pollMs + liveCacheMs;
}

function isPassing(error: unknown): boolean {
  return isEventspanError(error) && (error.retryable || PASSING.has(error.code));
}
