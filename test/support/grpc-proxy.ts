import {
  connect,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/**
 * What happens to one request. `before`: the server never sees it. `after`: the server has carried it out, its reply is lost.
 * `status`: the client is answered with this gRPC status; `hang`: with nothing; `cut`: the connection is closed.
 */
export interface Fault {
  readonly at: 'before' | 'after';
  readonly answer: 'hang' | 'cut' | { readonly status: number; readonly message: string };
}

export const UNAVAILABLE = { status: 14, message: 'the proxy says so' };

/** Stands between a gRPC client and its server: counts requests by method, as they are on the wire, and spoils the armed ones. */
export class GrpcProxy {
  private readonly counts = new Map<string, number>();
  private readonly faults = new Map<string, Fault[]>();
  private readonly sessions = new Set<ServerHttp2Session>();
  private upstream: ClientHttp2Session | undefined;

  private constructor(
    private readonly server: Http2Server,
    private readonly target: string,
  ) {
    server.on('session', (session) => {
      this.sessions.add(session);
      session.once('close', () => this.sessions.delete(session));
      session.on('error', () => session.destroy());
    });
    server.on('stream', (stream, headers) => this.serve(stream, headers));
  }

  /** A proxy on a free port before `target` (`host:port`). */
  static async start(target: string): Promise<GrpcProxy> {
    const server = createServer();
    const proxy = new GrpcProxy(server, target);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests since the start or the last {@link forget}: `{ Commit: 1, StreamingRead: 2 }`. */
  seen(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  forget(): void {
    this.counts.clear();
  }

  /** The next requests of a method meet these faults, one each. */
  arm(method: string, ...faults: readonly Fault[]): void {
    this.faults.set(method, [...(this.faults.get(method) ?? []), ...faults]);
  }

  disarm(): void {
    this.faults.clear();
  }

  async close(): Promise<void> {
    this.cutAll();
    this.upstream?.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined);
    const method = (headers[':path'] ?? '').split('/').at(-1) ?? '';
    this.counts.set(method, (this.counts.get(method) ?? 0) + 1);
    const fault = this.faults.get(method)?.shift();
    const body: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => body.push(chunk));
    stream.once('end', () => {
      if (fault?.at === 'before') return this.answer(stream, fault.answer);
      const upstream = this.forward(headers, Buffer.concat(body));
      if (fault === undefined) passOn(upstream, stream);
      else upstream.resume().once('close', () => this.answer(stream, fault.answer));
    });
  }

  private forward(headers: IncomingHttpHeaders, body: Buffer): ClientHttp2Stream {
    if (this.upstream === undefined || this.upstream.destroyed || this.upstream.closed) {
      this.upstream = connect(`http://${this.target}`);
      this.upstream.on('error', () => undefined);
    }
    const { ':authority': _, ...rest } = headers;
    const upstream = this.upstream.request(rest);
    upstream.on('error', () => undefined);
    upstream.end(body);
    return upstream;
  }

  private answer(stream: ServerHttp2Stream, answer: Fault['answer']): void {
    if (answer === 'hang' || stream.destroyed) return;
    if (answer === 'cut') return this.cutAll();
    const { status, message } = answer;
    const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status, 'grpc-message': message };
    stream.respond(headers, { endStream: true });
  }

  private cutAll(): void {
    for (const session of this.sessions) session.destroy();
  }
}

function passOn(upstream: ClientHttp2Stream, stream: ServerHttp2Stream): void {
  stream.once('close', () => upstream.close());
  upstream.once('response', (headers) => {
    if (headers['grpc-status'] !== undefined) return stream.respond(headers, { endStream: true });
    let trailers: IncomingHttpHeaders = {};
    upstream.once('trailers', (received) => (trailers = received));
    stream.respond(headers, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    upstream.pipe(stream);
  });
  upstream.once('close', () => {
    if (!stream.headersSent && !stream.destroyed) stream.close();
  });
}
