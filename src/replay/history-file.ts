import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { EventspanError, isEventspanError } from '../errors/eventspan-error.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { parseExportLine, type ExportLine } from '../history/parse-export-line.js';

/** One event of a recorded history with where it stands. */
export interface HistoryLine {
  readonly event: StoredEvent;
  /** `histories/loan/loan-1.ndjson:7` */
  readonly place: string;
}

/**
 * The events of a file in its order, a line at a time. The lines are those of exports; an export's own first and last line, which recorded
 * histories need not have, and empty lines are passed over. Throws `HISTORY_LINE_INVALID`, `EXPORT_FORMAT_UNKNOWN`.
 */
export async function* readHistoryFile(file: string): AsyncGenerator<HistoryLine> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    const parsed = text.trim() === '' ? undefined : parseLine(text, file, line);
    if (parsed?.kind === 'event') yield { event: parsed.event, place: `${file}:${line}` };
  }
}

/** Of an export there is one; of histories many, so that the file must be named. */
function parseLine(text: string, file: string, line: number): ExportLine {
  try {
    return parseExportLine(text, line);
  } catch (cause) {
    if (!isEventspanError(cause, 'EXPORT_LINE_INVALID')) throw cause;
    throw new EventspanError('HISTORY_LINE_INVALID', { place: `${file}:${line}`, reason: cause.details['reason'] }, { cause });
  }
}
