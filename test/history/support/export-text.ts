import { Writable } from 'node:stream';
import { exportEvents, type EventStore, type ExportOptions } from 'eventspan';

/** What an export of the store is, as text. */
export async function exportText(store: EventStore, options: Omit<ExportOptions, 'store'> = {}): Promise<string> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer | string, _, done) {
      chunks.push(Buffer.from(chunk as Buffer));
      done();
    },
  });
  await exportEvents({ ...options, store }, sink);
  return Buffer.concat(chunks).toString('utf8');
}

/** A text as it comes from a network: in pieces of any size, cut inside lines and characters. */
export async function* inPieces(text: string | Buffer, size = 1_000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string, 'utf8');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
