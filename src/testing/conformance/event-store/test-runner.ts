/** The little of a test runner that the suites need: what Jest, Vitest and others have in common. */
export interface TestRunner {
  describe(name: string, define: () => void): void;
  it(name: string, run: () => Promise<void>, timeoutMs?: number): void;
  beforeAll(run: () => Promise<void>, timeoutMs?: number): void;
  afterAll(run: () => Promise<void>, timeoutMs?: number): void;
}

/** The runner whose functions are global. */
export function globalTestRunner(): TestRunner {
  const globals: unknown = globalThis;
  return globals as TestRunner;
}
