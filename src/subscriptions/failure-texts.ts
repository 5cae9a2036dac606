import { isEventspanError } from '../errors/eventspan-error.js';
import { messageOf } from '../support/message-of.js';

const MAX_MESSAGE_BYTES = 4_096;
const MAX_STACK_BYTES = 8_192;

/** What is kept of an error: texts that every store takes, whatever was thrown. */
export interface FailureTexts {
  readonly code: string | null;
  /** At most 4 KiB. */
  readonly message: string;
  /** At most 8 KiB. */
  readonly stack: string | null;
}

export function failureTexts(error: unknown): FailureTexts {
  const stack = textOf(() => (error instanceof Error ? error.stack : undefined));
  return {
    code: isEventspanError(error) ? error.code : null,
    message: bounded(textOf(() => messageOf(error)) ?? 'what was thrown has no text', MAX_MESSAGE_BYTES),
    stack: stack === undefined ? null : bounded(stack, MAX_STACK_BYTES),
  };
}

/** Getters and `toString` of what users throw may throw themselves. */
function textOf(read: () => unknown): string | undefined {
  try {
    const text = read();
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Cut to so many bytes of UTF-8, a lone surrogate and what the cut leaves of a character replaced, and NUL too, since no store takes them. */
function bounded(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text.slice(0, maxBytes), 'utf8');
  return bytes.subarray(0, maxBytes).toString('utf8').replaceAll('\0', '\u{fffd}');
}
