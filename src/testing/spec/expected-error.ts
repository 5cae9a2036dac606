import { isDeepStrictEqual } from 'node:util';
import type { Constructor } from '../../messages/constructor.js';
import { messageOf } from '../../support/message-of.js';

/** An error class, a code or part of the message, an expression on the message, properties, or a function that accepts. */
export type ExpectedError = Constructor<Error> | string | RegExp | Readonly<Record<string, unknown>> | ((error: unknown) => boolean);

/** Whether `error` is as expected. */
export function matchesError(error: unknown, expected: ExpectedError): boolean {
  if (typeof expected === 'string') return codeOf(error) === expected || messageOf(error).includes(expected);
  if (expected instanceof RegExp) return expected.test(messageOf(error));
  if (isErrorClass(expected)) return error instanceof expected;
  if (typeof expected === 'function') return expected(error);
  return Object.entries(expected).every(([name, value]) => isDeepStrictEqual(propertyOf(error, name), value));
}

/** `LoanClosed: the loan is approved` */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.constructor.name}: ${error.message}` : `the value ${String(error)}`;
}

function isErrorClass(value: ExpectedError): value is Constructor<Error> {
  return typeof value === 'function' && (value === Error || value.prototype instanceof Error);
}

function codeOf(error: unknown): unknown {
  return propertyOf(error, 'code');
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}
