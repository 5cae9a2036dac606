import type { EventStore } from '../../../event-store/event-store.js';
import type { TestRunner } from './test-runner.js';
import { UniqueNames } from './unique-names.js';

/** A store that a suite may use. */
export interface StoreUnderTest {
  /** Open. Need not be empty: the cases use names of their own, and never look at what others wrote. */
  readonly store: EventStore;
  /** A second, independent opening of the same data, as another process would have; closed by the suite. */
  readonly reopen: () => Promise<EventStore>;
  /** Closes `store` and removes what was made for it. */
  readonly close: () => Promise<void>;
}

/** How much the suite does. Defaults suit an embedded store. */
export interface EventStoreSuiteOptions {
  /** Runs of the comparison with a model. Default 20. */
  readonly modelRuns?: number;
  /** Writers that race on one stream. Default 20. */
  readonly racingWriters?: number;
  /** Events of the large append. Default 1,000. */
  readonly largeBatch?: number;
  /** Milliseconds for one case. Default 60,000. */
  readonly caseTimeoutMs?: number;
  /** Where `describe`, `it`, `beforeAll` and `afterAll` come from. Default: the globals of the runner (Jest, Vitest with globals). */
  readonly runner?: TestRunner;
}

/** What a case works with. */
export interface CaseContext {
  readonly store: EventStore;
  readonly names: UniqueNames;
  /** See {@link StoreUnderTest.reopen}. */
  readonly reopen: () => Promise<EventStore>;
}

/** Collects the cases of one concept. */
export class Suite {
  readonly options: Required<Omit<EventStoreSuiteOptions, 'runner'>>;
  private readonly names = new UniqueNames();
  private current: StoreUnderTest | undefined;

  constructor(
    private readonly runner: TestRunner,
    options: EventStoreSuiteOptions,
  ) {
    const { modelRuns = 20, racingWriters = 20, largeBatch = 1000, caseTimeoutMs = 60_000 } = options;
    this.options = { modelRuns, racingWriters, largeBatch, caseTimeoutMs };
  }

  use(current: StoreUnderTest): void {
    this.current = current;
  }

  describe(concept: string, define: () => void): void {
    this.runner.describe(concept, define);
  }

  it(behaviour: string, run: (context: CaseContext) => Promise<void>): void {
    this.runner.it(behaviour, () => this.run(run), this.options.caseTimeoutMs);
  }

  private async run(run: (context: CaseContext) => Promise<void>): Promise<void> {
    if (this.current === undefined) throw new Error('makeStore did not give a store');
    const { store } = this.current;
    const opened: EventStore[] = [];
    const reopen = async (): Promise<EventStore> => {
      const other = await (this.current as StoreUnderTest).reopen();
      opened.push(other);
      return other;
    };
    try {
      await run({ store, names: this.names, reopen });
    } finally {
      for (const other of opened) await other.close();
    }
  }
}
