import { isStorableText } from '../event-store/well-formed.js';
import type { ReceivedMessage } from '../messaging/incoming-message.js';
import { messageBytes } from '../messaging/publish-limits.js';
import type { Clock } from '../support/clock.js';
import type { Logger } from '../telemetry/logger.js';
import type { HeldMessage, MessageOutcome } from './held-message.js';
import type { InboxCounts } from './inbox-status.js';
import { inboxIdOf, unreadableIdOf } from './message-id.js';
import type { MessageLanes } from './message-lanes.js';
import type { RecentMessages } from './recent-messages.js';
import type { DecodedEnvelope, MessageReader } from './read-message.js';

export interface IntakeOptions {
  readonly consumer: string;
  readonly reader: MessageReader;
  readonly lanes: MessageLanes;
  readonly counts: InboxCounts;
  readonly recent: RecentMessages;
  readonly isOrdered: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Unknown types that are logged, each once. */
const MAX_LOGGED = 1_000;
const MAX_KEY_CHARACTERS = 1_024;

/** Takes messages in hand, whatever they hold. */
export class Intake {
  private readonly logged = new Set<string>();

  constructor(private readonly options: IntakeOptions) {}

  /** `answer` is called once, when what became of the message is durable, or when it is given back. Never throws. */
  take(received: ReceivedMessage, answer: (outcome: MessageOutcome) => void): void {
    const envelope = this.options.reader.decode(received);
    if (envelope.kind === 'passed') return this.pass(envelope, answer);
    const id = envelope.incoming === undefined ? unreadableIdOf(received) : inboxIdOf(envelope.incoming);
    if (this.options.recent.has(id)) {
      this.options.counts.settled('repeat');
      return answer('repeat');
    }
    const held = this.options.lanes.find(id);
    if (held !== undefined) held.answers.push(answer);
    else this.options.lanes.add({ ...this.held(received, envelope, id), answers: [answer] });
  }

  private held(received: ReceivedMessage, envelope: Exclude<DecodedEnvelope, { kind: 'passed' }>, id: string): HeldMessage {
    const now = this.options.clock.now();
    const { incoming } = envelope;
    return {
      id,
      key: this.keyOf(received, incoming?.subject) ?? id,
      received,
      incoming,
      event: envelope.kind === 'taken' ? envelope.event : undefined,
      bytes: messageBytes(received),
      arrivedAt: received.publishedAt?.getTime() ?? now,
      answers: [],
      attempts: 0,
      firstFailedAt: 0,
      notBefore: 0,
      verdict: envelope.kind === 'unreadable' ? { reason: 'unreadable', error: envelope.error } : undefined,
    };
  }

  /** What keeps the order; nothing where the message names nothing that does. */
  private keyOf({ orderingKey }: ReceivedMessage, subject: string | undefined): string | undefined {
    if (!this.options.isOrdered) return undefined;
    if (subject !== undefined) return subject;
    const isUsable = orderingKey !== '' && orderingKey.length <= MAX_KEY_CHARACTERS && isStorableText(orderingKey);
    return isUsable ? orderingKey : undefined;
  }

  private pass({ incoming, isUnknown }: Extract<DecodedEnvelope, { kind: 'passed' }>, answer: (outcome: MessageOutcome) => void): void {
    const { counts, logger, consumer } = this.options;
    counts.settled('passed');
    if (isUnknown) {
      counts.passedUnknown++;
      if (this.logged.size < MAX_LOGGED && !this.logged.has(incoming.type)) {
        this.logged.add(incoming.type);
        logger.warn({ consumer, type: incoming.type }, 'messages of a type that is not known here are passed by');
      }
    }
    answer('passed');
  }
}
