import type { ErrorDescription } from '../error-description.js';

/** Consumers of the log, and what their handlers send. */
export const CONSUMER_CODES = {
  CONSUMER_INVALID: {
    message: 'The consumer {consumer} cannot be used: {reason}.',
    remedy: 'Correct the class or the definition; see the reason.',
  },
  CONSUMER_NAME_TAKEN: {
    message: 'Two consumers are called {consumer}.',
    remedy: 'Give one another name, or list it once.',
  },
  CONSUMER_TABLE_TAKEN: {
    message: 'The table {table} is declared by two consumers, {consumers}.',
    remedy: 'Give each consumer tables of its own.',
  },
  CONSUMER_UNKNOWN: {
    message: 'No consumer is called {consumer}; there are: {known}.',
    remedy: 'List it in consumers of Eventspan.open.',
  },
  CIRCUIT_OPEN: {
    message: 'The consumer {consumer} pauses, since what its handlers need is away.',
    remedy: 'Nothing to do: it probes, and goes on once a handler succeeds.',
    retryable: true,
  },
  OUTGOING_UNCONFIGURED: {
    message: 'This application is not set up for {what}, and a handler used them.',
    remedy: 'Configure them in Eventspan.open.',
  },
} as const satisfies Record<string, ErrorDescription>;
