import { PubSub } from '@google-cloud/pubsub';
import {
  defineTopicConsumer,
  ensureTransports,
  Event,
  Eventspan,
  onMessage,
  type EventspanOptions,
  type TopicConsumerStatus,
} from 'eventspan';
import { pubsub } from 'eventspan/pubsub';
import type { Contestant } from './measure.js';
import { makePlace, providerOf, type Place } from './verify/places.js';

@Event('payment.received')
class PaymentReceived {
  constructor(
    readonly orderId: string,
    readonly amount: number,
  ) {}
}

const PROJECT = 'bench';
const ORDERS = 100;
/** Of the messages that were handled, so many come once more: they must change nothing. */
const REPEATS = 100;
let topics = 0;

/** Messages that wait in a subscription: received and acknowledged by the bare client, and by a consumer with its inbox. */
export function consumerContestants(host: string, messages: number, kinds: readonly Place['kind'][]): readonly Contestant[] {
  return [bare(host, messages), ...kinds.map((kind) => consumer(host, messages, kind))];
}

function clientOf(host: string): PubSub {
  return new PubSub({ projectId: PROJECT, apiEndpoint: host, emulatorMode: true });
}

/** As its documentation shows it, with its own defaults. */
function bare(host: string, messages: number): Contestant {
  return {
    name: 'bare client, receive, ack',
    prepare: async () => {
      const client = clientOf(host);
      const topic = `bare-${++topics}`;
      await client.createTopic(topic);
      const [subscription] = await client.topic(topic).createSubscription(`${topic}-s`, { ackDeadlineSeconds: 60 });
      await fill(client, topic, messages);
      const seen = new Set<string>();
      const work = async (): Promise<number> => {
        await new Promise<void>((resolve) => {
          subscription.on('message', (message) => {
            seen.add(message.attributes['ce-id'] ?? '');
            message.ack();
            if (seen.size === messages) resolve();
          });
        });
        return messages;
      };
      const check = async (): Promise<void> => {
        await subscription.close();
        await client.close();
      };
      return { work, check };
    },
  };
}

function consumer(host: string, messages: number, kind: Place['kind']): Contestant {
  return {
    name: `consumer with inbox, ${kind}`,
    prepare: async () => {
      const { place, remove } = await makePlace(kind);
      const topic = `inbox-${++topics}`;
      let sum = 0;
      const paid = defineTopicConsumer({
        name: 'paid',
        topic: 'bank',
        ordered: 'none',
        on: [onMessage(PaymentReceived, ({ amount }) => void (sum += amount))],
      });
      const bank = pubsub({ project: PROJECT, topic, emulatorHost: host });
      const options: EventspanOptions = { store: providerOf(place), topics: { bank }, consumers: [paid], roles: ['consumers'] };
      await ensureTransports(options);
      const client = clientOf(host);
      await fill(client, topic, messages);
      const app = await Eventspan.open(options);
      const status = (): TopicConsumerStatus => app.status().engines['consumer.paid'] as TopicConsumerStatus;
      const work = async (): Promise<number> => {
        await app.start();
        while (status().handled < messages) await new Promise((resolve) => setTimeout(resolve, 2));
        return messages;
      };
      const check = async (): Promise<void> => {
        if (sum !== messages || status().handled !== messages) throw new Error(`${sum} of ${messages} payments were handled`);
        await fill(client, topic, REPEATS);
        while (status().repeats < REPEATS) await new Promise((resolve) => setTimeout(resolve, 2));
        if (sum !== messages) throw new Error('repeats were handled');
        await client.close();
        await app.stop();
        await remove();
      };
      return { work, check };
    },
  };
}

async function fill(client: PubSub, topic: string, messages: number): Promise<void> {
  const publisher = client.topic(topic, { batching: { maxMessages: 500, maxMilliseconds: 10 } });
  let sending: Promise<string>[] = [];
  for (let at = 0; at < messages; at++) {
    const orderId = `o-${at % ORDERS}`;
    const attributes = {
      'ce-id': `m-${at}`,
      'ce-source': '/bank',
      'ce-type': 'payment.received',
      'ce-specversion': '1.0',
      'ce-subject': orderId,
    };
    sending.push(publisher.publishMessage({ attributes, data: Buffer.from(JSON.stringify({ orderId, amount: 1 })) }));
    if (sending.length === 2_000) {
      await Promise.all(sending);
      sending = [];
    }
  }
  await Promise.all(sending);
}
