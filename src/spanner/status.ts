import { retryDelayMs } from './retry-info.js';
import { messageOf } from '../support/message-of.js';

/** Codes of gRPC that the store tells apart. */
export const STATUS = {
  CANCELLED: 1,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

/**
 * What a failed request means:
 * `aborted`: Spanner gave the transaction up for another; nothing was written.
 * `sessionLost`: the session is gone; nothing was written.
 * `notSent`: no connection; the request did not leave.
 * `ambiguous`: it may have taken effect, or may yet.
 * `refused`: it was understood and turned down; nothing was written.
 */
export type FailureKind = 'aborted' | 'sessionLost' | 'notSent' | 'ambiguous' | 'refused';

const AMBIGUOUS: ReadonlySet<unknown> = new Set([
  STATUS.CANCELLED,
  STATUS.UNKNOWN,
  STATUS.DEADLINE_EXCEEDED,
  STATUS.RESOURCE_EXHAUSTED,
  STATUS.INTERNAL,
  STATUS.UNAVAILABLE,
]);
const NOT_SENT = /No connection established|ECONNREFUSED|Name resolution failed|waiting for LB pick/i;
/** The service's answer for a transaction it has given up, and the emulator's where newer ones have put an end to it. */
const TRANSACTION_LOST = /^(\d+ \w+: )?(Transaction (was )?not found|Invalid transaction ID\.)/i;
const SESSION_LOST = /^(\d+ NOT_FOUND: )?Session (was )?not found/i;

export function kindOf(error: unknown): FailureKind {
  const code = codeOf(error);
  if (code === STATUS.ABORTED) return 'aborted';
  if ((code === STATUS.NOT_FOUND || code === STATUS.FAILED_PRECONDITION) && TRANSACTION_LOST.test(messageOf(error))) return 'aborted';
  if (code === STATUS.NOT_FOUND && SESSION_LOST.test(messageOf(error))) return 'sessionLost';
  if (!AMBIGUOUS.has(code)) return 'refused';
  return NOT_SENT.test(messageOf(error)) ? 'notSent' : 'ambiguous';
}

/** The gRPC code; 0 for what did not come from a request: missing credentials, a closed client. */
export function codeOf(error: unknown): number {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : 0;
}

/**
 * The table whose row was there (ALREADY_EXISTS) or missing (NOT_FOUND); undefined for other errors.
 * The service says `Row [a,1] in table events already exists`, the emulator `Table events: Row {...} already exists.`
 */
export function rowErrorTable(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code !== STATUS.ALREADY_EXISTS && code !== STATUS.NOT_FOUND) return undefined;
  const message = messageOf(error);
  const match = /^(?:\d+ \w+: )?Table (\w+): Row /.exec(message) ?? /^(?:\d+ \w+: )?Row .* in table (\w+) /s.exec(message);
  return match?.[1];
}

/** How long the service asks to wait, in milliseconds, if it does: google.rpc.RetryInfo in the trailers. */
export function retryInfoMs(error: unknown): number | undefined {
  const { metadata } = (error ?? {}) as { readonly metadata?: { get?(name: string): readonly unknown[] } };
  const [encoded] = metadata?.get?.('google.rpc.retryinfo-bin') ?? [];
  return Buffer.isBuffer(encoded) ? retryDelayMs(encoded) : undefined;
}
