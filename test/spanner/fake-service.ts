import { Server, ServerCredentials, type ServerUnaryCall, type ServerWritableStream, type ServiceDefinition } from '@grpc/grpc-js';
import { SCHEMA_VERSION } from '../../src/spanner/schema.js';

interface Request {
  readonly session: string;
  readonly table: string;
  readonly transaction?: { readonly begin?: unknown; readonly id?: Buffer };
  readonly transactionId?: Buffer;
  readonly precommitToken?: { readonly precommitToken: Buffer; readonly seqNum: number } | null;
}

type Callback = (error: null, reply: object) => void;

/** What the emulator does not have: multiplexed sessions, whose transactions give tokens that their Commit must carry. */
export class FakeSpannerService {
  readonly commits: Request[] = [];
  readonly sessionsAsked: boolean[] = [];
  readonly sessionsDeleted: string[] = [];
  /** How often a Commit is answered "not yet, again with this token". */
  postponedCommits = 0;
  private tokens = 0;
  private readonly server = new Server();

  async start(): Promise<string> {
    this.server.addService(spannerService(), {
      createSession: (call: ServerUnaryCall<{ session: { multiplexed: boolean } }, object>, done: Callback) => {
        this.sessionsAsked.push(call.request.session.multiplexed);
        done(null, { name: 'projects/p/instances/ii/databases/dd/sessions/m', multiplexed: true });
      },
      deleteSession: (call: ServerUnaryCall<{ name: string }, object>, done: Callback) => {
        this.sessionsDeleted.push(call.request.name);
        done(null, {});
      },
      commit: (call: ServerUnaryCall<Request, object>, done: Callback) => this.commit(call.request, done),
      streamingRead: (call: ServerWritableStream<Request, object>) => this.read(call),
    });
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    return `127.0.0.1:${port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private commit(request: Request, done: Callback): void {
    this.commits.push(request);
    if (this.postponedCommits-- > 0) return done(null, { precommitToken: this.nextToken() });
    done(null, { commitTimestamp: { seconds: 1_795_499_501, nanos: 5_000 } });
  }

  /** Answers in two parts, each with a token, the later one with the higher number. */
  private read(call: ServerWritableStream<Request, object>): void {
    const { table, transaction } = call.request;
    const isTransaction = transaction?.begin !== undefined || (transaction?.id?.length ?? 0) > 0;
    const metadata = { transaction: { id: transaction?.begin === undefined ? Buffer.alloc(0) : Buffer.from('tx') } };
    const values = table === 'migrations' ? [String(SCHEMA_VERSION)] : table === 'settings' ? ['16'] : [];
    call.write({ metadata, values: [], ...(isTransaction && { precommitToken: this.nextToken() }) });
    call.write({ values: values.map((stringValue) => ({ stringValue })), ...(isTransaction && { precommitToken: this.nextToken() }) });
    call.end();
  }

  private nextToken(): object {
    this.tokens++;
    return { precommitToken: Buffer.from(`token ${this.tokens}`), seqNum: this.tokens };
  }
}

function spannerService(): ServiceDefinition {
  const clientPath = require.resolve('@google-cloud/spanner');
  const load = (path: string): unknown => require(require.resolve(path, { paths: [clientPath] }));
  const gax = load('google-gax') as { GrpcClient: new (options: object) => { loadProtoJSON(json: unknown): Loaded } };
  return new gax.GrpcClient({}).loadProtoJSON(load('@google-cloud/spanner-api/build/protos/protos.json')).google.spanner.v1.Spanner.service;
}

interface Loaded {
  readonly google: { readonly spanner: { readonly v1: { readonly Spanner: { readonly service: ServiceDefinition } } } };
}
