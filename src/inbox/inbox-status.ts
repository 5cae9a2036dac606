import type { CircuitStatus } from '../consumers/circuit.js';
import type { TransportSubscription } from '../messaging/transport.js';
import type { MessageOutcome } from './held-message.js';

/** What a consumer of a topic is doing. Plain data, fit for JSON. */
export interface TopicConsumerStatus {
  readonly state: 'stopped' | 'running' | 'stopping';
  readonly topic: string;
  readonly delivery: 'pull' | 'push';
  /** Of the transport; absent for one that is pushed to, and while it does not run. */
  readonly subscription?: ReturnType<TransportSubscription['status']>;
  readonly circuit: CircuitStatus;
  /** Messages held and not settled. */
  readonly inHand: number;
  readonly inHandBytes: number;
  readonly handled: number;
  /** Messages that came again, and changed nothing. */
  readonly repeats: number;
  /** Messages that are not for it, of unknown types among them. */
  readonly passed: number;
  readonly passedUnknown: number;
  readonly skipped: number;
  /** Messages that went to the dead letters here. */
  readonly died: number;
  /** Messages given back to the broker. */
  readonly givenBack: number;
  readonly retries: number;
  /** Requests that the store did not answer as wanted. */
  readonly faults: number;
  readonly sideEffectFailures: number;
  /** Dead letters that wait, as last counted; 10,000 stands for that many or more. Absent before the first count. */
  readonly deadLetters?: number;
}

/** What is counted while a consumer runs. */
export class InboxCounts {
  readonly outcomes: Record<MessageOutcome, number> = { handled: 0, repeat: 0, passed: 0, skipped: 0, dead: 0, 'given-back': 0 };
  passedUnknown = 0;
  retries = 0;
  faults = 0;
  deadLetters: number | undefined;

  status(): Omit<
    TopicConsumerStatus,
    'state' | 'topic' | 'delivery' | 'subscription' | 'circuit' | 'inHand' | 'inHandBytes' | 'sideEffectFailures'
  > {
    const { outcomes, passedUnknown, retries, faults, deadLetters } = this;
    return {
      handled: outcomes.handled,
      repeats: outcomes.repeat,
      passed: outcomes.passed,
      passedUnknown,
      skipped: outcomes.skipped,
      died: outcomes.dead,
      givenBack: outcomes['given-back'],
      retries,
      faults,
      ...(deadLetters !== undefined && { deadLetters }),
    };
  }

  /** A dead letter was handled. */
  redriven(): void {
    this.outcomes.handled++;
    if (this.deadLetters !== undefined && this.deadLetters > 0) this.deadLetters--;
  }

  settled(outcome: MessageOutcome): void {
    this.outcomes[outcome]++;
    if (outcome === 'dead' && this.deadLetters !== undefined) this.deadLetters++;
  }
}
