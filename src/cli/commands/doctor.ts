import type { Command } from 'commander';
import { diagnose, printable, type Finding } from '../../index.js';
import { APP_MODULE, loadApp } from '../app-module.js';

/** `eventspan doctor` */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look at an application from outside, change nothing, and say what to do; ends with 1 where something fails')
    .option('--app <module>', APP_MODULE)
    .option('--json', 'print one JSON line')
    .action(doctor);
}

async function doctor({ app, json }: { readonly app?: string; readonly json?: boolean }): Promise<void> {
  const findings = await diagnose(await loadApp(app));
  const isOk = findings.every(({ level }) => level !== 'fail');
  if (!isOk) process.exitCode = 1;
  if (json === true) console.log(printable(JSON.stringify({ isOk, findings })));
  else for (const line of findings.flatMap(linesOf)) console.log(line);
}

function linesOf({ level, check, message, todo }: Finding): readonly string[] {
  const head = `${level.toUpperCase().padEnd(4)}  ${check}: ${printable(message)}`;
  return todo === undefined ? [head] : [head, `      ${printable(todo)}`];
}
