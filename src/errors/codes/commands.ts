import type { ErrorDescription } from '../error-description.js';

/** Executing commands. */
export const COMMAND_CODES = {
  COMMAND_UNKNOWN: {
    message: 'No handler is registered for the command {command}.',
    remedy: 'List its aggregate or command handler in Eventspan.open.',
  },
  COMMAND_TARGET_INVALID: {
    message: 'The command {command} names no usable aggregate: its aggregateId gave {value}.',
    remedy: 'Return a non-empty string from aggregateId.',
  },
  STREAM_EXISTS: {
    message: 'The command {command} needs a new stream, and {streamId} has events already.',
    remedy: 'Use another id, or declare the handler with stream: any.',
  },
  STREAM_MISSING: {
    message: 'The command {command} needs an existing stream, and {streamId} has no events.',
    remedy: 'Create it first, or declare the handler with stream: any.',
  },
  COMMAND_ABORTED: {
    message: 'The command {command} was given up: {reason}.',
    remedy: 'Run it again if it is still wanted; with the same commandId it takes effect at most once.',
    retryable: true,
  },
  COMMAND_CONFLICTED: {
    message: 'The command {command} on {streamId} met other writers {attempts} times and was given up.',
    remedy: 'Run it again, or raise conflictRetries.',
    retryable: true,
  },
  COMMAND_NESTED: {
    message: 'The command {command} would wait for {streamId}, whose handler is waiting for this command.',
    remedy: 'Record on the aggregate itself, or execute the command after the handler is done.',
  },
  COMMAND_HANDLER_TAKEN: {
    message: 'The command {command} is handled by {first} and by {second}.',
    remedy: 'Keep one of them, or use two commands.',
  },
  COMMAND_HANDLER_INVALID: {
    message: '{handler} cannot serve as a command handler: it has no execute method.',
    remedy: 'List what commandHandler(...) returned, or an instance (not the class) of a class with @CommandHandler.',
  },
  COMMAND_EVENTS_UNSAVED: {
    message: 'The handler of {command} recorded {count} events on {streamId} and did not save it.',
    remedy: 'Call repository.save(handle), or do not record.',
  },
  COMMAND_WRITE_INVALID: {
    message: 'The handler of {command} cannot write to {streamId}: {reason}.',
    remedy: 'Correct the handler; nothing was written.',
  },
} as const satisfies Record<string, ErrorDescription>;
