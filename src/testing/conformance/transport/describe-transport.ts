import { globalTestRunner } from '../event-store/test-runner.js';
import { describeDelivering } from './delivering.js';
import { describeFiltering } from './filtering.js';
import { describeLifeCycle } from './life-cycle.js';
import { describePublishing } from './publishing.js';
import { describeSettling } from './settling.js';
import { describeSharing } from './sharing.js';
import { describeUnordered } from './unordered.js';
import { TransportSuite, type TransportSuiteOptions, type TransportUnderTest } from './suite.js';

const CONCEPTS: readonly ((suite: TransportSuite) => void)[] = [
  describeDelivering,
  describeSettling,
  describeSharing,
  describeFiltering,
  describeUnordered,
  describePublishing,
  describeLifeCycle,
];

/**
 * Declares the cases that every transport passes, in the test file that calls it:
 *
 * ```ts
 * describeTransport('in-process', async () => ({ provider: inProcess(), close: async () => {} }));
 * ```
 *
 * `makeTransport` is called once, before the first case; all cases share its provider, each with consumers of its own, and open
 * it as often as they need. Nobody else may publish to it meanwhile. Needs the globals `describe`, `it`, `beforeAll` and
 * `afterAll`, or `options.runner`; failures are thrown by `node:assert`.
 */
export function describeTransport(
  name: string,
  makeTransport: () => Promise<TransportUnderTest>,
  options: TransportSuiteOptions = {},
): void {
  const runner = options.runner ?? globalTestRunner();
  const suite = new TransportSuite(runner, options);
  runner.describe(`[${name}] the transport`, () => {
    let made: TransportUnderTest | undefined;
    runner.beforeAll(async () => {
      made = await makeTransport();
      suite.use(made);
    }, suite.options.caseTimeoutMs);
    runner.afterAll(async () => made?.close(), suite.options.caseTimeoutMs);
    for (const describeConcept of CONCEPTS) describeConcept(suite);
  });
}
