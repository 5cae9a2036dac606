import { EventspanError } from './eventspan-error.js';

/** The stream was not at the expected version; the append left nothing behind. Code `VERSION_CONFLICT`. */
export class VersionConflictError extends EventspanError {
  readonly streamId: string;
  readonly expected: string | number;
  readonly actual: number;

  constructor(streamId: string, expected: string | number, actual: number) {
    super('VERSION_CONFLICT', { streamId, expected, actual });
    this.streamId = streamId;
    this.expected = expected;
    this.actual = actual;
  }
}

/** The store did not say whether the append took effect. Code `OUTCOME_UNKNOWN`; repeat with the same `eventIds`. */
export class OutcomeUnknownError extends EventspanError {
  readonly eventIds: readonly string[];

  constructor(operation: string, eventIds: readonly string[], cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('OUTCOME_UNKNOWN', { operation, eventIds, reason }, { cause });
    this.eventIds = eventIds;
  }
}

/** Another instance has taken this cursor; nothing of the refused batch was written. Code `CURSOR_LOST`. */
export class CursorLostError extends EventspanError {
  constructor(consumer: string, shard: number | readonly number[], token: number | readonly number[]) {
    super('CURSOR_LOST', { consumer, shard, token });
  }
}
