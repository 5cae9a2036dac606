import type { Constructor } from '../messages/constructor.js';
import type { IncomingMessage, ReceivedMessage } from '../messaging/incoming-message.js';

/** What has become of a message, for whoever brought it. All but `given-back` are durable. */
export type MessageOutcome = 'handled' | 'repeat' | 'passed' | 'skipped' | 'dead' | 'given-back';

/** Why a message is a dead letter. `behind`: an earlier one of its key is. */
export type DeadReason = 'failed' | 'timed-out' | 'unreadable' | 'behind';

/** That a message will not be handled. What is left to do is to keep it. */
export interface Verdict {
  readonly reason: DeadReason;
  readonly error: unknown;
}

/** A message that the consumer has in hand. */
export interface HeldMessage {
  /** In the inbox. */
  readonly id: string;
  /** Messages of one key are handled one after another; of an unordered consumer, its own id. */
  readonly key: string;
  readonly received: ReceivedMessage;
  /** Absent where it cannot be read. */
  readonly incoming: IncomingMessage | undefined;
  readonly event: Constructor | undefined;
  readonly bytes: number;
  readonly arrivedAt: number;
  /** Who is to be told; several where it came again while it was in hand. */
  readonly answers: ((outcome: MessageOutcome) => void)[];
  /** Tries that failed. */
  attempts: number;
  firstFailedAt: number;
  /** It is not looked at before (milliseconds since 1970). */
  notBefore: number;
  verdict: Verdict | undefined;
}
