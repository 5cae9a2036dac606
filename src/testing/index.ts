export { describeEventStore } from './conformance/event-store/describe-event-store.js';
export type { EventStoreSuiteOptions, StoreUnderTest } from './conformance/event-store/suite.js';
export type { TestRunner } from './conformance/event-store/test-runner.js';
export { describeTransport } from './conformance/transport/describe-transport.js';
export type { TransportSuiteOptions, TransportUnderTest } from './conformance/transport/suite.js';
export {
  findEmulators,
  startEmulators,
  type Emulator,
  type EmulatorOptions,
  type EmulatorService,
  type EmulatorSource,
  type FoundEmulators,
  type RunningEmulators,
  type SpannerEmulatorOptions,
  type StartEmulatorsOptions,
} from './emulators/index.js';
export { FakeClock } from './fake-clock.js';
export { sequentialIds } from './sequential-ids.js';
export { replayTest, type ReplayTestOptions, type ReplayTestRunner } from './replay-test/replay-test.js';
export { AggregateSpec, spec } from './spec/spec.js';
export { SpecOutcome } from './spec/spec-outcome.js';
export type { ExpectedError } from './spec/expected-error.js';
export { ProjectorSpec, projectorSpec } from './projector-spec/projector-spec.js';
export type { GivenIn } from './projector-spec/given-events.js';
export { executed, refused, type SpecCommandOutcome } from './process-spec/command-outcome.js';
export { ProcessSpec } from './process-spec/process-spec.js';
export { ProcessOutcome } from './process-spec/process-outcome.js';
