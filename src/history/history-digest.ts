import { createHash } from 'node:crypto';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';

const WORDS = 8;

/**
 * A checksum of events that does not depend on their order: the sum of their SHA-256, word by word. So the checksum of a log is the sum of
 * the checksums of its streams, and neither needs memory. It covers stream, version, id, type, commit time, metadata and payload, each to
 * the byte; not the index inside a commit, which a store may have to raise on import. Against accidents, not against forgers.
 */
export class HistoryDigest {
  private readonly sum = new Uint32Array(WORDS);

  add(event: StoredEvent): void {
    // No store keeps a NUL, so the parts cannot run into each other.
    const { streamId, version, eventId, type, metadata, data } = event;
    const text = `${streamId}\0${version}\0${eventId}\0${type}\0${commitTimeOf(event)}\0${metadata}\0${data}`;
    const hash = createHash('sha256').update(text).digest();
    for (let at = 0; at < WORDS; at++) this.sum[at] = (this.sum[at] as number) + hash.readUInt32BE(at * 4);
  }

  /** 64 hexadecimal digits. */
  toString(): string {
    return Array.from(this.sum, (word) => word.toString(16).padStart(8, '0')).join('');
  }
}
