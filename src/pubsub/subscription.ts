import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { SubscribeOptions, TransportSubscription } from '../messaging/transport.js';
import { nextDelayMs, type Backoff } from '../support/backoff.js';
import type { PubSubClients } from './clients.js';
import { reasonOf } from './grpc-status.js';
import { Intake, type ReceivedMessage } from './intake.js';
import { PullSession } from './pull-session.js';

/** What a subscription works with. */
export interface SubscriptionParts {
  readonly clients: PubSubClients;
  readonly environment: AdapterEnvironment;
  readonly options: SubscribeOptions;
  /** `projects/<project>/subscriptions/<id>` */
  readonly name: string;
  /** Makes sure that the service answers and the subscription is there; throws why not. */
  readonly prepare: () => Promise<void>;
}

const BACKOFF: Backoff = { initialMs: 200, factor: 2, maxMs: 10_000 };
/** A session that lived so long was a good one: the next trouble begins with short waits again. */
const STABLE_MS = 10_000;
/** Without any message for so long the stream is made anew: streams have been seen to stay open and silent. */
const SILENCE_MS = 600_000;

/**
 * A supervised streaming pull. States: open (a session receives); waiting (the service is away, or the subscription is missing:
 * the client's own repeats or a new session bring it back, once `prepare` succeeds); closed (for good).
 */
export class PubSubSubscription implements TransportSubscription {
  private readonly intake: Intake;
  private readonly closing = new AbortController();
  private session: PullSession | undefined;
  private reason: string | undefined;
  private recovering = false;
  private attempt = 0;
  private openedAt = 0;
  private received = 0;
  private closed: Promise<void> | undefined;

  /** Opens the first session; `prepare` has succeeded before. */
  constructor(private readonly parts: SubscriptionParts) {
    this.intake = new Intake(parts.options);
    this.openSession();
    void this.watchSilence();
  }

  status(): ReturnType<TransportSubscription['status']> {
    if (this.isClosed) return { state: 'closed' };
    return this.reason === undefined ? { state: 'open' } : { state: 'waiting', reason: this.reason };
  }

  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  private get isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  private async shutDown(): Promise<void> {
    this.closing.abort(new Error('closed'));
    this.intake.close();
    await this.session?.close();
  }

  private openSession(): void {
    const { clients, options, name, environment } = this.parts;
    this.openedAt = environment.clock.now();
    const events = {
      message: (message: ReceivedMessage) => this.receive(message),
      disturbed: (reason: string) => void this.recover(reason),
      ended: (reason: string) => this.afterSession(reason),
    };
    this.session = new PullSession(clients, name, { options, events });
  }

  private receive(message: ReceivedMessage): void {
    this.received++;
    this.attempt = 0;
    this.intake.add(message);
  }

  private afterSession(reason: string): void {
    this.session = undefined;
    this.intake.forgetHeld();
    if (this.parts.environment.clock.now() - this.openedAt >= STABLE_MS) this.attempt = 0;
    void this.recover(reason);
  }

  /** Waits and tries until the service answers and a session is there. One at a time. */
  private async recover(reason: string): Promise<void> {
    if (this.isClosed) return;
    this.reason = reason;
    if (this.recovering) return;
    this.recovering = true;
    const { logger, clock, random } = this.parts.environment;
    logger.warn({ subscription: this.parts.name, reason }, 'Pub/Sub delivery is interrupted');
    do {
      await clock.sleep(nextDelayMs(BACKOFF, ++this.attempt, random), this.closing.signal).catch(() => undefined);
      await this.tryOnce();
    } while (!this.isClosed && (this.reason !== undefined || this.session === undefined));
    this.recovering = false;
    if (!this.isClosed) logger.info({ subscription: this.parts.name }, 'Pub/Sub delivery goes on');
  }

  private async tryOnce(): Promise<void> {
    if (this.isClosed) return;
    try {
      await this.parts.prepare();
    } catch (error) {
      this.reason = reasonOf(error);
      return;
    }
    if (this.isClosed) return;
    if (this.session === undefined) this.openSession();
    this.reason = undefined;
  }

  private async watchSilence(): Promise<void> {
    while (!this.isClosed) {
      const before = this.received;
      await this.parts.environment.clock.sleep(SILENCE_MS, this.closing.signal).catch(() => undefined);
      if (!this.isClosed && this.received === before && this.intake.isIdle) await this.renew();
    }
  }

  private async renew(): Promise<void> {
    const silent = this.session;
    if (silent === undefined) return;
    this.session = undefined;
    await silent.close();
    this.attempt = 0;
    await this.recover(`no message for ${SILENCE_MS} ms`);
  }
}
