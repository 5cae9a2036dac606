import { EventspanError } from '../errors/eventspan-error.js';

const WIRE_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,127}$/;

/**
 * Throws `NAME_INVALID` unless `value` can be a stored name: 1 to 128 letters, digits, dots, dashes or underscores,
 * beginning with a letter. `what` names its owner in the message.
 */
export function assertWireName(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string' || !WIRE_NAME.test(value)) throw new EventspanError('NAME_INVALID', { value: String(value), what });
}
