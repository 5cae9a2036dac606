import type { ErrorDescription } from '../error-description.js';

/** Relay, transports and delivery. */
export const MESSAGING_CODES = {
  PUBLISH_FAILED: {
    message: 'Publishing {count} messages of shard {shard} failed: {reason}.',
    remedy: 'The relay sends the same batch again; see the reason if it goes on.',
    retryable: true,
  },
  MESSAGE_REFUSED: {
    message: 'The transport refused the message {eventId} of shard {shard} for good: {reason}.',
    remedy: 'Correct the topic or the event; the shard stops before it and goes on once it is accepted.',
  },
  BATCH_INVALID: {
    message: 'The messages cannot be published together: {reason}.',
    remedy: 'Publish messages of one ordering key at a time, at most {maxMessages} and {maxBytes} bytes.',
  },
  TRANSPORT_CLOSED: {
    message: 'The transport {transport} is closed; {operation} needs it open.',
    remedy: 'Open it anew from its provider.',
  },
  TRANSPORT_UNAVAILABLE: {
    message: 'The transport {transport} cannot be reached: {reason}.',
    remedy: 'Check host, credentials and network; it is tried again.',
    retryable: true,
  },
  SUBSCRIPTION_DIFFERS: {
    message: 'The {resource} has {setting} {found}, and {wanted} is configured; that cannot be changed.',
    remedy: 'Delete and create it anew, or configure what it has.',
  },
  TRANSPORT_MISSING: {
    message: 'The {resource} does not exist.',
    remedy: 'Run: npx eventspan ensure, or configure ensure: create.',
  },
  ENVELOPE_INVALID: {
    message: 'A message cannot be read as an Eventspan envelope: {attribute} is {value}.',
    remedy: 'Publish to this topic by the relay alone.',
  },
} as const satisfies Record<string, ErrorDescription>;
