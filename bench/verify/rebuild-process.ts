import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Place } from './places.js';
import type { ChildReport } from './rebuild-child.js';

/** The process that rebuilds: one after another, each until it is killed. */
export class RebuildProcess {
  peakRssKb = 0;
  private child: ChildProcess | undefined;

  constructor(private readonly place: Place) {}

  /** Resolves when it runs. Throws when it ends before. */
  async start(): Promise<void> {
    const child = fork(path.join(__dirname, 'rebuild-child.js'), [JSON.stringify(this.place)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.on('message', ({ peakRssKb }: ChildReport) => {
        this.peakRssKb = Math.max(this.peakRssKb, peakRssKb);
        resolve();
      });
      child.once('exit', (code) => reject(new Error(`The rebuilding process ended with ${code} before it ran.`)));
    });
  }

  /** Throws when it has ended by itself. */
  checkRuns(): void {
    const { exitCode = null, signalCode = null } = this.child ?? {};
    if (exitCode !== null || signalCode !== null) throw new Error(`The rebuilding process ended with ${exitCode ?? signalCode}.`);
  }

  /** It is not given time for anything. */
  kill(): Promise<void> {
    return this.end((child) => child.kill('SIGKILL'));
  }

  /** It finishes what it has in hand. */
  stop(): Promise<void> {
    return this.end((child) => child.disconnect());
  }

  private async end(how: (child: ChildProcess) => void): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    how(child);
    await ended;
  }
}
