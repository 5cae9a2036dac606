import { Option, type Command } from 'commander';
import type { Eventspan, GenerationInfo, RebuildProgress, SwitchMode } from '../../index.js';
import { APP_MODULE } from '../app-module.js';
import { comparisonLines } from '../comparison-lines.js';
import { generationText } from '../generation-text.js';
import { withOperatorApp } from '../operator-app.js';
import { progressDisplay } from '../progress.js';

interface RebuildFlags {
  readonly app?: string;
  readonly switch?: SwitchMode;
  readonly stream?: readonly string[];
  readonly appendsPaused?: boolean;
  readonly cancel?: boolean;
  readonly json?: boolean;
}

/** `eventspan rebuild` */
export function addRebuild(program: Command): void {
  program
    .command('rebuild <projector>')
    .description('fill the tables of a projection anew beside the live ones, and switch readers to them')
    .option('--app <module>', APP_MODULE)
    .addOption(new Option('--switch <mode>', 'when it becomes live').choices(['auto', 'when-equal', 'manual']))
    .option('--stream <ids...>', 'only the rows of these streams, in place')
    .option('--appends-paused', 'nothing is appended meanwhile; needed for projectors that are written with the events')
    .option('--cancel', 'give up the rebuild that is under way and remove its tables')
    .option('--json', 'print one JSON line')
    .action(rebuild);
}

/** Begins or joins a rebuild and shows it to its end. Ctrl-C leaves it where it is; the same command goes on, and so does any running app. */
async function rebuild(projector: string, flags: RebuildFlags): Promise<void> {
  await withOperatorApp(flags.app, async (app) => {
    if (flags.cancel === true) return cancel(app, projector, flags);
    if (flags.stream !== undefined) return rebuildStreams(app, projector, flags);
    await rebuildAll(app, projector, flags);
  });
}

async function rebuildAll(app: Eventspan, projector: string, flags: RebuildFlags): Promise<void> {
  const started = await app.projections.rebuild(projector, {
    ...(flags.switch && { switch: flags.switch }),
    ...(flags.appendsPaused && { appendsPaused: true }),
  });
  const label = `${projector}:${generationText(started)}`;
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const display = progressDisplay();
  let last: RebuildProgress | undefined;
  try {
    const onProgress = (progress: RebuildProgress): void => {
      last = progress;
      if (flags.json !== true) display.show(label, progress);
    };
    const info = await app.projections.finished(started, { signal: interrupted.signal, onProgress });
    display.stop();
    report({ info, progress: last, joined: started.joined }, flags);
  } catch (error) {
    display.stop();
    if (!interrupted.signal.aborted) throw error;
    console.error(`${label} is left where it is. The same command goes on with it, and so does a running application.`);
    process.exitCode = 1;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

interface Outcome {
  readonly info: GenerationInfo;
  readonly progress: RebuildProgress | undefined;
  readonly joined: boolean;
}

function report({ info, progress, joined }: Outcome, flags: RebuildFlags): void {
  const isWell = info.state === 'live' || (info.state === 'ready' && info.reason === undefined);
  if (!isWell) process.exitCode = 1;
  if (flags.json === true) {
    console.log(JSON.stringify({ ...info, joined, ...(progress && { events: progress.events, comparison: progress.comparison }) }));
    return;
  }
  console.log(`${info.projector}:${generationText(info)} is ${info.state}.${info.reason === undefined ? '' : ` ${info.reason.message}`}`);
  for (const line of comparisonLines(progress?.comparison)) console.log(line);
}

async function cancel(app: Eventspan, projector: string, flags: RebuildFlags): Promise<void> {
  const generation = await app.projections.cancel(projector);
  const info = await app.projections.finished(generation);
  if (flags.json === true) console.log(JSON.stringify(info));
  else console.log(`${projector}:${generationText(info)} is ${info.state}.`);
}

async function rebuildStreams(app: Eventspan, projector: string, flags: RebuildFlags): Promise<void> {
  const requested = await app.projections.rebuildStreams(projector, flags.stream ?? []);
  if (flags.json === true) console.log(JSON.stringify(requested));
  else console.log(`${requested.streams.length} streams of ${projector} are rebuilt by the process that has their shards.`);
}
