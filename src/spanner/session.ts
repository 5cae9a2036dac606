import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { Session } from './protocol.js';
import type { Sending, SpannerRequests } from './requests.js';

/** The service keeps a multiplexed session 28 days. */
const MAX_AGE_MS = 7 * 24 * 3_600_000;
const CREATE_TIMEOUT_MS = 10_000;
const DELETE_TIMEOUT_MS = 1_000;

/**
 * The one session of a store: multiplexed where the service grants it; the emulator gives a plain one. It is made when first
 * needed, anew when it is old, and anew after {@link forget}.
 */
export class SpannerSession {
  private current: { readonly session: Promise<Session>; readonly madeAt: number } | undefined;

  constructor(
    private readonly requests: SpannerRequests,
    private readonly database: string,
    private readonly environment: AdapterEnvironment,
  ) {}

  async name(): Promise<string> {
    const now = this.environment.clock.now();
    if (this.current === undefined || now - this.current.madeAt > MAX_AGE_MS) this.current = { session: this.create(), madeAt: now };
    const { current } = this;
    try {
      return (await current.session).name;
    } catch (error) {
      if (this.current === current) this.current = undefined;
      throw error;
    }
  }

  /** Says that the service does not know the session any more. */
  async forget(name: string): Promise<void> {
    const { current } = this;
    const session = await current?.session.catch(() => undefined);
    if (session?.name === name && this.current === current) this.current = undefined;
  }

  /** Gives a plain session back; a multiplexed one ends by itself. */
  async close(): Promise<void> {
    const session = await this.current?.session.catch(() => undefined);
    if (session === undefined || session.multiplexed === true) return;
    // One that cannot be given back ends an hour after its last use.
    await this.requests.unary('deleteSession', { name: session.name }, this.sending(DELETE_TIMEOUT_MS)).catch((error: unknown) => {
      this.environment.logger.debug({ error }, 'The Spanner session could not be deleted.');
    });
  }

  private create(): Promise<Session> {
    const request = { database: this.database, session: { multiplexed: true } };
    return this.requests.unary('createSession', request, this.sending(CREATE_TIMEOUT_MS));
  }

  private sending(timeoutMs: number): Sending {
    return { timeoutMs, caller: 'other', session: this.database };
  }
}
