import type { StreamWrite } from '../event-store/append.js';
import type { RowChange } from '../event-store/read-models.js';
import type { CommonMetadata } from '../event-store/repository-recording.js';
import type { IncomingMessage } from '../messaging/incoming-message.js';
import type { Effects, Origin, Outgoing } from '../messaging/outgoing.js';
import { inTrace } from '../telemetry/trace-context.js';
import type { Tracing } from '../telemetry/tracing.js';

/** What the handlers of a batch send, for its commit. */
export class SentMessages {
  readonly writes: StreamWrite[] = [];
  readonly changes: RowChange[] = [];

  constructor(
    readonly outgoing: Outgoing,
    readonly tracing: Pick<Tracing, 'outgoing'>,
  ) {}

  add<T extends Effects>(effects: T): T {
    this.writes.push(...effects.writes);
    this.changes.push(...effects.changes);
    return effects;
  }
}

/** Where the messages come from that are sent while one is handled; each has the next ordinal. */
export class MessageOrigin {
  private ordinal = 0;

  constructor(
    private readonly key: string,
    private readonly incoming: IncomingMessage,
    private readonly tracing: Pick<Tracing, 'outgoing'>,
  ) {}

  next(): Origin {
    const { incoming, tracing } = this;
    const metadata = inTrace(followingMessage(incoming), tracing.outgoing(incoming.metadata));
    return { id: this.key, ordinal: this.ordinal++, metadata };
  }
}

/** Metadata of what follows from a message: its correlation and trace; the message is the cause. */
export function followingMessage({ id, metadata }: IncomingMessage): CommonMetadata {
  const { correlationId = id, traceparent, tracestate } = metadata;
  return { correlationId, causationId: id, ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
}
