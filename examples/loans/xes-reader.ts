import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { InputError } from './input-error.js';
import type { LoanTrace } from './trace.js';
import { XesParser } from './xes-parser.js';

/**
 * The applications of a log in XES, plain or packed (`.gz`), in the file's order. The file is streamed: in memory are one piece
 * of it and the application being read. Iterating throws {@link InputError}: `LOG_UNREADABLE`, `LOG_TRUNCATED`,
 * `LOG_MALFORMED`, with the line.
 */
export class XesReader implements AsyncIterable<LoanTrace> {
  private size = 0;
  private raw: ReadStream | undefined;

  constructor(private readonly file: string) {}

  /** How much of the file has been read, 0 to 1. */
  get fractionRead(): number {
    return this.raw === undefined || this.size === 0 ? 0 : this.raw.bytesRead / this.size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LoanTrace> {
    const parser = new XesParser();
    const decoder = new StringDecoder('utf8');
    const content = await this.open();
    try {
      for await (const piece of content) yield* parser.write(decoder.write(piece as Buffer));
    } catch (error) {
      throw error instanceof InputError ? error : this.broken(error, parser.line);
    } finally {
      content.destroy();
      this.raw?.destroy();
    }
    yield* parser.write(decoder.end());
    parser.close();
  }

  private async open(): Promise<Readable> {
    try {
      const { size } = await stat(this.file);
      this.size = size;
    } catch (cause) {
      throw new InputError('LOG_UNREADABLE', `The log ${this.file} cannot be read: ${(cause as Error).message}.`, { cause });
    }
    const raw = createReadStream(this.file);
    this.raw = raw;
    if (!this.file.endsWith('.gz')) return raw;
    const unpacked = createGunzip();
    raw.on('error', (error) => unpacked.destroy(error));
    return raw.pipe(unpacked);
  }

  private broken(cause: unknown, line: number): InputError {
    const isCut = (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
    const code = isCut ? 'LOG_TRUNCATED' : 'LOG_UNREADABLE';
    return new InputError(code, `The log ${this.file} cannot be read beyond line ${line}: ${(cause as Error).message}.`, { cause });
  }
}
