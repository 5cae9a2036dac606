import type { ErrorDescription } from '../error-description.js';

/** What can and cannot be stored as an event, command or snapshot. */
export const PAYLOAD_CODES = {
  PAYLOAD_NOT_EXACT: {
    message: 'The value at {path} of {type} cannot be stored exactly: {reason}.',
    remedy: 'Record a value that JSON can carry, or give the field a class-transformer @Transform.',
  },
  PAYLOAD_TOO_LARGE: {
    message: 'The {part} of {type} has {size} {unit}; at most {bound} can be stored.',
    remedy: 'Record less, or keep the large part elsewhere and record where.',
  },
  PAYLOAD_UNREADABLE: {
    message: 'The stored payload of {type} cannot be read at {path}: {reason}.',
    remedy: 'Register a class that fits what is stored, or an upcaster for its version.',
  },
  EVENT_NOT_REGISTERED: {
    message: 'The class {className} is not a registered event.',
    remedy: 'Decorate it with @Event and list it by an @Apply, an @On, or events: [...] in Eventspan.open.',
  },
  EVENT_TYPE_UNKNOWN: {
    message: 'No event is registered under the name {type}.',
    remedy: 'Register its class, or give the class that replaced it the alias {type}.',
  },
  EVENT_NOT_APPLIED: {
    message: 'The aggregate {aggregate} has no apply method for the event {type}.',
    remedy: 'Add a method with @Apply({type}).',
  },
} as const satisfies Record<string, ErrorDescription>;
