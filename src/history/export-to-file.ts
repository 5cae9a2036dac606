import { open, type FileHandle } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { EventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { parsePosition } from '../event-store/position.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import { callOptionsOf } from './call-options-of.js';
import type { ExportHeader } from './export-header.js';
import { ExportReader } from './export-reader.js';
import { ExportRun, type ExportBeginning, type ExportOptions, type ExportResult } from './export-run.js';
import { gzipMember, wholeMembers } from './gzip-members.js';
import { isGzipName, openExport } from './open-export.js';
import { messageOf } from '../support/message-of.js';

export interface ExportFileOptions extends ExportOptions {
  /** Path; compressed where it ends in `.gz`. */
  readonly file: string;
  /** Goes on with a file that was cut off: checks what is there, and continues after its last whole line. A file that is whole stays. */
  readonly continue?: boolean;
}

export interface ExportFileResult extends ExportResult {
  /** Events that were in the file before. */
  readonly kept: number;
}

/**
 * `exportEvents` into a file, on the disk when it is answered. A process that is killed leaves a correct beginning.
 * Throws also `EXPORT_FILE_EXISTS`, `EXPORT_FILE_UNWRITABLE`; where it continues, `EXPORT_CONTINUE_REFUSED` (other options, another store, a
 * gzip file of another program) and what reading an export throws, but for its being cut off.
 */
export async function exportToFile(options: ExportFileOptions): Promise<ExportFileResult> {
  const handle = await openFile(options);
  try {
    const found = await findBeginning(options, handle);
    if (found.beginning === undefined) return await write(options, handle, { bytes: 0 });
    await checkBeginning(options, found.beginning);
    if (found.result !== undefined) return found.result;
    return await write(options, handle, found);
  } finally {
    await handle.close();
  }
}

async function openFile({ file, continue: isContinued }: ExportFileOptions): Promise<FileHandle> {
  try {
    return await open(file, 'wx+');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(file, cause);
    if (isContinued !== true) throw new EventspanError('EXPORT_FILE_EXISTS', { file }, { cause });
    return open(file, 'r+').catch((error: unknown) => {
      throw unwritable(file, error);
    });
  }
}

interface Found {
  /** Bytes that stay. */
  readonly bytes: number;
  readonly beginning?: ExportBeginning;
  /** Where nothing is left to do. */
  readonly result?: ExportFileResult;
}

async function findBeginning({ file }: ExportFileOptions, handle: FileHandle): Promise<Found> {
  const members = isGzipName(file) ? await wholeMembers(handle) : (await handle.stat()).size;
  if (members === undefined) throw refused(file, 'it was not compressed by eventspan, so where it can go on is not known');
  const reader = new ExportReader({ stopAtCut: true });
  for await (const events of reader.read(openExport(file, { end: members }))) void events;
  const { header, counted, wholeBytes } = reader;
  if (header === undefined) return { bytes: 0 };
  const beginning = { header, counted };
  const kept = counted.events;
  if (reader.isFinished) return { bytes: members, beginning, result: { ...resultOf(beginning), kept } };
  return { bytes: isGzipName(file) ? members : wholeBytes, beginning };
}

function resultOf({ header, counted }: ExportBeginning): ExportResult {
  return { header, ...counted.counts(), ...(counted.last !== undefined && { last: counted.last }) };
}

/** Same options, same store. */
async function checkBeginning(options: ExportFileOptions, beginning: ExportBeginning): Promise<void> {
  const { file, asOf } = options;
  const { header: wanted } = await ExportRun.begin(options, beginning);
  const { header, counted } = beginning;
  const other = (Object.keys({ ...header, ...wanted }) as (keyof ExportHeader)[]).find(
    (name) => !isDeepStrictEqual(header[name], wanted[name]),
  );
  if (other !== undefined) throw refused(file, `it was begun with another ${other}`);
  if (asOf !== undefined && Date.parse(asOf) < Date.parse(header.asOf)) throw refused(file, 'it was begun with a later asOf');
  if (counted.last !== undefined && options.upcast === undefined) await checkLast(options, counted.last);
}

/** The last event of the file must be the store's, unless its stream has been deleted. */
async function checkLast(options: ExportFileOptions, last: Position): Promise<void> {
  const { store, file } = options;
  const { streamId, version } = parsePosition(last);
  const stored = await eventAt(store, options, { streamId, fromVersion: version, toVersion: version });
  if (stored?.position === last) return;
  const end = await eventAt(store, options, { streamId, direction: 'backwards' });
  if (stored === undefined && end?.type === STREAM_CLOSED_TYPE) return;
  throw refused(file, `its last event, version ${version} of ${streamId}, is not in the store`);
}

async function eventAt(
  store: EventStore,
  options: ExportFileOptions,
  at: { readonly streamId: string; readonly fromVersion?: number; readonly toVersion?: number; readonly direction?: 'backwards' },
): Promise<{ readonly position: Position; readonly type: string } | undefined> {
  const { streamId, ...bounds } = at;
  for await (const event of store.readStream(streamId, { ...callOptionsOf(options), ...bounds, limit: 1 })) return event;
  return undefined;
}

async function write(options: ExportFileOptions, handle: FileHandle, { bytes, beginning }: Found): Promise<ExportFileResult> {
  const { file } = options;
  const kept = beginning?.counted.events ?? 0;
  const run = await ExportRun.begin(options, beginning);
  await handle.truncate(bytes).catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
  let position = bytes;
  for await (const chunk of run.chunks()) {
    const packed = isGzipName(file) ? await gzipMember(chunk) : Buffer.from(chunk, 'utf8');
    await writeAt(handle, packed, { file, position });
    position += packed.length;
  }
  await handle.sync().catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
  return { ...run.result(), kept };
}

async function writeAt(handle: FileHandle, bytes: Buffer, { file, position }: { file: string; position: number }): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

function refused(file: string, reason: string): EventspanError {
  return new EventspanError('EXPORT_CONTINUE_REFUSED', { file, reason });
}

function unwritable(file: string, cause: unknown): EventspanError {
  const reason = messageOf(cause);
  return new EventspanError('EXPORT_FILE_UNWRITABLE', { file, reason }, { cause });
}
