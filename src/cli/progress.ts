import cliProgress from 'cli-progress';
import type { RebuildProgress } from '../index.js';
import { progressLine } from './progress-line.js';

/** Where progress is shown: bars on a terminal, a line every two seconds elsewhere. */
export interface ProgressDisplay {
  show(label: string, progress: RebuildProgress): void;
  stop(): void;
}

const LINE_EVERY_MS = 2_000;
const FORMAT = '{label} [{bar}] {percentage} % | {value}/{total} {note}';

/** A display on a stream (default: standard error, so that standard output stays for results). */
export function progressDisplay(stream: NodeJS.WriteStream = process.stderr): ProgressDisplay {
  return stream.isTTY ? bars(stream) : lines(stream);
}

/** One bar a shard that has events, and one for all. */
function bars(stream: NodeJS.WriteStream): ProgressDisplay {
  const options = { stream, format: FORMAT, clearOnComplete: false, hideCursor: true, emptyOnZero: true, autopadding: true };
  const all = new cliProgress.MultiBar(options, cliProgress.Presets.shades_classic);
  const known = new Map<string, cliProgress.SingleBar>();
  const set = (label: string, of: { readonly done: number; readonly total: number; readonly note: string }): void => {
    const payload = { label: label.padEnd(10), note: of.note };
    const bar = known.get(label) ?? all.create(of.total, 0, payload);
    known.set(label, bar);
    bar.setTotal(Math.max(1, of.total));
    bar.update(of.done, payload);
  };
  return {
    show(label, progress) {
      set(label, { ...progress.events, note: noteOf(progress) });
      for (const { shard, done, total } of progress.shards) set(`shard ${shard}`, { done, total, note: '' });
    },
    stop: () => all.stop(),
  };
}

function lines(stream: NodeJS.WriteStream): ProgressDisplay {
  let shownAt = 0;
  let shownState = '';
  return {
    show(label, progress) {
      const now = Date.now();
      if (progress.state === shownState && now - shownAt < LINE_EVERY_MS) return;
      shownAt = now;
      shownState = progress.state;
      stream.write(`${progressLine(label, progress)}\n`);
    },
    stop: () => undefined,
  };
}

function noteOf({ state, rate, etaMs }: RebuildProgress): string {
  const speed = rate > 0 ? ` ${rate}/s` : '';
  const eta = etaMs === undefined ? '' : ` ETA ${Math.ceil(etaMs / 1_000)} s`;
  return `${state}${speed}${eta}`;
}
