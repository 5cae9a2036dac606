import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EventspanError } from '../errors/eventspan-error.js';
import type { ExportSource } from './export-reader.js';
import { messageOf } from '../support/message-of.js';

/** True where a file's name says that it is compressed. */
export function isGzipName(file: string): boolean {
  return file.endsWith('.gz');
}

/**
 * The bytes of an export file, unpacked where its name ends in `.gz`. `end`: only so many bytes of it. A compressed file that was cut off ends
 * where it was cut. Throws `EXPORT_FILE_UNREADABLE` while it is read.
 */
export async function* openExport(file: string, options: { readonly end?: number } = {}): ExportSource & AsyncGenerator<Uint8Array> {
  const { end } = options;
  if (end === 0) return;
  const bytes = createReadStream(file, end === undefined ? {} : { end: end - 1 });
  try {
    yield* isGzipName(file) ? unpacked(bytes) : (bytes as AsyncIterable<Buffer>);
  } catch (cause) {
    if (cause instanceof EventspanError) throw cause;
    const reason = messageOf(cause);
    throw new EventspanError('EXPORT_FILE_UNREADABLE', { file, reason }, { cause });
  } finally {
    bytes.destroy();
  }
}

/** Errors of the file are those of the unpacking. */
async function* unpacked(bytes: Readable): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  bytes.once('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of bytes.pipe(gunzip)) yield chunk as Buffer;
  } catch (error) {
    if (!isCut(error)) throw error;
  }
}

function isCut(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
}
