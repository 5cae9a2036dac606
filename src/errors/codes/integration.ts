import type { ErrorDescription } from '../error-description.js';

/** Messages to and from other systems. */
export const INTEGRATION_CODES = {
  MESSAGE_UNREADABLE: {
    message: 'A message cannot be read as {format}: {reason}.',
    remedy: 'Correct its publisher, or give the consumer a format that reads it.',
  },
  PUBLICATION_INVALID: {
    message: 'The publication {publication} cannot be used: {reason}.',
    remedy: 'Correct the class or the publication call; see the reason.',
  },
  PUBLICATION_RESULT_INVALID: {
    message: 'A mapping of the publication {publication} gave {found}.',
    remedy: 'Return an instance of an @Event class, an array of them, or undefined.',
  },
  TOPIC_UNKNOWN: {
    message: 'There is no topic {topic}, which {usedBy} needs; there are: {known}.',
    remedy: 'List it in topics of Eventspan.open.',
  },
} as const satisfies Record<string, ErrorDescription>;
