import type { ErrorDescription } from '../error-description.js';

/** Process managers. */
export const PROCESS_CODES = {
  PROCESS_INVALID: {
    message: 'The process manager {process} cannot be used: {reason}.',
    remedy: 'Correct the class or the defineProcessManager call; see the reason.',
  },
  PROCESS_NAME_TAKEN: {
    message: 'The process manager {process} has the name of another {what}, and their streams would be the same.',
    remedy: 'Give it another name, or list it once.',
  },
  PROCESS_ID_INVALID: {
    message: 'The process manager {process} correlates {type} with {value}, which is no id of a process.',
    remedy: 'Let correlate answer a text of 1 to 150 characters that a stream id may have, or undefined.',
  },
  PROCESS_FAILED: {
    message: 'The process {process} {processId} cannot handle {type}: {reason}',
    remedy: 'Correct the process manager, then re-drive the stream.',
  },
  PROCESS_DECISION_INVALID: {
    message: 'The handler of {type} in the process manager {process} decided what cannot be: {reason}.',
    remedy: 'Correct the handler.',
  },
  PROCESS_STATE_UNREADABLE: {
    message: 'The state of the process {process} {processId} has version {stored}, and this program has {version}: {reason}.',
    remedy: 'Deploy the newer version everywhere, or give upcastState to the process manager; then re-drive the stream.',
  },
  PROCESS_STREAM_FOREIGN: {
    message: 'The stream {streamId} of the process {process} {processId} ends with {type}, which is not of a process.',
    remedy: 'Give aggregate or process manager another name, so that their streams differ.',
  },
  PROCESS_WAITING_FULL: {
    message: 'The process {process} {processId} is parked, and {waiting} messages wait for it, which is the most that it keeps.',
    remedy: 'Resume it, then re-drive the stream.',
  },
  PROCESS_UNKNOWN: {
    message: 'There is no process {process} {processId}.',
    remedy: 'Look at: npx eventspan processes list.',
  },
  PROCESS_STATUS_WRONG: {
    message: 'The process {process} {processId} is {status}, and it must be {needed} for {request}.',
    remedy: 'Look at: npx eventspan processes show {process} {processId}.',
  },
  PROCESS_REQUEST_UNSETTLED: {
    message: 'What was asked for the process {process} {processId} was not carried out within {timeoutMs} ms.',
    remedy: 'Look whether a service runs the process manager; the request stays in the log and is carried out by the next one.',
    retryable: true,
  },
  PROCESS_SPEC_FAILED: {
    message: 'The spec of the process manager {process} failed: {reason}',
    remedy: 'Correct the process manager or the spec.',
  },
} as const satisfies Record<string, ErrorDescription>;
