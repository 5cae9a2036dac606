import { isUtf8 } from 'node:buffer';
import { lineInvalid } from './parse-export-line.js';

/** No event is longer: payload and metadata have at most 2,621,440 characters each. */
export const MAX_LINE_BYTES = 33_554_432;

const LINE_FEED = 0x0a;

/** Lines that came together. */
export interface LineBlock {
  /** Number of the first; the first of all is 1. */
  readonly first: number;
  /** Without line ends. */
  readonly texts: readonly string[];
  /** False for the piece after the last line end, if there is one: a line that was cut off. */
  readonly isWhole: boolean;
  /** Bytes before the block, and with it. */
  readonly start: number;
  readonly end: number;
}

/** Cuts bytes into lines, in blocks; memory is bounded by the longest line. Throws `EXPORT_LINE_INVALID` on bytes that are not UTF-8, and lines over 32 MiB. */
export async function* readLines(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<LineBlock> {
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  let first = 1;
  let start = 0;
  for await (const piece of source) {
    const chunk = Buffer.from(piece as Uint8Array);
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end === -1) {
      carried.push(chunk);
      carriedBytes += chunk.length;
      if (carriedBytes > MAX_LINE_BYTES) throw tooLong(first);
      continue;
    }
    const bytes = Buffer.concat([...carried, chunk.subarray(0, end)]);
    const texts = textsOf(bytes, first);
    yield { first, texts, isWhole: true, start, end: start + bytes.length + 1 };
    first += texts.length;
    start += bytes.length + 1;
    carried = [chunk.subarray(end + 1)];
    carriedBytes = chunk.length - end - 1;
  }
  if (carriedBytes > 0) {
    const bytes = Buffer.concat(carried);
    // What was cut off may end inside a character.
    yield { first, texts: [bytes.toString('utf8')], isWhole: false, start, end: start + bytes.length };
  }
}

function textsOf(bytes: Buffer, first: number): readonly string[] {
  if (!isUtf8(bytes)) throw lineInvalid(first + faultyLine(bytes), 'it is not UTF-8');
  const texts = bytes.toString('utf8').split('\n');
  const long = bytes.length > MAX_LINE_BYTES ? texts.findIndex((text) => Buffer.byteLength(text) > MAX_LINE_BYTES) : -1;
  if (long !== -1) throw tooLong(first + long);
  return texts;
}

/** Index of the first line that is not UTF-8. */
function faultyLine(bytes: Buffer): number {
  let start = 0;
  for (let line = 0; ; line++) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

function tooLong(line: number): Error {
  return lineInvalid(line, `it is longer than ${MAX_LINE_BYTES} bytes`);
}
