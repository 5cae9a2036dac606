import type { EventStore } from '../event-store/event-store.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { TransportMessage } from '../messaging/transport.js';
import type { EventBatch, EventFailure, EventHandler } from '../subscriptions/event-handler.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { isAborted } from '../support/abort.js';
import type { Clock } from '../support/clock.js';
import { messageOf } from '../support/message-of.js';
import type { Logger } from '../telemetry/logger.js';
import type { EventMapper } from './event-mapper.js';
import type { TopicPublisher } from './topic-publisher.js';

export interface PublicationHandlerParts {
  readonly mapper: EventMapper;
  readonly publisher: TopicPublisher;
  readonly store: Pick<EventStore, 'cursors' | 'readModels'>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly caller: string;
  readonly publishDeadlineMs: number;
}

/** Why a topic does not take messages. */
export interface TopicFault {
  readonly message: string;
  /** When it was last tried: RFC 3339. */
  readonly at: string;
}

/** A message, and where in the batch its event is. */
interface Planned {
  readonly at: number;
  readonly message: TransportMessage;
}

/**
 * Maps a batch, publishes what it gives, then commits the advance: a message is on its topic before the cursor has passed its event, so that
 * a crash in between repeats it, and loses nothing. Nothing of a batch is published in which a mapping fails.
 */
export class PublicationHandler implements EventHandler {
  /** Messages that the topic has taken, repeats included. */
  messages = 0;
  /** While the topic takes nothing. */
  fault: TopicFault | undefined;

  constructor(private readonly parts: PublicationHandlerParts) {}

  async apply(batch: EventBatch): Promise<EventFailure | undefined> {
    const planned: Planned[] = [];
    const failure = (await this.plan(batch, planned)) ?? (await this.publish(batch, planned));
    if (failure !== undefined) return failure;
    await this.commit(batch);
    return undefined;
  }

  passes(event: StoredEvent): boolean {
    return !this.parts.mapper.takes(event);
  }

  policyOf(event: StoredEvent): HandlerPolicy {
    return this.parts.mapper.policyOf(event);
  }

  private async plan({ events, signal }: EventBatch, planned: Planned[]): Promise<EventFailure | undefined> {
    for (const [at, event] of events.entries()) {
      try {
        for (const message of await this.parts.mapper.messagesOf(event, signal)) planned.push({ at, message });
      } catch (error) {
        if (isAborted(signal)) throw error;
        return { at, error };
      }
    }
    return undefined;
  }

  private async publish({ events, signal }: EventBatch, planned: readonly Planned[]): Promise<EventFailure | undefined> {
    if (planned.length === 0) return undefined;
    const { publisher, telemetry, caller, publishDeadlineMs: deadlineMs } = this.parts;
    const messages = planned.map(({ message }) => message);
    const published = [...new Set(planned.map(({ at }) => events[at] as StoredEvent))];
    const refusal = await telemetry.tracing
      .publishing({ destination: publisher.topic, events: published }, () => publisher.publish(messages, { deadlineMs, signal, caller }))
      .catch((error: unknown) => this.failed(error, signal));
    this.fault = undefined;
    this.messages += refusal?.at ?? planned.length;
    return refusal && { at: planned[refusal.at]?.at ?? 0, error: refusal.error };
  }

  /** Said once, not with every try. */
  private failed(error: unknown, signal: AbortSignal): never {
    if (isAborted(signal)) throw error;
    const { clock, logger, publisher } = this.parts;
    const message = messageOf(error);
    if (this.fault === undefined) logger.warn({ topic: publisher.topic, reason: message }, 'a topic takes no messages; it is tried again');
    this.fault = { message, at: new Date(clock.now()).toISOString() };
    throw error;
  }

  private async commit({ advance, changes, signal }: EventBatch): Promise<void> {
    const { store, caller } = this.parts;
    if (changes === undefined || changes.length === 0) return store.cursors.advance([advance], { caller, signal });
    const batch = await store.readModels.openBatch({ rows: 'stream', caller, signal });
    await batch.commit(changes, advance);
  }
}
