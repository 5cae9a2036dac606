import type { v1 } from '@google-cloud/pubsub';
import { EventspanError } from '../errors/eventspan-error.js';
import { DEFAULT_DEADLINE_MS, type CallOptions } from '../event-store/call-options.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import { checkBatch, messageRefused, refusalOf } from '../messaging/publish-limits.js';
import type { TransportMessage } from '../messaging/transport.js';
import { isAborted, orAbort, throwIfAborted } from '../support/abort.js';
import { hasStatus, reasonOf } from './grpc-status.js';
import type { PubSubSettings } from './pubsub-options.js';

/** What a publisher works with. */
export interface PublisherParts {
  readonly client: v1.PublisherClient;
  readonly settings: PubSubSettings;
  readonly environment: AdapterEnvironment;
  /** Makes the topic anew when that is allowed; answers whether it did. */
  readonly restoreTopic: () => Promise<boolean>;
}

/** One call of publish, over all its requests. */
interface Call {
  readonly messages: readonly TransportMessage[];
  readonly options: CallOptions;
  readonly giveUpAt: number;
}

/**
 * Publishes by single requests of the generated client, which neither bundles over ordering keys nor repeats on its own: the
 * caller repeats, so that the order of a key is its decision alone.
 */
export class Publisher {
  constructor(private readonly parts: PublisherParts) {}

  async publish(messages: readonly TransportMessage[], options: CallOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    checkBatch(messages);
    const refusals = messages.map(refusalOf);
    const bad = refusals.findIndex((reason) => reason !== undefined);
    const giveUpAt = this.parts.environment.clock.now() + (options.deadlineMs ?? DEFAULT_DEADLINE_MS);
    await this.send({ messages, options, giveUpAt }, 0, bad < 0 ? messages.length : bad);
    if (bad >= 0) throw messageRefused(messages, bad, { text: refusals[bad] ?? '' });
  }

  /** Sends messages [from, to). Where the service refuses them as a whole, halves them, in order, down to the bad one. */
  private async send(call: Call, from: number, to: number): Promise<void> {
    if (from === to) return;
    try {
      await this.requestRestoring(call, call.messages.slice(from, to));
    } catch (error) {
      if (!hasStatus(error, 'invalidArgument')) throw this.failure(error, call);
      if (to - from === 1) throw messageRefused(call.messages, from, { text: reasonOf(error), cause: error });
      const middle = from + Math.ceil((to - from) / 2);
      await this.send(call, from, middle);
      await this.send(call, middle, to);
    }
  }

  private async requestRestoring(call: Call, messages: readonly TransportMessage[]): Promise<void> {
    try {
      await this.request(call, messages);
    } catch (error) {
      if (!hasStatus(error, 'notFound') || !(await this.parts.restoreTopic())) throw error;
      await this.request(call, messages);
    }
  }

  private async request({ options, giveUpAt }: Call, messages: readonly TransportMessage[]): Promise<void> {
    const { client, settings, environment } = this.parts;
    const leftMs = giveUpAt - environment.clock.now();
    if (leftMs <= 0) throw publishFailed(messages, 'the deadline has passed');
    environment.rpcs.sent({ service: 'pubsub', method: 'Publish', caller: options.caller ?? 'other' });
    const request = { topic: settings.topic, messages: messages.map(toPubsubMessage) };
    const timeout = Math.min(settings.publishTimeoutMs, leftMs);
    await orAbort(client.publish(request, { isBundling: false, timeout, retry: null }), options.signal);
  }

  private failure(error: unknown, { messages, options }: Call): unknown {
    if (error instanceof EventspanError || isAborted(options.signal)) return error;
    if (hasStatus(error, 'notFound'))
      return new EventspanError('TRANSPORT_MISSING', { resource: this.parts.settings.topic }, { cause: error });
    return publishFailed(messages, reasonOf(error), error);
  }
}

function publishFailed(messages: readonly TransportMessage[], reason: string, cause?: unknown): EventspanError {
  const shard = messages[0]?.orderingKey.replace(/^s/, '');
  return new EventspanError('PUBLISH_FAILED', { count: messages.length, shard, reason }, { cause });
}

function toPubsubMessage({ data, attributes, orderingKey }: TransportMessage): {
  data: Buffer;
  attributes: Record<string, string>;
  orderingKey: string;
} {
  return { data: Buffer.from(data, 'utf8'), attributes: { ...attributes }, orderingKey };
}
