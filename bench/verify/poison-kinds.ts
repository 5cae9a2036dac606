import type { ParkedReason } from 'eventspan';

/** What a sighting does to the handler that takes it. */
export type Mood = 'well' | 'throws' | 'hangs' | 'exits';

/** One way in which an event cannot be handled. */
export interface PoisonKind {
  readonly name: string;
  readonly type: string;
  /** The stored payload. */
  readonly data: () => string;
  /** As it is parked. */
  readonly reason: ParkedReason;
  readonly code?: string;
  /** Corrected code can handle it; what no code can read has to be discarded. */
  readonly canBeMended: boolean;
  /** No store takes the text, so it is put into the file beneath it. */
  readonly isBeneath?: true;
}

export const SIGHTED = 'verify.sighted';
/** A wire name that only corrected code knows. */
export const RELIC = 'verify.relic';

/** One more than the characters of a payload that is read. */
const TOO_MANY = 2_621_441;
const DEPTH = 5_000;
const HOSTILE = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';

export const POISON_KINDS: readonly PoisonKind[] = [
  { name: 'throws', type: SIGHTED, data: () => sighted('throws'), reason: 'failed', canBeMended: true },
  { name: 'hangs', type: SIGHTED, data: () => sighted('hangs'), reason: 'timed-out', code: 'HANDLER_TIMED_OUT', canBeMended: true },
  { name: 'exits', type: SIGHTED, data: () => sighted('exits'), reason: 'killed', code: 'HANDLER_KILLED', canBeMended: true },
  { name: 'hostile-keys', data: () => sighted('well', HOSTILE), ...unreadable('PAYLOAD_UNREADABLE') },
  { name: 'depth-5000', data: () => sighted('well', '['.repeat(DEPTH) + ']'.repeat(DEPTH)), ...unreadable('PAYLOAD_UNREADABLE') },
  { name: 'unknown-type', type: RELIC, data: () => '{"age":3}', reason: 'failed', code: 'EVENT_TYPE_UNKNOWN', canBeMended: true },
  {
    name: 'over-size',
    data: () => sighted('well', `"${'x'.repeat(TOO_MANY - sighted('well', '""').length)}"`),
    ...unreadable('PAYLOAD_TOO_LARGE'),
    isBeneath: true,
  },
];

/** The stored payload of a sighting. */
export function sighted(mood: Mood, note = 'null'): string {
  return `{"mood":"${mood}","note":${note}}`;
}

function unreadable(code: string): Pick<PoisonKind, 'type' | 'reason' | 'code' | 'canBeMended'> {
  return { type: SIGHTED, reason: 'failed', code, canBeMended: false };
}
