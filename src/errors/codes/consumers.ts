import type { ErrorDescription } from '../error-description.js';

/** Consumers of the log, and what their handlers send. */
export const CONSUMER_CODES = {
  OUTGOING_UNCONFIGURED: {
    message: 'This application is not set up for {what}, and a handler used them.',
    remedy: 'Configure them in Eventspan.open.',
  },
} as const satisfies Record<string, ErrorDescription>;
