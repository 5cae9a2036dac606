import { isEventspanError, type Eventspan } from 'eventspan';
import { recordToCommand } from './record-to-command.js';
import type { Step } from './time-order.js';

export interface FeedOptions {
  /** Commands that are being executed at a time. Default 64. */
  readonly inFlight?: number;
  /** How many records of each application are in the store already: these are passed over. */
  readonly done?: ReadonlyMap<string, number>;
  readonly signal?: AbortSignal;
  /** Told after each record. */
  readonly onRecord?: (records: number, applicationsThrough: number) => void;
}

/** What has been fed. */
export interface Fed {
  readonly applications: number;
  /** Records, those that were there already included. */
  readonly records: number;
  /** Commands executed now. */
  readonly commands: number;
}

const ATTEMPTS = 5;

/**
 * Executes every record as a command: applications side by side, the records of one application one after another. Each
 * command's id names its record, so that a run can be killed at any moment and started again: what has taken effect does not
 * take effect twice. The first command that fails ends it.
 */
export async function feed(app: Eventspan, steps: AsyncIterable<Step>, options: FeedOptions = {}): Promise<Fed> {
  const { inFlight = 64, done = new Map<string, number>(), signal, onRecord } = options;
  const queue = new ApplicationQueue(inFlight);
  let applications = 0;
  let through = 0;
  let records = 0;
  let commands = 0;
  for await (const step of steps) {
    signal?.throwIfAborted();
    records++;
    if (step.index === 0) applications++;
    if (step.index === step.trace.records.length - 1) through++;
    if (step.index >= (done.get(step.trace.application) ?? 0)) {
      commands++;
      await queue.add(step.trace.application, () => executeStep(app, step));
    }
    onRecord?.(records, through);
  }
  await queue.finish();
  return { applications, records, commands };
}

async function executeStep(app: Eventspan, { trace, index, record }: Step): Promise<void> {
  const command = recordToCommand(trace, record);
  const commandId = `${trace.application}/${index}`;
  for (let attempt = 1; ; attempt++) {
    try {
      await app.execute(command, { commandId });
      return;
    } catch (error) {
      // The id makes it harmless to ask again, whatever became of the first time.
      if (!isEventspanError(error) || !error.retryable || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Runs tasks side by side, at most so many, those of one application in order. After one has failed, no other begins. */
class ApplicationQueue {
  private readonly tails = new Map<string, Promise<void>>();
  private failure: { readonly error: unknown } | undefined;
  private running = 0;
  private wake: () => void = () => undefined;

  constructor(private readonly atATime: number) {}

  /** Resolves when the task has been taken, which may be before it begins. Throws what an earlier task threw. */
  async add(application: string, task: () => Promise<void>): Promise<void> {
    await this.until(() => this.running < this.atATime);
    this.running++;
    const before = this.tails.get(application) ?? Promise.resolve();
    const tail: Promise<void> = before.then(() => this.run(task)).then(() => this.ended(application, tail));
    this.tails.set(application, tail);
  }

  async finish(): Promise<void> {
    await this.until(() => this.running === 0);
  }

  private async run(task: () => Promise<void>): Promise<void> {
    if (this.failure !== undefined) return;
    try {
      await task();
    } catch (error) {
      this.failure ??= { error };
    }
  }

  private ended(application: string, tail: Promise<void>): void {
    this.running--;
    if (this.tails.get(application) === tail) this.tails.delete(application);
    this.wake();
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.failure !== undefined) throw this.failure.error;
  }
}
