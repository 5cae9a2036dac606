import { describeAppendChanges } from './append-changes.js';
import { describeAppending } from './appending.js';
import { describeClosedStreams } from './closed-streams.js';
import { describeConcurrency } from './concurrency.js';
import { describeCursors } from './cursors.js';
import { describeDeleting } from './deleting.js';
import { describeGlobalOrder } from './global-order.js';
import { describeIdempotency } from './idempotency.js';
import { describeImportConflicts } from './import-conflicts.js';
import { describeImporting } from './importing.js';
import { describeListing } from './listing.js';
import { describeModelComparison } from './model-comparison.js';
import { describePayloads } from './payloads.js';
import { describeReadModelChanges } from './read-model-changes.js';
import { describeReadModelRanges } from './read-model-ranges.js';
import { describeReadModelSnapshots } from './read-model-snapshots.js';
import { describeReadModelTables } from './read-model-tables.js';
import { describeReadModelValues } from './read-model-values.js';
import { describeReadingShards } from './reading-shards.js';
import { describeReadingStreams } from './reading-streams.js';
import { describeSnapshots } from './snapshots.js';
import { describeStreamIds } from './stream-ids.js';
import { Suite, type EventStoreSuiteOptions, type StoreUnderTest } from './suite.js';
import { describeSystemTables } from './system-tables.js';
import { globalTestRunner } from './test-runner.js';

const CONCEPTS: readonly ((suite: Suite) => void)[] = [
  describeAppending,
  describeIdempotency,
  describeConcurrency,
  describeStreamIds,
  describePayloads,
  describeReadingStreams,
  describeReadingShards,
  describeGlobalOrder,
  describeSnapshots,
  describeCursors,
  describeReadModelTables,
  describeReadModelValues,
  describeReadModelChanges,
  describeReadModelRanges,
  describeReadModelSnapshots,
  describeSystemTables,
  describeAppendChanges,
  describeClosedStreams,
  describeDeleting,
  describeListing,
  describeImporting,
  describeImportConflicts,
  describeModelComparison,
];

/**
 * Declares the cases that every store passes, in the test file that calls it:
 *
 * ```ts
 * describeEventStore('memory', async () => ({ store, reopen, close }));
 * ```
 *
 * `makeStore` is called once, before the first case; all cases share its store, which need not be empty. Each case uses
 * streams, consumers, keys and tables of its own, so that a suite may run against a database that has other data, and again
 * against the same one; it must be the only writer for as long as it runs. Needs the globals `describe`, `it`, `beforeAll` and
 * `afterAll`, or `options.runner`; failures are thrown by `node:assert`.
 */
export function describeEventStore(name: string, makeStore: () => Promise<StoreUnderTest>, options: EventStoreSuiteOptions = {}): void {
  const runner = options.runner ?? globalTestRunner();
  const suite = new Suite(runner, options);
  runner.describe(`[${name}] the event store`, () => {
    let made: StoreUnderTest | undefined;
    runner.beforeAll(async () => {
      made = await makeStore();
      suite.use(made);
    }, suite.options.caseTimeoutMs);
    runner.afterAll(async () => made?.close(), suite.options.caseTimeoutMs);
    for (const describeConcept of CONCEPTS) describeConcept(suite);
  });
}
