import { PubSub } from '@google-cloud/pubsub';
import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  defineTopicConsumer,
  ensureTransports,
  Event,
  Eventspan,
  Handle,
  onMessage,
  type EventspanOptions,
} from 'eventspan';
import { pubsub } from 'eventspan/pubsub';
import { makePlace, providerOf } from './verify/places.js';

@Event('ping.sent')
class PingSent {
  constructor(readonly at: number) {}
}

@Command('ping.send', { aggregateId: ({ id }: SendPing) => id })
class SendPing {
  constructor(
    readonly id: string,
    readonly at: number,
  ) {}
}

@Aggregate('ping')
class Ping extends AggregateRoot {
  protected last = 0;

  @Handle(SendPing, { stream: 'new' })
  send({ at }: SendPing): void {
    this.record(new PingSent(at));
  }

  @Apply(PingSent)
  protected onSent({ at }: PingSent): void {
    this.last = at;
  }
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

const PROJECT = 'bench';
const SAMPLES = 300;
const PAUSE_MS = 20;

/** From a publish to the callback of the bare client, and from a command to the handler of a consumer: append, relay, topic, inbox. */
export async function latencies(host: string): Promise<Readonly<Record<string, Latency>>> {
  return { 'bare publish to receive': await bare(host), 'append to handled, sqlite': await consumer(host) };
}

async function bare(host: string): Promise<Latency> {
  const client = new PubSub({ projectId: PROJECT, apiEndpoint: host, emulatorMode: true });
  const [topic] = await client.createTopic('latency-bare');
  const [subscription] = await topic.createSubscription('latency-bare-s');
  const taken: number[] = [];
  subscription.on('message', (message) => {
    taken.push(performance.now() - Number(message.data.toString()));
    message.ack();
  });
  await paced(() => topic.publishMessage({ data: Buffer.from(String(performance.now())) }));
  await untilAll(taken);
  await subscription.close();
  await client.close();
  return percentiles(taken);
}

async function consumer(host: string): Promise<Latency> {
  const { place, remove } = await makePlace('sqlite');
  const taken: number[] = [];
  const pings = defineTopicConsumer({
    name: 'pings',
    topic: 'own',
    on: [onMessage(PingSent, ({ at }) => void taken.push(performance.now() - at))],
  });
  const topic = { project: PROJECT, topic: 'latency-ours', emulatorHost: host };
  const options: EventspanOptions = {
    store: providerOf(place),
    transport: pubsub(topic),
    topics: { own: pubsub(topic) },
    aggregates: [Ping],
    consumers: [pings],
    roles: ['commands', 'relay', 'consumers'],
  };
  await ensureTransports(options);
  const app = await Eventspan.open(options);
  await app.start();
  await paced((at) => app.execute(new SendPing(String(at), performance.now())));
  await untilAll(taken);
  await app.stop();
  await remove();
  return percentiles(taken);
}

async function paced(send: (at: number) => Promise<unknown>): Promise<void> {
  const sending: Promise<unknown>[] = [];
  for (let at = 0; at < SAMPLES; at++) {
    sending.push(send(at));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  await Promise.all(sending);
}

async function untilAll(taken: readonly number[]): Promise<void> {
  const giveUpAt = performance.now() + 60_000;
  while (taken.length < SAMPLES) {
    if (performance.now() > giveUpAt) throw new Error(`${taken.length} of ${SAMPLES} messages came`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function percentiles(taken: readonly number[]): Latency {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (share: number): number => Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1));
  return { p50: at(0.5), p99: at(0.99) };
}
