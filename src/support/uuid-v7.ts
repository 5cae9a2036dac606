import { randomFillSync } from 'node:crypto';

/** Where ids come from. */
export type IdGenerator = () => string;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const POOL_BYTES = 4096;

/**
 * UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then a counter that starts at random each millisecond and
 * counts up within it (§6.2, method 1), then random bits. Ids of one generator ascend, also when the clock steps back.
 */
export function uuidV7(now: () => number = Date.now): IdGenerator {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  let lastMs = -1;
  let counter = 0;
  const take = (): number => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    return pool[used++] as number;
  };
  return () => {
    const ms = now();
    if (ms > lastMs) {
      lastMs = ms;
      counter = ((take() << 8) | take()) & 0x7ff;
    } else if (++counter > 0xfff) {
      lastMs++;
      counter = 0;
    }
    return format(lastMs, counter, take);
  };
}

function format(ms: number, counter: number, take: () => number): string {
  const high = Math.floor(ms / 0x10000);
  const hex = (byte: number): string => HEX[byte & 0xff] as string;
  const time = hex(high >>> 24) + hex(high >>> 16) + hex(high >>> 8) + hex(high) + '-' + hex(ms >>> 8) + hex(ms);
  const random = hex(0x80 | (take() & 0x3f)) + hex(take()) + '-' + hex(take()) + hex(take()) + hex(take());
  return `${time}-${hex(0x70 | (counter >>> 8))}${hex(counter)}-${random}${hex(take())}${hex(take())}${hex(take())}`;
}
