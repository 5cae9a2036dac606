import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { EXIT_CODES, type Code } from './poison-app.js';

/** The process that maintains the sightings, under a supervisor that starts it again when a handler has ended it. */
export class PoisonProcess {
  /** How often a handler ended it. */
  deaths = 0;
  private child: ChildProcess | undefined;
  private fault: Error | undefined;
  private handling = false;

  constructor(
    private readonly file: string,
    private readonly code: Code,
  ) {}

  start(): void {
    this.handling = false;
    const child = fork(path.join(__dirname, 'poison-child.js'), [this.file, this.code], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.child = child;
    child.on('message', () => (this.handling = true));
    child.once('exit', (code, signal) => this.ended(code, signal));
  }

  /** Whether corrected code has handled an event since it was started. Throws when the process ended as no handler ends it. */
  get isHandling(): boolean {
    this.check();
    return this.handling;
  }

  /** Throws when it ended as no handler ends it. */
  check(): void {
    if (this.fault !== undefined) throw this.fault;
  }

  /** It is not given time for anything. */
  kill(): Promise<void> {
    return this.end((child) => child.kill('SIGKILL'));
  }

  /** It finishes what it has in hand. */
  async stop(): Promise<void> {
    await this.end((child) => child.disconnect());
    this.check();
  }

  private ended(code: number | null, signal: string | null): void {
    if (this.child === undefined) return;
    this.child = undefined;
    if (code !== EXIT_CODES.exits) {
      this.fault = new Error(`The process ended with ${code ?? signal}${code === EXIT_CODES.polluted ? ': a prototype is polluted' : ''}.`);
      return;
    }
    this.deaths++;
    this.start();
  }

  private async end(how: (child: ChildProcess) => void): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    how(child);
    await ended;
  }
}
