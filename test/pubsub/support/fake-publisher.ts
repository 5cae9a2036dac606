import { protos } from '@google-cloud/pubsub';
import { Server, ServerCredentials, status as STATUS, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';

const { PublishRequest, PublishResponse } = protos.google.pubsub.v1;

/** One publish request as it was on the wire. */
export interface WireRequest {
  readonly ids: readonly string[];
  readonly orderingKeys: ReadonlySet<string>;
}

/** `ok`, `hang` (no answer), or a gRPC status. */
export type Answer = 'ok' | 'hang' | keyof typeof STATUS;

/** A Pub/Sub service that can only publish, for the faults that the emulator cannot do. */
export class FakePublisher {
  readonly requests: WireRequest[] = [];
  answer: (request: WireRequest) => Answer = () => 'ok';
  private readonly server = new Server({ 'grpc.max_receive_message_length': 20_000_000 });
  private port = 0;

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const Publish = {
      path: '/google.pubsub.v1.Publisher/Publish',
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: protos.google.pubsub.v1.PublishRequest) => Buffer.from(PublishRequest.encode(value).finish()),
      requestDeserialize: (bytes: Buffer) => PublishRequest.decode(bytes),
      responseSerialize: (value: protos.google.pubsub.v1.IPublishResponse) => Buffer.from(PublishResponse.encode(value).finish()),
      responseDeserialize: (bytes: Buffer) => PublishResponse.decode(bytes),
    } as const;
    this.server.addService({ Publish }, { Publish: this.publish });
    this.port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private readonly publish = (
    { request }: ServerUnaryCall<protos.google.pubsub.v1.PublishRequest, protos.google.pubsub.v1.IPublishResponse>,
    reply: sendUnaryData<protos.google.pubsub.v1.IPublishResponse>,
  ): void => {
    const ids = request.messages.map(({ attributes }) => attributes?.['ce-id'] ?? '');
    const wire = { ids, orderingKeys: new Set(request.messages.map(({ orderingKey }) => orderingKey ?? '')) };
    this.requests.push(wire);
    const answer = this.answer(wire);
    if (answer === 'hang') return;
    if (answer === 'ok') reply(null, { messageIds: [...ids] });
    else reply({ code: STATUS[answer], details: `the service says ${answer}` });
  };
}
