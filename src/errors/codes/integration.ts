import type { ErrorDescription } from '../error-description.js';

/** Messages to and from other systems. */
export const INTEGRATION_CODES = {
  MESSAGE_UNREADABLE: {
    message: 'A message cannot be read as {format}: {reason}.',
    remedy: 'Correct its publisher, or give the consumer a format that reads it.',
  },
} as const satisfies Record<string, ErrorDescription>;
