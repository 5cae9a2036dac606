import { EventspanError } from '../../errors/eventspan-error.js';
import type { EventDescription } from '../event-description.js';
import { jsonDifference } from '../upcasting/json-difference.js';
import type { StandardIssue, StandardResult, StandardSchema } from './standard-schema.js';
import { messageOf } from '../../support/message-of.js';

/** Holds payloads to the schema of their event. */
export interface PayloadCheck {
  /** Whether payloads are checked when they are read, too. */
  readonly onRead: boolean;
  /** Throws `PAYLOAD_REFUSED` with paths and messages, `SCHEMA_FAILED` for a schema that throws or does not answer at once. */
  inspect(data: string): void;
}

/** Undefined for an event without schema. */
export function createPayloadCheck({ name, schema, validate }: EventDescription): PayloadCheck | undefined {
  if (schema === undefined) return undefined;
  return { onRead: validate === 'both', inspect: (data) => inspect(name, schema, data) };
}

function inspect(event: string, schema: StandardSchema, data: string): void {
  // A copy of its own: what the schema does to it, or keeps of it, does not matter.
  const result = resultOf(event, schema, JSON.parse(data));
  if (result.issues !== undefined) throw refused(event, result.issues.map(issueText));
  const changed = jsonDifference(JSON.parse(data), result.value);
  if (changed) throw refused(event, [`$${changed.path}: the schema would change it: ${changed.reason}`]);
}

function resultOf(event: string, schema: StandardSchema, value: unknown): StandardResult<unknown> {
  const result = attempt(event, () => schema['~standard'].validate(value));
  if (!isPromise(result)) return result;
  // A promise that is given up must not end the process when it is rejected.
  void Promise.resolve(result).catch(() => undefined);
  throw new EventspanError('SCHEMA_FAILED', { event, reason: 'it answers with a promise, and recording does not wait' });
}

function attempt<R>(event: string, run: () => R): R {
  try {
    return run();
  } catch (cause) {
    const reason = messageOf(cause);
    throw new EventspanError('SCHEMA_FAILED', { event, reason: `it threw (${reason})` }, { cause });
  }
}

function refused(event: string, issues: readonly string[]): EventspanError {
  return new EventspanError('PAYLOAD_REFUSED', { event, issues: issues.join('; ') });
}

/** `$.items[0].price: too small` */
function issueText({ message, path = [] }: StandardIssue): string {
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  return `$${keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')}: ${message}`;
}

function isPromise(value: unknown): value is Promise<StandardResult<unknown>> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
