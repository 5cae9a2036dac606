import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

const KEPT_OUTPUT = 8_192;
const GRACE_MS = 3_000;

/**
 * The program runs in place of the shell, so that it has the shell's process id and group. Beside it a watcher waits on a
 * pipe of ours: a line means "stopped in order"; its end without a line means that we died, however that was, and so must the program.
 */
const GUARD = `
( trap '' TERM INT HUP
  if read -r line <&3; then exit 0; fi
  kill -s TERM $$; sleep 2; kill -s KILL $$ ) >/dev/null 2>&1 &
exec "$@" 3<&-
`;

/** A child process in a group of its own that never outlives us. Does not keep our process alive. */
export class GuardedProcess {
  private output = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private hasEnded = false;

  constructor(command: string, args: readonly string[]) {
    this.child = spawn('/bin/sh', ['-c', GUARD, 'sh', command, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (chunk) => this.keep(chunk));
    this.child.stderr?.on('data', (chunk) => this.keep(chunk));
    const guard = this.child.stdio[3] as Socket;
    guard.on('error', (error) => this.keep(error.message));
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.hasEnded = true;
        guard.end('stopped\n');
        resolve();
      };
      this.child.once('exit', end);
      this.child.once('error', (error) => {
        this.keep(error.message);
        end();
      });
    });
    this.unref();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isRunning(): boolean {
    return !this.hasEnded;
  }

  /** The last of what it printed, 8 KiB at most. */
  get outputTail(): string {
    return this.output.trim();
  }

  /** SIGTERM, and SIGKILL after 3 s. Resolves when the program has ended; safe to call again. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** SIGKILL, as a crash would be. Resolves when the program has ended. */
  async kill(): Promise<void> {
    if (!this.hasEnded) this.signal('SIGKILL');
    await this.ended;
  }

  private signal(name: 'SIGTERM' | 'SIGKILL'): void {
    // The program alone: its watcher ends by our line on the pipe.
    if (this.child.pid !== undefined && !this.hasEnded) this.child.kill(name);
  }

  private keep(chunk: unknown): void {
    this.output = (this.output + String(chunk)).slice(-KEPT_OUTPUT);
  }

  private unref(): void {
    this.child.unref();
    for (const pipe of this.child.stdio) (pipe as Socket | null)?.unref();
  }
}
