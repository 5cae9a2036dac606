import type { EventStore, StoreProvider } from 'eventspan';

/** A process ends at one of its commits: `before` it is sent, or `after` it was carried out and before the answer comes. */
export interface Crash {
  /** From 1. */
  readonly commit: number;
  readonly when: 'before' | 'after';
}

type Call = (...args: unknown[]) => Promise<unknown>;

const WRITES: ReadonlySet<string | symbol> = new Set(['append', 'commit', 'take', 'advance', 'release']);
const PARTS: ReadonlySet<string | symbol> = new Set(['cursors', 'readModels']);

/**
 * A store as one process has it, which ends at a commit: nothing that it asks the store for from then on is answered or carried out. What a kill
 * leaves is the database, and that is what another process finds.
 */
export class CrashingStore {
  commits = 0;
  isDead = false;
  private readonly ended: Promise<void>;
  private end: () => void = () => undefined;

  constructor(
    private readonly provider: StoreProvider,
    private readonly crash?: Crash,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  get asProvider(): StoreProvider {
    const { provider } = this;
    return {
      name: provider.name,
      migrate: (environment) => provider.migrate(environment),
      open: async (environment) => this.wrap<EventStore>(await provider.open(environment)),
    };
  }

  /** Resolves when the process has ended. */
  whenDead(): Promise<void> {
    return this.ended;
  }

  /** The process ends now. */
  kill(): void {
    this.isDead = true;
    this.end();
  }

  private wrap<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (PARTS.has(name)) return this.wrap(value as object);
        return typeof value === 'function' ? this.guarded(target, name, value as Call) : value;
      },
    });
  }

  private guarded(target: object, name: string | symbol, method: Call): (...args: unknown[]) => unknown {
    return (...args) => {
      if (this.isDead) return isIterating(name) ? endless() : never();
      const called = WRITES.has(name) ? this.commit(() => method.apply(target, args)) : method.apply(target, args);
      if (!(called instanceof Promise)) return called;
      return called.then((result) => {
        if (this.isDead) return never();
        return name === 'openBatch' ? this.wrap(result as object) : result;
      });
    };
  }

  private async commit(write: () => Promise<unknown>): Promise<unknown> {
    this.commits++;
    const isIt = this.commits === this.crash?.commit;
    if (isIt && this.crash?.when === 'before') {
      this.kill();
      return never();
    }
    const result = await write();
    if (isIt) this.kill();
    return this.isDead ? never() : result;
  }
}

function isIterating(name: string | symbol): boolean {
  return name === 'readStream' || name === 'scan' || name === 'scanRanges';
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function* endless(): AsyncGenerator<never> {
  yield await never();
}
