import type { ErrorDescription } from '../error-description.js';

/** Composition, configuration and life cycle. */
export const APPLICATION_CODES = {
  OPTION_INVALID: {
    message: 'Option {path} is {value}; it must be {bound}.',
    remedy: 'Correct the option where the application is configured.',
  },
  PACKAGE_MISSING: {
    message: 'The package {packageName} is needed for {usedBy}, and it could not be loaded.',
    remedy: 'Install it: npm install {install}.',
  },
  APP_NOT_RUNNING: {
    message: 'The application is {state}; {operation} needs it to be {needed}.',
    remedy: 'Call it between open (or start) and stop.',
  },
  STOP_TIMED_OUT: {
    message: 'The application did not drain within {timeoutMs} ms; still busy: {busy}.',
    remedy: 'Raise drainTimeoutMs; what was in hand is taken up again from the log by the next start.',
  },
  EMULATOR_NOT_FOUND: {
    message: 'No {service} emulator could be found or started: {tried}.',
    remedy: 'Set {variable}, install the Google Cloud SDK with the emulator, or run Docker.',
  },
  EMULATOR_NOT_READY: {
    message: 'The {service} emulator did not become ready within {timeoutMs} ms: {output}.',
    remedy: 'Read its output, free the machine, or raise the time-out.',
    retryable: true,
  },
  EMULATOR_NOT_OURS: {
    message: 'The emulator at {host} was not started here and cannot be restarted here.',
    remedy: 'Start one by startEmulators with reuse: false.',
  },
  SPEC_FAILED: {
    message: 'The spec of {aggregate} failed: {reason}',
    remedy: 'Correct the aggregate or the spec.',
  },
} as const satisfies Record<string, ErrorDescription>;
