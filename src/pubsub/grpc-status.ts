import { messageOf } from '../support/message-of.js';
/** gRPC status codes that this adapter tells apart. Source: google.rpc.Code. */
export const STATUS = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  aborted: 10,
  internal: 13,
  unavailable: 14,
} as const;

const TRANSIENT: ReadonlySet<number | undefined> = new Set([
  STATUS.cancelled,
  STATUS.unknown,
  STATUS.deadlineExceeded,
  STATUS.resourceExhausted,
  STATUS.aborted,
  STATUS.internal,
  STATUS.unavailable,
]);

/** The gRPC status of a client's error, if it has one. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

export function hasStatus(error: unknown, status: keyof typeof STATUS): boolean {
  return statusOf(error) === STATUS[status];
}

/** True where the same request may succeed in a moment. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(statusOf(error));
}

export function reasonOf(error: unknown): string {
  return messageOf(error);
}
