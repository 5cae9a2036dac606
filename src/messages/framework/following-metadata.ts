import type { EventMetadata } from '../metadata.js';

/** What the metadata of an event hands on to what follows from it; the process that is behind it only where it is asked for. */
const HANDED_ON = ['actor', 'traceparent', 'tracestate'] as const;
const OF_PROCESS = ['processName', 'processId'] as const;

/** Metadata of what follows from an event: the same correlation, actor and trace; the event is the cause. */
export interface FollowingMetadata {
  readonly correlationId: string;
  readonly causationId: string;
  readonly [name: string]: unknown;
}

/** `withProcess`: the process that sent a command is handed on to what the command records, so that its replies find it. */
export function followingMetadata(metadata: EventMetadata, eventId: string, { withProcess = false } = {}): FollowingMetadata {
  const names: readonly string[] = withProcess ? [...HANDED_ON, ...OF_PROCESS] : HANDED_ON;
  const handed = names.flatMap((name) => (typeof metadata[name] === 'string' ? [[name, metadata[name]] as const] : []));
  return { ...Object.fromEntries(handed), correlationId: metadata.correlationId, causationId: eventId };
}
