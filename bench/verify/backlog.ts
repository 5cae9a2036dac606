import { PubSub } from '@google-cloud/pubsub';
import { Command } from 'commander';
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
import { startEmulators } from 'eventspan/testing';
import { makePlace, providerOf } from './places.js';
import { wholeNumber } from './whole-number.js';

@Event('reading.taken')
class ReadingTaken {
  constructor(
    readonly sensor: string,
    readonly text: string,
  ) {}
}

const PROJECT = 'verify';
const TOPIC = 'backlog';
const MEGABYTE = 1024 * 1024;
const BODY_CHARACTERS = 1_000;
/** Milliseconds of each handler. */
const SLOW_MS = 5;

interface Options {
  readonly messages: number;
  readonly seconds: number;
  readonly json: boolean;
}

/** `npm run verify:backlog`: a slow consumer before a large backlog holds what its bounds say, and memory stays flat. */
async function main(): Promise<void> {
  const { messages, seconds, json } = new Command('verify:backlog')
    .option('--messages <n>', 'messages that wait', wholeNumber(1, 1_000_000), 100_000)
    .option('--seconds <n>', 'how long the consumer runs', wholeNumber(1, 3_600), 20)
    .option('--json', 'one JSON line', false)
    .parse()
    .opts<Options>();
  const emulators = await startEmulators({ pubsub: true });
  const host = emulators.pubsub?.host ?? '';
  const { place, remove } = await makePlace('sqlite');
  const slow = defineTopicConsumer({
    name: 'slow',
    topic: 'sensors',
    on: [onMessage(ReadingTaken, () => new Promise((resolve) => setTimeout(resolve, SLOW_MS)))],
  });
  const sensors = pubsub({ project: PROJECT, topic: TOPIC, emulatorHost: host });
  const options: EventspanOptions = { store: providerOf(place), topics: { sensors }, consumers: [slow], roles: ['consumers'] };
  await ensureTransports(options);
  await fill(host, messages);
  const app = await Eventspan.open(options);
  const status = (): TopicConsumerStatus => app.status().engines['consumer.slow'] as TopicConsumerStatus;
  await app.start();
  const rss: number[] = [];
  let most = 0;
  for (let at = 0; at < seconds * 10; at++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    most = Math.max(most, status().inHand);
    rss.push(process.memoryUsage().rss / MEGABYTE);
  }
  const { handled } = status();
  await app.stop();
  await remove();
  await emulators.stop();
  // The first quarter warms up: code is compiled, and the heap finds its size.
  const quarter = Math.floor(rss.length / 4);
  const [early, late] = [Math.max(...rss.slice(quarter, 2 * quarter)), Math.max(...rss.slice(-quarter))];
  const isFlat = late <= early * 1.25 && most <= 1_000 && handled > 0 && handled < messages;
  const result = { messages, handled, mostInHand: most, rssEarlyMb: Math.round(early), rssLateMb: Math.round(late), ok: isFlat };
  console.log(json ? JSON.stringify(result) : result);
  process.exitCode = isFlat ? 0 : 1;
}

async function fill(host: string, messages: number): Promise<void> {
  const client = new PubSub({ projectId: PROJECT, apiEndpoint: host, emulatorMode: true });
  const topic = client.topic(TOPIC, { batching: { maxMessages: 500, maxMilliseconds: 10 } });
  const text = 'x'.repeat(BODY_CHARACTERS);
  for (let first = 0; first < messages; first += 2_000) {
    const page = Array.from({ length: Math.min(2_000, messages - first) }, (_, at) => {
      const sensor = `s-${(first + at) % 1_000}`;
      const ce = {
        'ce-id': `r-${first + at}`,
        'ce-source': '/plant',
        'ce-type': 'reading.taken',
        'ce-specversion': '1.0',
        'ce-subject': sensor,
      };
      return topic.publishMessage({ attributes: ce, data: Buffer.from(JSON.stringify({ sensor, text })) });
    });
    await Promise.all(page);
  }
  await client.close();
}

void main();
