import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FileHandle } from 'node:fs/promises';

const compress = promisify(gzip);

/** Fixed part of a gzip header (RFC 1952 §2.3). */
const HEADER_BYTES = 10;
const FLAGS_AT = 3;
const HAS_EXTRA = 0x04;
/** Two bytes of length, and one subfield `ES` with the size of the whole member. */
const EXTRA_BYTES = 2 + 4 + 4;
const SUBFIELD = Buffer.from([0x45, 0x53, 4, 0]);

/**
 * A text as one gzip member that says how long it is, as BGZF does it. A file of such members is a gzip file for every program, and where
 * the last whole one ends is found without unpacking, so that an interrupted file can be continued.
 */
export async function gzipMember(text: string): Promise<Buffer> {
  const packed = await compress(text);
  const extra = Buffer.alloc(EXTRA_BYTES);
  extra.writeUInt16LE(EXTRA_BYTES - 2);
  SUBFIELD.copy(extra, 2);
  extra.writeUInt32LE(packed.length + EXTRA_BYTES, 2 + SUBFIELD.length);
  const header = Buffer.from(packed.subarray(0, HEADER_BYTES));
  header[FLAGS_AT] = (header[FLAGS_AT] as number) | HAS_EXTRA;
  return Buffer.concat([header, extra, packed.subarray(HEADER_BYTES)]);
}

/** Bytes of the whole members at the beginning of a file; undefined when it begins with something that {@link gzipMember} did not make. */
export async function wholeMembers(file: FileHandle): Promise<number | undefined> {
  const { size } = await file.stat();
  const head = Buffer.alloc(HEADER_BYTES + EXTRA_BYTES);
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(head, 0, head.length, at);
    if (bytesRead < head.length) return at;
    if (head[0] !== 0x1f || head[1] !== 0x8b || !head.subarray(HEADER_BYTES + 2, HEADER_BYTES + 6).equals(SUBFIELD)) return undefined;
    const end = at + head.readUInt32LE(HEADER_BYTES + 6);
    if (end > size) return at;
    at = end;
  }
}
