const FIELD_1_MESSAGE = 0x0a;
const FIELD_1_VARINT = 0x08;
const FIELD_2_VARINT = 0x10;

/**
 * Milliseconds from an encoded google.rpc.RetryInfo: field 1 is a Duration, whose fields 1 and 2 are seconds and nanoseconds.
 * Undefined where it has another form. Source: google/rpc/error_details.proto.
 */
export function retryDelayMs(retryInfo: Buffer): number | undefined {
  if (retryInfo[0] !== FIELD_1_MESSAGE) return undefined;
  const duration = retryInfo.subarray(2, 2 + (retryInfo[1] ?? 0));
  let ms = 0;
  for (let at = 0; at < duration.length;) {
    const tag = duration[at];
    const { value, next } = varint(duration, at + 1);
    if (tag === FIELD_1_VARINT) ms += value * 1_000;
    else if (tag === FIELD_2_VARINT) ms += Math.ceil(value / 1e6);
    else return undefined;
    at = next;
  }
  return ms;
}

/** Seven bits a byte, the lowest first; the high bit says that more follow. */
function varint(bytes: Buffer, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let at = start;
  for (let factor = 1; at < bytes.length; factor *= 128) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  return { value, next: at };
}
