export type { Emulator } from './emulator.js';
export type { EmulatorService } from './emulator-service.js';
export { findEmulators, type EmulatorSource, type FoundEmulators } from './find-emulators.js';
export {
  startEmulators,
  type EmulatorOptions,
  type RunningEmulators,
  type SpannerEmulatorOptions,
  type StartEmulatorsOptions,
} from './start-emulators.js';
