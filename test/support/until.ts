import { spawnSync } from 'node:child_process';

/** Waits until `condition` holds; a bounded poll, for what other processes do and send no signal of. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, timeoutMs = 10_000): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** True while a process runs; one that has ended and is not yet buried by its parent does not. */
export function isAlive(pid: number): boolean {
  return livingStates(['-o', 'stat=', '-p', String(pid)]).length > 0;
}

/** How many processes of a process group run. */
export function livingInGroup(group: number): number {
  const states = livingStates(['-A', '-o', 'pgid=,stat=']);
  return states.filter((line) => line.trim().startsWith(`${group} `)).length;
}

function livingStates(args: readonly string[]): string[] {
  const { stdout } = spawnSync('ps', args, { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.trim() !== '' && !/\bZ/.test(line));
}
