import { EventspanError } from '../errors/eventspan-error.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { ExportHeader } from './export-header.js';
import { HistoryTally, type HistoryCounts } from './history-tally.js';
import { lineInvalid, parseExportLine, type ExportLine } from './parse-export-line.js';
import { readLines, type LineBlock } from './read-lines.js';

/** Bytes of an export: a file's stream, standard input, an HTTP body. Read once, with back-pressure. */
export type ExportSource = AsyncIterable<Uint8Array | string>;

/** An event with its place in the file. */
export interface ExportedEvent {
  readonly line: number;
  readonly event: StoredEvent;
}

/**
 * Reads an export once, in log order, and checks each line, the order, the streams and at the end counts and checksum.
 *
 * States: before the first line; among the events; after the last line. What was given out before an error is everything before the line it names.
 */
export class ExportReader {
  /** Bytes up to the end of the last whole line. */
  wholeBytes = 0;
  private found: ExportHeader | undefined;
  private tally = new HistoryTally(false);
  private told: HistoryCounts | undefined;
  private lines = 0;

  /** `stopAtCut`: an export that was cut off ends where it was cut, without an error. */
  constructor(private readonly options: { readonly stopAtCut?: boolean } = {}) {}

  /** Of the first line; undefined before it was read. */
  get header(): ExportHeader | undefined {
    return this.found;
  }

  /** Whether the last line was there. */
  get isFinished(): boolean {
    return this.told !== undefined;
  }

  /** Of the events read so far. */
  get counted(): HistoryTally {
    return this.tally;
  }

  /** Events as they come. Throws `EXPORT_LINE_INVALID`, `EXPORT_FORMAT_UNKNOWN`, `EXPORT_INCOMPLETE`, `EXPORT_CHECKSUM_DIFFERS`. */
  async *read(source: ExportSource): AsyncGenerator<readonly ExportedEvent[]> {
    for await (const block of readLines(source)) {
      if (!block.isWhole && !this.isFinished && !this.isLastLine(block)) break;
      const { events, error } = this.eventsOf(block);
      yield events;
      if (error !== undefined) throw error;
      this.wholeBytes = block.end;
    }
    if (!this.isFinished && this.options.stopAtCut !== true) throw new EventspanError('EXPORT_INCOMPLETE', { line: this.lines });
  }

  /** Up to the first line that is not as it should be. */
  private eventsOf({ first, texts }: LineBlock): { readonly events: readonly ExportedEvent[]; readonly error?: unknown } {
    const events: ExportedEvent[] = [];
    try {
      for (const [at, text] of texts.entries()) {
        const line = first + at;
        const event = this.take(parseExportLine(text, line), line);
        if (event !== undefined) events.push({ line, event });
        this.lines = line;
      }
    } catch (error) {
      return { events, error };
    }
    return { events };
  }

  private take(parsed: ExportLine, line: number): StoredEvent | undefined {
    if (this.isFinished) throw lineInvalid(line, 'it stands after the last line of the export');
    if ((line === 1) !== (parsed.kind === 'started')) {
      throw lineInvalid(line, line === 1 ? 'it is not the first line of an export' : 'it is the first line of another export');
    }
    if (parsed.kind === 'started') this.start(parsed.header);
    else if (parsed.kind === 'finished') this.finish(parsed.counts);
    else return this.count(parsed.event, line);
    return undefined;
  }

  private start(header: ExportHeader): void {
    this.found = header;
    this.tally = new HistoryTally(header.after !== undefined);
  }

  private count(event: StoredEvent, line: number): StoredEvent {
    const fault = this.tally.add(event);
    if (fault !== undefined) throw lineInvalid(line, fault);
    return event;
  }

  private finish(told: HistoryCounts): void {
    const counts = this.tally.counts();
    for (const what of ['events', 'streams', 'digest'] as const) {
      const [expected, found] = [told[what], counts[what]];
      if (expected !== found) throw new EventspanError('EXPORT_CHECKSUM_DIFFERS', { what, expected, found });
    }
    this.told = told;
  }

  /** An editor may have taken the last line's end; anything else without one was cut off. */
  private isLastLine({ texts, first }: LineBlock): boolean {
    try {
      return parseExportLine(texts[0] ?? '', first).kind === 'finished';
    } catch {
      return false;
    }
  }
}
