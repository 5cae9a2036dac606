import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PubSub } from '@google-cloud/pubsub';
import fastify from 'fastify';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { onMessage } from '../../src/inbox/define-topic-consumer.js';
import { fastifyPush } from '../../src/inbox/push/fastify-push.js';
import { nodePush } from '../../src/inbox/push/node-push.js';
import { pushEndpoint, type PushEndpointOptions, type PushHandler } from '../../src/inbox/push/push-endpoint.js';
import type { TransportMessage } from '../../src/messaging/transport.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { until } from '../support/until.js';
import { addPayment, Harness, PaymentReceived, paymentMessage, type HarnessOptions } from './support/harness.js';

const AUDIENCE = 'https://billing.example/push';
const EMAIL = 'push@project.iam.gserviceaccount.com';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let keys: Keys;
let strangers: Keys;
let jwks: { keys: object[] };
const open: (Harness | Server)[] = [];

beforeAll(async () => {
  keys = await generateKeyPair('RS256');
  strangers = await generateKeyPair('RS256');
  jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] };
});

afterEach(async () => {
  for (const each of open.splice(0)) {
    if (each instanceof Harness) await each.close();
    else await new Promise((resolve) => each.close(resolve));
  }
});

interface TokenOptions {
  readonly audience?: string;
  readonly issuer?: string;
  readonly expiresIn?: string;
  readonly claims?: JWTPayload;
  readonly pair?: Keys;
}

function token({
  audience = AUDIENCE,
  issuer = 'https://accounts.google.com',
  expiresIn = '1h',
  claims,
  pair = keys,
}: TokenOptions = {}): Promise<string> {
  return new SignJWT({ email: EMAIL, email_verified: true, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setIssuedAt()
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(expiresIn)
    .sign(pair.privateKey);
}

async function make(
  options: HarnessOptions = {},
  endpoint: Partial<PushEndpointOptions> = {},
): Promise<{ harness: Harness; push: PushHandler }> {
  const harness = await Harness.make({ delivery: 'push', retry: { attempts: 1 }, ...options });
  open.push(harness);
  await harness.engine.start();
  const app = { receive: (_: string, message: Parameters<typeof harness.engine.receive>[0]) => harness.engine.receive(message) };
  return { harness, push: pushEndpoint({ app, consumer: 'billing', audience: AUDIENCE, email: EMAIL, keys: jwks, ...endpoint }) };
}

function wrapped({ attributes, data, orderingKey }: TransportMessage): string {
  const message = {
    attributes,
    data: Buffer.from(data).toString('base64'),
    messageId: '7',
    orderingKey,
    publishTime: '2026-11-24T05:00:00Z',
  };
  return JSON.stringify({ message, subscription: 'projects/p/subscriptions/s' });
}

async function request(body: string, authorization?: string, more: Record<string, string> = {}): Promise<Request> {
  const headers = { authorization: authorization ?? `Bearer ${await token()}`, 'content-type': 'application/json', ...more };
  return new Request('http://x/push', { method: 'POST', body, headers });
}

describe('a push endpoint', () => {
  it('answers 204 when the message is handled, and when it comes again', async () => {
    const { harness, push } = await make();
    const body = wrapped(paymentMessage('o-1', 5, { id: 'a' }));
    expect((await push(await request(body))).status).toBe(204);
    expect((await push(await request(body))).status).toBe(204);
    expect(await harness.row('o-1')).toMatchObject({ total: 5, count: 1 });
    expect(harness.engine.status()).toMatchObject({ handled: 1, repeats: 1 });
  });

  it('answers 202 when the message is a dead letter', async () => {
    const on = [
      onMessage(PaymentReceived, () => {
        throw Object.assign(new Error('never'), { retryable: false });
      }),
    ];
    const { harness, push } = await make({ on });
    expect((await push(await request(wrapped(paymentMessage('o-1', 5, { id: 'a' }))))).status).toBe(202);
    expect((await push(await request(wrapped({ attributes: {}, data: 'x', orderingKey: '' })))).status).toBe(202);
    expect(await harness.allLetters()).toEqual(['/bank|a failed', 'unreadable:7 unreadable']);
  });

  it.each<[string, () => Promise<string>]>([
    ['no token', () => Promise.resolve('')],
    ['no bearer token', () => Promise.resolve('Basic abc')],
    ['another audience', async () => `Bearer ${await token({ audience: 'https://other' })}`],
    ['another issuer', async () => `Bearer ${await token({ issuer: 'https://evil.example' })}`],
    ['a token that has expired', async () => `Bearer ${await token({ expiresIn: '-5m' })}`],
    ['a signature of another key', async () => `Bearer ${await token({ pair: strangers })}`],
    ['another account', async () => `Bearer ${await token({ claims: { email: 'evil@x.iam.gserviceaccount.com' } })}`],
    ['an account that is not verified', async () => `Bearer ${await token({ claims: { email_verified: false } })}`],
    ['no signature', async () => `Bearer ${(await token()).replace(/[^.]+\./, `${Buffer.from('{"alg":"none"}').toString('base64url')}.`)}`],
    [
      'a changed payload',
      async () => `Bearer ${(await token()).replace(/\.[^.]+\./, `.${Buffer.from('{"aud":"x"}').toString('base64url')}.`)}`,
    ],
  ])('answers 401 to a request with %s, and takes nothing', async (_, authorization) => {
    const { harness, push } = await make();
    const answer = await push(await request(wrapped(paymentMessage('o-1', 5)), await authorization()));
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ code: 'PUSH_TOKEN_REFUSED' });
    expect(harness.engine.status()).toMatchObject({ handled: 0, died: 0, inHand: 0 });
  });

  it.each(['', 'text', '[]', '{}', '{"message":1}', '{"message":{"data":"%%"}}', '{"message":{"data":"","attributes":{"a":1}}}'])(
    'answers 400 to the body %j',
    async (body) => {
      const { push } = await make();
      expect((await push(await request(body))).status).toBe(400);
    },
  );

  it('answers 413 to a body above its bound, also where the length is not said', async () => {
    const { push } = await make({}, { maxBodyBytes: 100 });
    expect((await push(await request('x'.repeat(101)))).status).toBe(413);
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(60))) });
    const endless = new Request('http://x', {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { authorization: `Bearer ${await token()}` },
    });
    expect((await push(endless)).status).toBe(413);
    expect((await push(new Request('http://x'))).status).toBe(405);
  });

  it('answers 503 with Retry-After while the consumer is at its bounds, does not run, or takes too long', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const on = [onMessage(PaymentReceived, () => gate)];
    const { harness, push } = await make({ on, maxMessages: 1 }, { timeoutMs: 50 });
    const body = wrapped(paymentMessage('o-1', 5, { id: 'slow' }));
    const slow = await push(await request(body));
    expect(slow.status).toBe(503);
    const busy = await push(await request(wrapped(paymentMessage('o-2', 5))));
    expect([busy.status, busy.headers.get('retry-after'), await busy.json()]).toEqual([503, '1', { code: 'CONSUMER_BUSY' }]);
    release();
    await until(() => harness.engine.status().inHand === 0, 'it is handled');
    expect((await push(await request(body))).status).toBe(204);
    expect(harness.engine.status()).toMatchObject({ handled: 1, repeats: 1 });
    await harness.engine.stop({ deadlineMs: 100 });
    expect((await push(await request(body))).status).toBe(503);
  });

  it('takes unwrapped messages, whose attributes are headers', async () => {
    const { harness, push } = await make({}, { format: 'unwrapped' });
    const { attributes, data } = paymentMessage('o-1', 5, { id: 'a' });
    const headers = { ...attributes, 'x-goog-pubsub-message-id': '9', 'x-goog-pubsub-publish-time': '2026-11-24T05:00:00Z' };
    expect((await push(await request(data, undefined, headers))).status).toBe(204);
    expect(await harness.row('o-1')).toMatchObject({ total: 5 });
  });

  it('checks its options', () => {
    const app = { receive: () => Promise.reject(new Error('unused')) };
    expect(() => pushEndpoint({ app, consumer: 'c', audience: '' })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    expect(() => pushEndpoint({ app, consumer: 'c', audience: 'a', maxBodyBytes: 0 })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });

  it('reads keys from where it is told, once for many, and is unavailable while they are', async () => {
    let reads = 0;
    let isAway = true;
    const server = createServer((_, response) => {
      reads++;
      response.statusCode = isAway ? 500 : 200;
      response.end(JSON.stringify(jwks));
    });
    const url = await listen(server);
    const { push } = await make({}, { keys: { url } });
    expect((await push(await request(wrapped(paymentMessage('o-1', 5))))).status).toBe(503);
    isAway = false;
    for (let at = 0; at < 5; at++) expect((await push(await request(wrapped(paymentMessage('o-1', 5))))).status).toBe(204);
    expect(reads).toBe(2);
  });
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('a push endpoint in a server', () => {
  it("of Node's own answers over HTTP", async () => {
    const { harness, push } = await make();
    const handle = nodePush(push);
    const url = await listen(createServer((incoming, response) => void handle(incoming, response)));
    const headers = { authorization: `Bearer ${await token()}` };
    const answer = await fetch(url, { method: 'POST', headers, body: wrapped(paymentMessage('o-1', 5)) });
    expect(answer.status).toBe(204);
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
    expect(await harness.row('o-1')).toMatchObject({ total: 5 });
  });

  it('of Fastify answers, beside routes that read bodies as they did', async () => {
    const { harness, push } = await make();
    await using server = fastify();
    server.post('/echo', (incoming) => Promise.resolve(incoming.body));
    await server.register(fastifyPush(push, '/push'));
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
    const post = (path: string, body: string): Promise<Response> => fetch(`${url}${path}`, { method: 'POST', headers, body });
    expect((await post('/push', wrapped(paymentMessage('o-1', 5)))).status).toBe(204);
    expect((await fetch(`${url}/push`, { method: 'POST', body: '{}' })).status).toBe(401);
    expect(await (await post('/echo', '{"a":1}')).json()).toEqual({ a: 1 });
    expect(await harness.row('o-1')).toMatchObject({ total: 5 });
  });

  it('takes a body that a parser has read before it, as in Express', async () => {
    const { harness, push } = await make();
    const handle = nodePush(push);
    const parsing = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        void handle(Object.assign(incoming, { body }), response);
      });
    });
    const url = await listen(parsing);
    const headers = { authorization: `Bearer ${await token()}` };
    expect((await fetch(url, { method: 'POST', headers, body: wrapped(paymentMessage('o-1', 5)) })).status).toBe(204);
    expect(await harness.row('o-1')).toMatchObject({ total: 5 });
  });
});

describeWithEmulator('pubsub', 'push', () => {
  /** The emulator signs no tokens: a proxy before the endpoint puts one in. */
  it('messages of a push subscription are handled, and come again until they are', async () => {
    let failures = 2;
    const on = [
      onMessage(PaymentReceived, async (event, context) => {
        await addPayment.handle(event, context);
      }),
    ];
    const { harness, push } = await make({ on });
    const bearer = `Bearer ${await token()}`;
    const endpoint: PushHandler = (incoming) => {
      if (failures-- > 0) return Promise.resolve(new Response(null, { status: 503 }));
      const headers = new Headers(incoming.headers);
      headers.set('authorization', bearer);
      return push(new Request(incoming, { headers }));
    };
    const handle = nodePush(endpoint);
    const url = await listen(createServer((incoming, response) => void handle(incoming, response)));
    const client = new PubSub({ projectId: 'p', apiEndpoint: await emulatorHost('pubsub'), emulatorMode: true });
    const name = uniqueName('pushed');
    const [topic] = await client.createTopic(name);
    await topic.createSubscription(`${name}-s`, { pushEndpoint: url, ackDeadlineSeconds: 10 });
    for (let at = 0; at < 20; at++) {
      const { attributes, data } = paymentMessage('o-1', 1, { id: `p-${at}` });
      await topic.publishMessage({ attributes: { ...attributes }, data: Buffer.from(data) });
    }
    await until(() => harness.engine.status().handled === 20, 'all are handled', 30_000);
    expect(await harness.row('o-1')).toMatchObject({ total: 20, count: 20 });
    await client.subscription(`${name}-s`).delete();
    await client.close();
  });
});
