import type { NodePushRequest } from './node-push.js';
import { requestOf } from './node-push.js';
import type { PushHandler } from './push-endpoint.js';

/** What is needed of a Fastify request. */
export interface FastifyPushRequest {
  readonly raw: NodePushRequest;
  readonly body?: unknown;
}

/** What is needed of a Fastify reply. */
export interface FastifyPushReply {
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

/** What is needed of a Fastify instance. */
export interface FastifyPushServer {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(type: string, options: { parseAs: 'buffer'; bodyLimit: number }, parser: (...args: never[]) => void): unknown;
  post(url: string, handler: (request: FastifyPushRequest, reply: FastifyPushReply) => Promise<unknown>): unknown;
}

/** The endpoint refuses before this does. */
const BODY_LIMIT = 20_000_001;

/**
 * The endpoint as a Fastify plugin: `await fastify.register(fastifyPush(endpoint, '/push'))`. Bodies of every content type reach it as they are,
 * inside this plugin alone.
 */
export function fastifyPush(handler: PushHandler, url: string): (server: FastifyPushServer) => Promise<void> {
  // eslint-disable-next-line typescript/require-await -- plugins of Fastify are async, or take a callback
  return async (server) => {
    server.removeAllContentTypeParsers();
    const parser = (_request: unknown, body: unknown, done: (error: null, body: unknown) => void): void => done(null, body);
    server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, parser);
    server.post(url, async (request, reply) => {
      const { method, headers } = request.raw;
      const answer = await handler(requestOf({ method, headers, body: request.body ?? '' } as NodePushRequest));
      reply.code(answer.status);
      answer.headers.forEach((value, name) => reply.header(name, value));
      return reply.send(await answer.text());
    });
  };
}
