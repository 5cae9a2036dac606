import type { ErrorDescription } from '../error-description.js';

/** Executing commands. */
export const COMMAND_CODES = {
  COMMAND_UNKNOWN: {
    message: 'No handler is registered for the command {command}.',
    remedy: 'List its aggregate or command handler in Eventspan.open.',
  },
  COMMAND_UNROUTED: {
    message: 'Nobody is known to take the command {command}, so it cannot be sent.',
    remedy: 'List its aggregate or command handler in Eventspan.open, or in remoteCommands where another service on the same log takes it.',
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
  INLINE_PROJECTION_FAILED: {
    message: 'The inline projector {projector} failed on {type} of {streamId}, and with it the command: {reason}',
    remedy: 'Correct the handler, or let the projector follow the log (lifecycle: async); nothing was written.',
  },
  INLINE_BUDGET_EXCEEDED: {
    message: 'The inline projectors {projectors} would change {mutations} cells and rows with one append; at most {budget} are allowed.',
    remedy: 'Let the projector follow the log (lifecycle: async), write less, or raise projections.inlineMutations; nothing was written.',
  },
  INLINE_POSITION_UNKNOWN: {
    message: 'The inline projector {projector} asked for the position of {type} of {streamId}, which is not known before the commit.',
    remedy: 'Use streamId and version, or let the projector follow the log (lifecycle: async).',
  },
  INLINE_UNFENCED: {
    message: 'The inline projector {projector} used {what} for an event of {streamId} that is appended at whatever version.',
    remedy: 'Append to the stream with an exact expected version, or write the row without having read it.',
  },
  INLINE_VERSION_MISSING: {
    message: 'Version {live} of the inline projector {projector} is live, and this process has {known}.',
    remedy: 'List that version too until another one is live, or rebuild the projection with this code while nothing is appended.',
  },
} as const satisfies Record<string, ErrorDescription>;
