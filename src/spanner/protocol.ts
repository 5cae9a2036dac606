/**
 * The parts of google.spanner.v1 that the store sends and receives, as the generated client wants them. Written out because
 * the client is an optional peer: its types differ between majors and must not be needed to compile an application.
 */

/** google.protobuf.Value: INT64 and TIMESTAMP travel as text. */
export interface Value {
  readonly stringValue?: string | null;
  readonly numberValue?: number | null;
  readonly boolValue?: boolean | null;
  readonly nullValue?: 'NULL_VALUE' | 0 | null;
  readonly kind?: string;
}

export interface ListValue {
  readonly values: readonly Value[];
}

export interface WriteMutation {
  readonly table: string;
  readonly columns: readonly string[];
  readonly values: readonly ListValue[];
}

/** Exactly one of the kinds. */
export interface Mutation {
  readonly insert?: WriteMutation;
  readonly update?: WriteMutation;
  readonly insertOrUpdate?: WriteMutation;
  readonly delete?: { readonly table: string; readonly keySet: KeySet };
}

/** One start and one end; a key may be a prefix of the whole. */
export interface KeyRange {
  readonly startClosed?: ListValue;
  readonly startOpen?: ListValue;
  readonly endClosed?: ListValue;
  readonly endOpen?: ListValue;
}

export interface KeySet {
  readonly keys?: readonly ListValue[];
  readonly ranges?: readonly KeyRange[];
  readonly all?: boolean;
}

export interface ReadBody {
  readonly table: string;
  readonly index?: string;
  readonly columns: readonly string[];
  readonly keySet: KeySet;
  readonly limit?: number;
}

export interface Timestamp {
  readonly seconds: string | number;
  readonly nanos: number;
}

/** Proof, on multiplexed sessions, of the reads of a transaction; the one with the highest number goes into its Commit. */
export interface PrecommitToken {
  readonly precommitToken: Uint8Array;
  readonly seqNum: number;
}

/** What the first part of a read tells of its transaction. */
export interface BegunTransaction {
  readonly id?: Uint8Array;
  readonly readTimestamp?: Timestamp | null;
}

export interface PartialResultSet {
  readonly metadata?: { readonly transaction?: BegunTransaction | null } | null;
  readonly values: readonly Value[];
  readonly chunkedValue: boolean;
  readonly precommitToken?: PrecommitToken | null;
}

export interface CommitResponse {
  readonly commitTimestamp?: Timestamp | null;
  /** The commit has not happened yet and wants to be sent again with this. */
  readonly precommitToken?: PrecommitToken | null;
}

export interface Session {
  readonly name: string;
  readonly multiplexed?: boolean;
}

type Request = Readonly<Record<string, unknown>>;

export interface GrpcOptions {
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** A stream of replies. */
export interface ReplyStream<T> extends AsyncIterable<T> {
  cancel(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

/** A method with one reply. */
export type UnaryMethod<T> = (
  ...call: readonly [request: Request, metadata: unknown, options: GrpcOptions, callback: (error: unknown, reply: T) => void]
) => unknown;

/** The methods of google.spanner.v1.Spanner that the store uses, as the stub of the generated client offers them. */
export interface SpannerStub {
  readonly createSession: UnaryMethod<Session>;
  readonly deleteSession: UnaryMethod<unknown>;
  readonly commit: UnaryMethod<CommitResponse>;
  readonly rollback: UnaryMethod<unknown>;
  readonly executeSql: UnaryMethod<{ readonly rows: readonly ListValue[] }>;
  streamingRead(request: Request, metadata: unknown, options: GrpcOptions): ReplyStream<PartialResultSet>;
}

/** What is used of `v1.SpannerClient`. */
export interface DataClient {
  /** Connects and answers the authenticated stub. */
  initialize(): Promise<SpannerStub>;
  close(): Promise<void>;
}

type Reply<T> = Promise<[T, ...unknown[]]>;

interface Operation {
  promise(): Promise<unknown>;
}

export interface AdminOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly retry: unknown;
}

/** The calls of the admin clients that migrations use. */
export interface DatabaseAdminClient {
  createDatabase(request: Request, options: AdminOptions): Reply<Operation>;
  updateDatabaseDdl(request: Request, options: AdminOptions): Reply<Operation>;
  testIamPermissions(request: Request, options: { readonly timeout: number }): Reply<{ readonly permissions?: readonly string[] | null }>;
  close(): Promise<void>;
}

export interface InstanceAdminClient {
  createInstance(request: Request, options: AdminOptions): Reply<Operation>;
  close(): Promise<void>;
}
