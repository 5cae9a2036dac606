import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExportRun, type ExportOptions, type ExportResult } from './export-run.js';

/**
 * Writes the log, or the selected part of it, as NDJSON of CloudEvents 1.0 in global order, and ends `writable`. The first line tells what
 * is exported, the last one counts and checksum: an export that was cut off is told by the lack of it. The bytes follow from the events and
 * the options alone (give `asOf`). The log may grow meanwhile; what is committed after the beginning is not in it.
 *
 * Memory: a page of each shard (or selected stream), and about 150 bytes a stream. Back-pressure is kept.
 * Throws `OPTION_INVALID`, `POSITION_INVALID`, `STREAM_ID_INVALID`, what the store throws and what `writable` fails with; with `upcast`
 * `TRANSFORM_FAILED`.
 */
export async function exportEvents(options: ExportOptions, writable: Writable): Promise<ExportResult> {
  const run = await ExportRun.begin(options);
  await pipeline(
    Readable.from(run.chunks(), { objectMode: true }),
    writable,
    options.signal === undefined ? {} : { signal: options.signal },
  );
  return run.result();
}
