import type { Command } from 'commander';
import type { Eventspan, Generation, GenerationInfo } from '../../index.js';
import { APP_MODULE } from '../app-module.js';
import { generationText, parseGeneration } from '../generation-text.js';
import { withOperatorApp } from '../operator-app.js';

interface Flags {
  readonly app?: string;
  readonly json?: boolean;
}

/** `eventspan projections` */
export function addProjections(program: Command): void {
  const projections = program.command('projections').description('generations of projections: list, switch, roll back, drop, cancel');
  const sub = (name: string, description: string): Command =>
    projections.command(name).description(description).option('--app <module>', APP_MODULE).option('--json', 'print one JSON line');
  sub('list', 'list the generations of all projectors').action(list);
  sub('switch <projector>', 'make the generation that is ready live').action((projector: string, flags: Flags) =>
    settle(flags, 'live', (app) => app.projections.switch(projector)),
  );
  sub('rollback <projector>', 'go back to a retired generation')
    .option('--to <generation>', 'such as v1 or v1.2 (default: the one that was live last)')
    .option('--now', 'switch before it has seen all that the live one has')
    .action((projector: string, flags: Flags & { readonly to?: string; readonly now?: boolean }) =>
      settle(flags, 'live', (app) =>
        app.projections.rollback(projector, { now: flags.now === true, ...(flags.to !== undefined && { to: parseGeneration(flags.to) }) }),
      ),
    );
  sub('drop <projector> [generation]', 'remove the tables of one generation, or of all that are retired, failed or cancelled').action(drop);
  sub('cancel <projector>', 'give up the rebuild that is under way').action((projector: string, flags: Flags) =>
    settle(flags, 'ended', (app) => app.projections.cancel(projector)),
  );
}

async function list(flags: Flags): Promise<void> {
  await withOperatorApp(flags.app, async (app) => {
    const generations = await app.projections.list();
    if (flags.json === true) return console.log(JSON.stringify({ generations }));
    if (generations.length === 0) console.log('No projection has been started yet.');
    for (const info of generations) console.log(lineOf(info));
  });
}

/** Carries a wish out, or waits until a running application has; ends with 1 if it did not come to what was wanted. */
async function settle(flags: Flags, wanted: 'live' | 'ended', wish: (app: Eventspan) => Promise<Generation>): Promise<void> {
  await withOperatorApp(flags.app, async (app) => {
    const info = await app.projections.finished(await wish(app));
    print([info], flags);
    if (wanted === 'live' && info.state !== 'live') process.exitCode = 1;
  });
}

async function drop(projector: string, generation: string | undefined, flags: Flags): Promise<void> {
  await withOperatorApp(flags.app, async (app) => {
    const dropped = await app.projections.drop(projector, generation === undefined ? undefined : parseGeneration(generation));
    await app.projections.cleaned(projector);
    if (flags.json === true) return console.log(JSON.stringify({ dropped }));
    console.log(
      dropped.length === 0
        ? `Nothing of ${projector} is to be dropped.`
        : `Dropped ${dropped.map(generationText).join(', ')} of ${projector}.`,
    );
  });
}

function print(infos: readonly GenerationInfo[], flags: Flags): void {
  for (const info of infos) console.log(flags.json === true ? JSON.stringify(info) : lineOf(info));
}

function lineOf(info: GenerationInfo): string {
  const reason = info.reason === undefined ? '' : `  ${info.reason.code}: ${info.reason.message}`;
  return `${`${info.projector}:${generationText(info)}`.padEnd(32)} ${info.state.padEnd(12)} since ${info.since}${reason}`;
}
