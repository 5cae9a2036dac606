import type { HistoryProgress } from '../index.js';

const ON_TERMINAL_MS = 200;
const ELSEWHERE_MS = 3_000;

/** Progress of something that goes through events, on standard error: one line that changes on a terminal, a line every three seconds elsewhere. */
export class EventProgress {
  private readonly startedAt = Date.now();
  private shownAt = Date.now();
  private isShown = false;

  constructor(
    private readonly what: string,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {}

  readonly show = (progress: HistoryProgress): void => {
    const now = Date.now();
    if (now - this.shownAt < (this.stream.isTTY ? ON_TERMINAL_MS : ELSEWHERE_MS)) return;
    this.shownAt = now;
    const text = this.lineOf(progress, (now - this.startedAt) / 1_000);
    this.stream.write(this.stream.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
    this.isShown = true;
  };

  /** Leaves the terminal's line. */
  end(): void {
    if (this.isShown && this.stream.isTTY) this.stream.write('\n');
  }

  private lineOf({ events, total }: HistoryProgress, seconds: number): string {
    const rate = Math.round(events / Math.max(seconds, 0.001));
    const speed = `${rate} events/s`;
    if (total === undefined || total === 0) return `${this.what}: ${events} events, ${speed}`;
    const percent = Math.min(100, Math.floor((events / total) * 100));
    const left = Math.max(0, Math.ceil((total - events) / Math.max(rate, 1)));
    return `${this.what}: ${events} of ${total} events (${percent} %), ${speed}, ETA ${left} s`;
  }
}
