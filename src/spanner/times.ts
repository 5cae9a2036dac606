import type { Timestamp } from './protocol.js';

/** RFC 3339, UTC, nine digits of fraction, from a protobuf Timestamp. */
export function timeOfTimestamp({ seconds, nanos }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${whole}.${String(nanos).padStart(9, '0')}Z`;
}

/** A protobuf Timestamp from {@link timeOfTimestamp}'s text. */
export function timestampOf(time: string): Timestamp {
  return { seconds: Date.parse(`${time.slice(0, 19)}Z`) / 1_000, nanos: Number(time.slice(20, 29)) };
}

/** RFC 3339, UTC, nine digits, from the text of a TIMESTAMP cell, which has as many digits as it needs. */
export function timeOfCell(text: string): string {
  return `${text.slice(0, 19)}.${text.slice(20, -1).padEnd(9, '0')}Z`;
}
