import { SingleBar } from 'cli-progress';

const STEPS = 1_000;
const LINE_EVERY_MS = 5_000;

/** How far it is, on stderr: a bar on a terminal, else a line now and then. */
export class Progress {
  private bar: SingleBar | undefined;
  private begunMs = 0;
  private nextLineMs = 0;

  constructor(private readonly out: NodeJS.WriteStream = process.stderr) {}

  /** A line by itself. */
  say(line: string): void {
    this.out.write(`${line}\n`);
  }

  begin(): void {
    this.begunMs = performance.now();
    this.nextLineMs = this.begunMs + LINE_EVERY_MS;
    if (!this.out.isTTY) return;
    const format = '{bar} {percentage} % | {records} records | {rate} a second';
    this.bar = new SingleBar({ stream: this.out, format, barCompleteChar: '█', barIncompleteChar: '░', hideCursor: true, fps: 5 });
    this.bar.start(STEPS, 0, { records: '0', rate: '0' });
  }

  update(fraction: number, records: number): void {
    const now = performance.now();
    if (this.bar === undefined && now < this.nextLineMs) return;
    const seconds = Math.max(0.001, (now - this.begunMs) / 1000);
    const shown = { records: records.toLocaleString('en'), rate: Math.round(records / seconds).toLocaleString('en') };
    this.bar?.update(Math.floor(fraction * STEPS), shown);
    if (this.bar !== undefined) return;
    this.nextLineMs = now + LINE_EVERY_MS;
    this.say(`${Math.floor(fraction * 100)} % | ${shown.records} records | ${shown.rate} a second`);
  }

  end(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}
