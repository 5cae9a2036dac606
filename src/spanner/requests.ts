import type { RpcObserver } from '../telemetry/rpc-observer.js';
import type { SpannerClients } from './clients.js';
import type { PartialResultSet, ReplyStream, SpannerStub, UnaryMethod } from './protocol.js';

/** How one request is sent. */
export interface Sending {
  /** Milliseconds, by the machine's clock: gRPC gives a request up by itself then. */
  readonly timeoutMs: number;
  readonly caller: string;
  /** The session it is routed by. */
  readonly session: string;
}

type UnaryName = { [Name in keyof SpannerStub]: SpannerStub[Name] extends UnaryMethod<infer _> ? Name : never }[keyof SpannerStub];
type ReplyOf<Name extends UnaryName> = SpannerStub[Name] extends UnaryMethod<infer T> ? T : never;

/**
 * Sends requests by the stub of the generated client, each exactly once. The client's own methods would repeat a Commit
 * unseen, cannot cancel a stream, and parse their whole schema for each error.
 */
export class SpannerRequests {
  constructor(
    private readonly clients: SpannerClients,
    private readonly rpcs: RpcObserver,
  ) {}

  async unary<Name extends UnaryName>(name: Name, request: object, sending: Sending): Promise<ReplyOf<Name>> {
    const stub = await this.clients.data.initialize();
    const options = this.start(name[0]?.toUpperCase() + name.slice(1), sending);
    return new Promise((resolve, reject) => {
      const done = (error: unknown, reply: unknown): void => (error ? reject(error) : resolve(reply as ReplyOf<Name>));
      stub[name]({ ...request }, this.clients.headers(sending.session), options, done);
    });
  }

  async streamingRead(request: object, sending: Sending): Promise<ReplyStream<PartialResultSet>> {
    const stub = await this.clients.data.initialize();
    return stub.streamingRead({ ...request }, this.clients.headers(sending.session), this.start('Read', sending));
  }

  private start(method: string, { timeoutMs, caller }: Sending): { readonly deadline: number } {
    this.rpcs.sent({ service: 'spanner', method, caller });
    return { deadline: Date.now() + timeoutMs };
  }
}
