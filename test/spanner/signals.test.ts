import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

type Signal = 'SIGINT' | 'SIGTERM';

/** How a process ended, and its listeners when it was ready. */
interface Ending {
  readonly listeners: Readonly<Record<Signal | 'beforeExit', number>>;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running: ChildProcess[] = [];
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

/** Starts signalled-process.cjs and sends it a signal when it is ready. */
function endBy(sent: NodeJS.Signals, ...args: readonly string[]): Promise<Ending> {
  const child = spawn(process.execPath, [join(__dirname, 'signalled-process.cjs'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  let listeners: Ending['listeners'] | undefined;
  child.stdout.once('data', (line: Buffer) => {
    listeners = JSON.parse(line.toString()) as Ending['listeners'];
    child.kill(sent);
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      if (listeners === undefined) reject(new Error(`ended with ${code ?? signal} before it was ready`));
      else resolve({ listeners, code, signal });
    });
  });
}

describe('a program that uses an adapter', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('of Spanner is ended by %s', async (signal) => {
    expect(await endBy(signal, 'spanner')).toMatchObject({ code: null, signal });
  });

  it('of Spanner keeps its own handler of a signal, and what the package does when nothing is left to do', async () => {
    const ending = await endBy('SIGTERM', 'spanner', 'handles');
    expect(ending).toEqual({ listeners: { SIGINT: 0, SIGTERM: 1, beforeExit: 1 }, code: 7, signal: null });
  });

  it('of Spanner keeps the listeners of a package that it had loaded by itself', async () => {
    const { listeners } = await endBy('SIGKILL', 'spanner', 'imports');
    expect(listeners).toEqual({ SIGINT: 1, SIGTERM: 1, beforeExit: 1 });
  });

  it('of Pub/Sub is ended by SIGTERM', async () => {
    expect(await endBy('SIGTERM', 'pubsub')).toMatchObject({ listeners: { SIGINT: 0, SIGTERM: 0 }, code: null, signal: 'SIGTERM' });
  });
});
