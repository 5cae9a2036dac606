import type { Clock } from '../../support/clock.js';
import { openEmulator, type Emulator } from './emulator.js';
import type { EmulatorService } from './emulator-service.js';
import { findEmulator, startableEmulator } from './find-emulators.js';

/** How one emulator is started. */
export interface EmulatorOptions {
  /** Take the emulator that `SPANNER_EMULATOR_HOST` or `PUBSUB_EMULATOR_HOST` names, if it is set. Default true. */
  readonly reuse?: boolean;
  /** A port of the loopback interface. Default: a free one. */
  readonly port?: number;
}

export interface SpannerEmulatorOptions extends EmulatorOptions {
  /**
   * Percent chance that a new transaction ends the one that is running, 0..100; the emulator runs one at a time. Default: the
   * emulator's, 20. Use 100 where processes are killed inside transactions. Only for an emulator that is started here.
   */
  readonly abortCurrentTransactionProbability?: number;
  /** Abort some commits at random. Default false. Only for an emulator that is started here. */
  readonly injectFaults?: boolean;
}

export interface StartEmulatorsOptions {
  readonly spanner?: boolean | SpannerEmulatorOptions;
  readonly pubsub?: boolean | EmulatorOptions;
  /** Milliseconds for each emulator to become ready. Default 60,000. */
  readonly readyTimeoutMs?: number;
  readonly clock?: Clock;
}

/** The emulators that were asked for. */
export interface RunningEmulators {
  readonly spanner?: Emulator;
  readonly pubsub?: Emulator;
  /** Stops those that were started here. Safe to call again. */
  stop(): Promise<void>;
}

const DEFAULT_READY_TIMEOUT_MS = 60_000;

/**
 * Takes running emulators (environment variables) or starts them: from the Google Cloud SDK, else by Docker; on loopback
 * ports, and waits until they serve. They end with `stop()`, and with this process, however it ends.
 *
 * Throws `EMULATOR_NOT_FOUND` with what was tried, and `EMULATOR_NOT_READY` with the emulator's output.
 */
export async function startEmulators(options: StartEmulatorsOptions): Promise<RunningEmulators> {
  const started = await Promise.allSettled([open('spanner', options), open('pubsub', options)]);
  const running = started.flatMap((result) => (result.status === 'fulfilled' && result.value !== undefined ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((emulator) => emulator.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { ...Object.fromEntries(running.map((emulator) => [emulator.service, emulator])), stop };
}

async function open(service: EmulatorService, options: StartEmulatorsOptions): Promise<Emulator | undefined> {
  const wanted = options[service] ?? false;
  if (wanted === false) return undefined;
  const own: SpannerEmulatorOptions = wanted === true ? {} : wanted;
  return openEmulator({
    service,
    source: await ((own.reuse ?? true) ? findEmulator(service) : startableEmulator(service)),
    flags: service === 'spanner' ? spannerFlags(own) : [],
    readyTimeoutMs: options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS,
    ...(own.port !== undefined && { port: own.port }),
    ...(options.clock !== undefined && { clock: options.clock }),
  });
}

function spannerFlags({ abortCurrentTransactionProbability, injectFaults }: SpannerEmulatorOptions): string[] {
  return [
    ...(abortCurrentTransactionProbability === undefined
      ? []
      : [`--abort_current_transaction_probability=${abortCurrentTransactionProbability}`]),
    ...(injectFaults === true ? ['--enable_fault_injection'] : []),
  ];
}
