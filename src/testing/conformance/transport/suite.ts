import assert from 'node:assert/strict';
import type { AdapterEnvironment } from '../../../event-store/store-provider.js';
import type {
  SubscribeOptions,
  Transport,
  TransportMessage,
  TransportProvider,
  TransportSubscription,
} from '../../../messaging/transport.js';
import { systemClock } from '../../../support/clock.js';
import { silentLogger } from '../../../telemetry/logger.js';
import { RpcCounter } from '../../../telemetry/rpc-observer.js';
import type { TestRunner } from '../event-store/test-runner.js';
import { UniqueNames } from '../event-store/unique-names.js';
import { Inbox } from './inbox.js';

/** A transport that a suite may use. */
export interface TransportUnderTest {
  readonly provider: TransportProvider;
  /** Removes what was made for it. The transports that the suite opened are closed by then. */
  readonly close: () => Promise<void>;
}

/** How much the suite does. */
export interface TransportSuiteOptions {
  /** Messages where many are needed. Default 200. */
  readonly manyMessages?: number;
  /** Milliseconds for one case. Default 30,000. */
  readonly caseTimeoutMs?: number;
  /** Where `describe`, `it`, `beforeAll` and `afterAll` come from. Default: the globals of the runner (Jest, Vitest with globals). */
  readonly runner?: TestRunner;
}

const ROOMY = { maxMessages: 1_000, maxBytes: 100_000_000 };

/** What a case works with: a provider that all cases share, an open transport, and names of its own. */
export class TransportCase {
  readonly environment: AdapterEnvironment = { clock: systemClock, random: Math.random, logger: silentLogger, rpcs: new RpcCounter() };
  private readonly opened: Transport[] = [];
  private count = 0;

  constructor(
    readonly provider: TransportProvider,
    readonly names: UniqueNames,
    readonly options: { readonly manyMessages: number; readonly caseTimeoutMs: number },
  ) {}

  /** Another opening, as another application would have; closed after the case. */
  async open(): Promise<Transport> {
    const transport = await this.provider.open(this.environment);
    this.opened.push(transport);
    return transport;
  }

  /** Subscribes, and collects what comes. */
  async listen(
    transport: Transport,
    options: Partial<SubscribeOptions> = {},
  ): Promise<{ readonly inbox: Inbox; readonly subscription: TransportSubscription }> {
    const inbox = this.inbox();
    const consumer = options.consumer ?? this.names.next('consumer');
    const subscription = await transport.subscribe({ ...ROOMY, onMessage: inbox.onMessage, ...options, consumer });
    return { inbox, subscription };
  }

  inbox(): Inbox {
    return new Inbox(this.options.caseTimeoutMs * 0.8);
  }

  /** A message with an id that no other has. */
  message(orderingKey = 's0', given: Partial<TransportMessage> = {}): TransportMessage {
    const id = `${this.names.next('event')}-${++this.count}`;
    return { orderingKey, data: `{"id":"${id}"}`, ...given, attributes: { 'ce-id': id, ...given.attributes } };
  }

  messages(count: number, orderingKey = 's0'): readonly TransportMessage[] {
    return Array.from({ length: count }, () => this.message(orderingKey));
  }

  async finish(): Promise<void> {
    for (const transport of this.opened) await transport.close();
  }
}

export function idOf(message: TransportMessage): string {
  return message.attributes['ce-id'] ?? assert.fail('a message has no ce-id');
}

export function idsOf(messages: readonly TransportMessage[]): readonly string[] {
  return messages.map(idOf);
}

/** Collects the cases of one concept. */
export class TransportSuite {
  readonly options: Required<Omit<TransportSuiteOptions, 'runner'>>;
  private readonly names = new UniqueNames();
  private current: TransportUnderTest | undefined;

  constructor(
    private readonly runner: TestRunner,
    { manyMessages = 200, caseTimeoutMs = 30_000 }: TransportSuiteOptions,
  ) {
    this.options = { manyMessages, caseTimeoutMs };
  }

  use(current: TransportUnderTest): void {
    this.current = current;
  }

  describe(concept: string, define: () => void): void {
    this.runner.describe(concept, define);
  }

  it(behaviour: string, run: (context: TransportCase) => Promise<void>): void {
    this.runner.it(behaviour, () => this.run(run), this.options.caseTimeoutMs);
  }

  private async run(run: (context: TransportCase) => Promise<void>): Promise<void> {
    const { provider } = this.current ?? assert.fail('makeTransport did not give a transport');
    const context = new TransportCase(provider, this.names, this.options);
    try {
      await run(context);
    } finally {
      await context.finish();
    }
  }
}
