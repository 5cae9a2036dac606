import type { IncomingMessage as NodeRequest, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { PushHandler } from './push-endpoint.js';

/** A request of Node's own server, or of Express, which may have read the body already. */
export type NodePushRequest = NodeRequest & { readonly body?: unknown; readonly rawBody?: unknown };

/**
 * The endpoint for Node's `http.createServer`, and for Express: `app.post('/push', nodePush(endpoint))`. Where a body parser has run, what it read
 * is taken: raw bytes or text as they are, JSON written anew. Never rejects.
 */
export function nodePush(handler: PushHandler): (request: NodePushRequest, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const answer = await handler(requestOf(request));
    await writeAnswer(response, answer);
  };
}

/** The web request that a Node request is. */
export function requestOf(request: NodePushRequest): Request {
  const { method = 'GET', headers } = request;
  const given = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    // Pseudo headers of HTTP/2 are none of HTTP's own.
    if (value !== undefined && !name.startsWith(':')) given.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? (bodyOf(request) ?? streamOf(request)) : null;
  return new Request('http://push.invalid/', { method, headers: given, body, ...(hasBody && { duplex: 'half' }) } as RequestInit);
}

async function writeAnswer(response: ServerResponse, answer: Response): Promise<void> {
  const text = await answer.text();
  response.statusCode = answer.status;
  answer.headers.forEach((value, name) => response.setHeader(name, value));
  // What was not read of a body that is too large is not waited for.
  if (answer.status === 413) response.setHeader('connection', 'close');
  response.end(text === '' ? undefined : text);
}

function bodyOf({ body, rawBody }: NodePushRequest): RequestInit['body'] | undefined {
  const read = rawBody ?? body;
  if (read === undefined || read === null) return undefined;
  if (typeof read === 'string') return read;
  if (read instanceof Uint8Array) return new Uint8Array(read);
  return JSON.stringify(read);
}

function streamOf(request: NodeRequest): RequestInit['body'] {
  return Readable.toWeb(request) as RequestInit['body'];
}
