import type { ErrorDescription } from '../error-description.js';

/** Decorators and registry: found when classes are defined or the application is opened. */
export const DEFINITION_CODES = {
  NAME_INVALID: {
    message: 'The name {value} of {what} is not usable.',
    remedy: 'Use 1 to 128 letters, digits, dots, dashes or underscores, beginning with a letter.',
  },
} as const satisfies Record<string, ErrorDescription>;
