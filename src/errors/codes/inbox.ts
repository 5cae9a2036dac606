import type { ErrorDescription } from '../error-description.js';

/** Consumers of topics, their inbox and dead letters, and pushed messages. */
export const INBOX_CODES = {
  CONSUMER_BUSY: {
    message: 'The consumer {consumer} has {messages} messages in hand and takes no more now.',
    remedy: 'Send the message again later.',
    retryable: true,
  },
  CONSUMER_NOT_RUNNING: {
    message: 'The consumer {consumer} does not run.',
    remedy: 'Send the message again later, or start the application.',
    retryable: true,
  },
  MESSAGE_BEHIND: {
    message: 'An earlier message of {key} is a dead letter; this one waits behind it.',
    remedy: 'Re-drive, edit or discard the first dead letter of the key.',
  },
  MESSAGE_CUT: {
    message: 'The message was too large to be kept whole.',
    remedy: 'Edit it to a whole one, or discard it.',
  },
  DEAD_LETTER_UNKNOWN: {
    message: 'The message {messageId} is not a dead letter of {consumer}.',
    remedy: 'Look at: npx eventspan dead-letters list.',
  },
  DEAD_LETTER_SELECTION_INVALID: {
    message: 'The selection of dead letters is not valid: it names nothing.',
    remedy: 'Name a message with its consumer, a reason, a code, a consumer, or all: true.',
  },
  DEAD_LETTERS_NOT_SETTLED: {
    message: '{pending} of the requests for dead letters were not carried out within {timeoutMs} ms.',
    remedy: 'Look whether a process runs the consumer; the requests stay and are carried out by the next one.',
    retryable: true,
  },
  PUSH_TOKEN_REFUSED: {
    message: 'The token of a pushed message is refused: {reason}.',
    remedy: 'Compare audience, issuer and service account of the push subscription with the options of pushEndpoint.',
  },
  PUSH_BODY_TOO_LARGE: {
    message: 'A pushed body has more than {maxBytes} bytes.',
    remedy: 'Raise maxBodyBytes of pushEndpoint, or publish smaller messages.',
  },
  PUSH_MALFORMED: {
    message: 'A request is no pushed message: {reason}.',
    remedy: 'Send only Pub/Sub push subscriptions to this endpoint.',
  },
  PUSH_KEYS_UNAVAILABLE: {
    message: 'The keys that tokens are checked with cannot be read: {reason}.',
    remedy: 'Check the network; the message comes again.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorDescription>;
