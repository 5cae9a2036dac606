import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { Session } from './protocol.js';
import type { Sending, SpannerRequests } from './requests.js';

/** The service keeps a multiplexed session 28 days. */
const MAX_AGE_MS = 7 * 24 * 3_600_000;
const CREATE_TIMEOUT_MS = 10_000;
const DELETE_TIMEOUT_MS = 1_000;

/**
 * The sessions of a store: one, multiplexed, for everything, where the service grants it. It is made when first needed, anew
 * when it is old, and anew after {@link forget}. The emulator gives a plain one, and a plain session carries one transaction
 * at a time (a newer one puts an end to the older); there each read-write transaction has a session to itself while it runs.
 */
export class SpannerSessions {
  private current: { readonly session: Promise<Session>; readonly madeAt: number } | undefined;
  /** Plain sessions that no transaction uses at the moment. */
  private readonly idle = new Set<string>();
  /** Plain sessions with a transaction. */
  private readonly busy = new Set<string>();

  constructor(
    private readonly requests: SpannerRequests,
    private readonly database: string,
    private readonly environment: AdapterEnvironment,
  ) {}

  /** The session for everything but read-write transactions. */
  async name(): Promise<string> {
    return (await this.main()).name;
  }

  /** A session for one read-write transaction, to be given back. */
  async forTransaction(): Promise<string> {
    const main = await this.main();
    if (main.multiplexed === true) return main.name;
    const [free] = this.idle;
    if (free !== undefined) this.idle.delete(free);
    const name = free ?? (await this.create(false)).name;
    this.busy.add(name);
    return name;
  }

  /** Takes a session back that {@link forTransaction} gave, unless it is known to be lost. */
  giveBack(name: string): void {
    if (this.busy.delete(name)) this.idle.add(name);
  }

  /** Says that the service does not know a session any more; then others may be gone too. */
  async forget(name: string): Promise<void> {
    this.idle.clear();
    this.busy.delete(name);
    const { current } = this;
    const main = await current?.session.catch(() => undefined);
    if (main?.name === name && this.current === current) this.current = undefined;
  }

  /** Deletes plain sessions; a multiplexed one ends by itself. */
  async close(): Promise<void> {
    const main = await this.current?.session.catch(() => undefined);
    if (main === undefined || main.multiplexed === true) return;
    await Promise.all([main.name, ...this.idle, ...this.busy].map((name) => this.delete(name)));
  }

  private async main(): Promise<Session> {
    const now = this.environment.clock.now();
    if (this.current === undefined || now - this.current.madeAt > MAX_AGE_MS) this.current = { session: this.create(true), madeAt: now };
    const { current } = this;
    try {
      return await current.session;
    } catch (error) {
      if (this.current === current) this.current = undefined;
      throw error;
    }
  }

  /** One that cannot be deleted ends an hour after its last use. */
  private async delete(name: string): Promise<void> {
    await this.requests.unary('deleteSession', { name }, this.sending(DELETE_TIMEOUT_MS)).catch((error: unknown) => {
      this.environment.logger.debug({ error }, 'A Spanner session could not be deleted.');
    });
  }

  private create(multiplexed: boolean): Promise<Session> {
    const request = { database: this.database, session: { multiplexed } };
    return this.requests.unary('createSession', request, this.sending(CREATE_TIMEOUT_MS));
  }

  private sending(timeoutMs: number): Sending {
    return { timeoutMs, caller: 'other', session: this.database };
  }
}
