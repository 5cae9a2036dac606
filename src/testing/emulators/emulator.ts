import { EventspanError } from '../../errors/eventspan-error.js';
import { systemClock, type Clock } from '../../support/clock.js';
import { EMULATOR_PROFILES, type EmulatorService } from './emulator-service.js';
import type { EmulatorSource } from './find-emulators.js';
import { freePort } from './free-port.js';
import { GuardedProcess } from './guarded-process.js';
import { answersGrpc } from './probe.js';

const POLL_MS = 50;
const PORT_TRIES = 3;

/** A running emulator. */
export interface Emulator {
  readonly service: EmulatorService;
  /** `127.0.0.1:PORT`, or what the environment variable says. */
  readonly host: string;
  readonly origin: 'environment' | 'sdk' | 'docker';
  /** The process, if it was started here. */
  readonly pid: number | undefined;
  /** Kills it and starts it anew on the same port, empty. Throws `EMULATOR_NOT_OURS` for one that was not started here. */
  restart(): Promise<void>;
  /** Ends it, if it was started here. Safe to call again. */
  stop(): Promise<void>;
}

/** How an emulator is started. */
export interface EmulatorLaunch {
  readonly service: EmulatorService;
  readonly source: EmulatorSource;
  /** Flags of the program itself, beside those for host and port. */
  readonly flags: readonly string[];
  readonly port?: number;
  readonly readyTimeoutMs: number;
  readonly clock?: Clock;
}

/** Takes or starts the emulator of `launch` and waits until it serves. */
export async function openEmulator(launch: EmulatorLaunch): Promise<Emulator> {
  const { service, source } = launch;
  if (source.origin === 'environment') return foreignEmulator(service, source.host);
  if (source.origin === 'none') {
    const { title, variable } = EMULATOR_PROFILES[service];
    throw new EventspanError('EMULATOR_NOT_FOUND', { service: title, tried: source.tried, variable });
  }
  return launch.port === undefined ? startOnFreePort(launch) : OwnEmulator.start(launch, launch.port);
}

/** A port may be taken between its choice and its use: an early end of the program is met with another port. */
async function startOnFreePort(launch: EmulatorLaunch): Promise<Emulator> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await OwnEmulator.start(launch, await freePort());
    } catch (error) {
      if (attempt === PORT_TRIES || !/address already in use|failed to bind/i.test(String(error))) throw error;
    }
  }
}

function foreignEmulator(service: EmulatorService, host: string): Emulator {
  const restart = (): Promise<void> => Promise.reject(new EventspanError('EMULATOR_NOT_OURS', { host }));
  return { service, host, origin: 'environment', pid: undefined, restart, stop: () => Promise.resolve() };
}

class OwnEmulator implements Emulator {
  readonly service: EmulatorService;
  readonly host: string;
  readonly origin: 'sdk' | 'docker';
  private process: GuardedProcess;

  private constructor(
    private readonly launch: EmulatorLaunch,
    private readonly port: number,
  ) {
    this.service = launch.service;
    this.host = `127.0.0.1:${port}`;
    this.origin = launch.source.origin === 'docker' ? 'docker' : 'sdk';
    this.process = spawnEmulator(launch, port);
  }

  static async start(launch: EmulatorLaunch, port: number): Promise<Emulator> {
    const emulator = new OwnEmulator(launch, port);
    await emulator.untilReady();
    return emulator;
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  async restart(): Promise<void> {
    // A container would keep the port while its client is killed; it is asked to stop.
    await (this.origin === 'docker' ? this.process.stop() : this.process.kill());
    this.process = spawnEmulator(this.launch, this.port);
    await this.untilReady();
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private async untilReady(): Promise<void> {
    const { readyTimeoutMs, clock = systemClock } = this.launch;
    const { title, probePath } = EMULATOR_PROFILES[this.service];
    const giveUpAt = clock.now() + readyTimeoutMs;
    while (!(await answersGrpc(this.host, probePath))) {
      if (!this.process.isRunning || clock.now() > giveUpAt) {
        await this.process.stop();
        throw new EventspanError('EMULATOR_NOT_READY', { service: title, timeoutMs: readyTimeoutMs, output: this.process.outputTail });
      }
      await clock.sleep(POLL_MS);
    }
  }
}

function spawnEmulator({ service, source, flags }: EmulatorLaunch, port: number): GuardedProcess {
  if (source.origin === 'docker') {
    const { imagePort, imageCommand } = EMULATOR_PROFILES[service];
    const publish = `127.0.0.1:${port}:${imagePort}`;
    return new GuardedProcess(source.command, ['run', '--rm', '--init', '-p', publish, source.image, ...imageCommand, ...flags]);
  }
  const { command, args } = source as Extract<EmulatorSource, { origin: 'sdk' }>;
  const where = service === 'spanner' ? [`--host_port=127.0.0.1:${port}`] : ['--host=127.0.0.1', `--port=${port}`];
  return new GuardedProcess(command, [...args, ...where, ...flags]);
}
