import { createHash } from 'node:crypto';

/**
 * An id for what is made of something that has one: the same for the same name, and no other's. UUID version 8 (RFC 9562 §5.8): the first
 * 122 free bits of SHA-256.
 */
export function derivedId(name: string): string {
  const bytes = createHash('sha256').update(`eventspan/${name}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
