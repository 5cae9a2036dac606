import type { Timestamp } from './protocol.js';

/** RFC 3339, UTC, nine digits of fraction, from a protobuf Timestamp. */
export function timeOfTimestamp({ seconds, nanos }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${whole}.${String(nanos).padStart(9, '0')}Z`;
}

/** RFC 3339, UTC, nine digits, from the text of a TIMESTAMP cell, which has as many digits as it needs. */
export function timeOfCell(text: string): string {
  return `${text.slice(0, 19)}.${text.slice(20, -1).padEnd(9, '0')}Z`;
}
