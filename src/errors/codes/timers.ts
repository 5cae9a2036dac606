import type { ErrorDescription } from '../error-description.js';

/** Timers. */
export const TIMER_CODES = {
  CRON_INVALID: {
    message: 'The cron expression {cron} in the time zone {timeZone} cannot be used: {reason}.',
    remedy:
      'Give five or six fields (minute hour day month weekday, with seconds before them), and an IANA time zone such as Europe/Berlin.',
  },
} as const satisfies Readonly<Record<string, ErrorDescription>>;
