import { ERROR_CODES, type ErrorCode } from './codes.js';
import type { ErrorDescription } from './error-description.js';

const MARK = Symbol.for('eventspan.error');

/** The values an error is about; they fill the `{name}` places of its message. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The one error type that Eventspan throws. Catch by `code`; the full table is in `docs/reference/errors.md`.
 *
 * - `code`: stable, SCREAMING_SNAKE.
 * - `details`: the values the message names.
 * - `retryable`: whether the same call may succeed later unchanged.
 * - `cause`: the error of the client or of your code that led to it, if any.
 *
 * `instanceof` works across copies of the package and across realms (jest), by a shared symbol.
 */
export class EventspanError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly retryable: boolean;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: { readonly cause?: unknown } = {}) {
    const description: ErrorDescription = ERROR_CODES[code];
    super(`${fill(description.message, details)} ${fill(description.remedy, details)} [${code}]`, options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
    this.retryable = description.retryable ?? false;
    Object.defineProperty(this, MARK, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !(MARK in value)) return false;
    return this === EventspanError || Function.prototype[Symbol.hasInstance].call(this, value) || nameMatches(this, value);
  }
}

/** True when `error` is an EventspanError, and of the given code if one is given. */
export function isEventspanError(error: unknown, code?: ErrorCode): error is EventspanError {
  return error instanceof EventspanError && (code === undefined || error.code === code);
}

function nameMatches(type: { readonly name: string }, value: object): boolean {
  return 'name' in value && value.name === type.name;
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => render(details[name]));
}

function render(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(render).join(', ');
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return String(value);
}
