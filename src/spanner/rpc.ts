import type { Call, SpannerCalls } from './calls.js';
import type { BegunTransaction, ListValue, Mutation, PartialResultSet, PrecommitToken, ReadBody, Timestamp, Value } from './protocol.js';
import type { Sending, SpannerRequests } from './requests.js';
import { RowAssembler } from './row-assembler.js';
import type { SpannerSessions } from './sessions.js';
import { kindOf } from './status.js';
import { timeOfTimestamp } from './times.js';

/** A read-write transaction, begun by its first read. */
export interface Transaction {
  readonly session: string;
  readonly id: Uint8Array;
  precommitToken: PrecommitToken | undefined;
  /** After its Commit or Rollback, whatever that answered. */
  hasEnded: boolean;
}

/** A time in the past at which to read. */
export interface ReadTime {
  readonly readTimestamp: Timestamp;
}

/** Under which transaction a read runs, and what it learns from it. */
export interface ReadScope {
  /** `strong`: on its own, and its time is wanted. `begin`: begins a read-write transaction. A time: as of it. Absent: on its own. */
  readonly transaction?: 'strong' | 'begin' | ReadTime | Transaction;
  /** Is told the time of a strong read. */
  readonly onReadTime?: (time: string) => void;
  /** Is given the transaction that the read began. */
  readonly onBegun?: (transaction: Transaction) => void;
}

/** The requests of a call, each sent once on a session of the store, bounded by the deadline of its call. */
export class SpannerRpc {
  constructor(
    private readonly requests: SpannerRequests,
    private readonly sessions: SpannerSessions,
    private readonly calls: SpannerCalls,
  ) {}

  /** Commits and answers the commit time; without a transaction, in one of its own. */
  async commit(mutations: readonly Mutation[], call: Call, transaction?: Transaction): Promise<string> {
    try {
      return await this.commitOnce(mutations, call, transaction);
    } finally {
      if (transaction !== undefined) this.end(transaction);
    }
  }

  /** Gives a transaction up; does nothing where it has ended. */
  async rollback(transaction: Transaction, call: Call): Promise<void> {
    if (transaction.hasEnded) return;
    const request = { session: transaction.session, transactionId: transaction.id };
    try {
      await this.requests.unary('rollback', request, this.sending(call, transaction.session));
    } finally {
      this.end(transaction);
    }
  }

  /** Gives the session of a transaction back, for others. Safe to call again. */
  end(transaction: Transaction): void {
    if (transaction.hasEnded) return;
    transaction.hasEnded = true;
    this.sessions.giveBack(transaction.session);
  }

  /** Rows of one Read, in the order of the key, as they arrive; leaving the loop early ends the request. */
  async *read(body: ReadBody, call: Call, scope: ReadScope = {}): AsyncGenerator<readonly Value[]> {
    const { transaction } = scope;
    const session = await this.sessionFor(transaction);
    const request = { session, ...body, ...transactionSelector(transaction) };
    const stream = await this.requests.streamingRead(request, this.sending(call, session));
    // The loop below throws it; without a listener, an error after an early end would be nobody's.
    stream.on('error', () => undefined);
    const cancel = (): void => stream.cancel();
    call.signal?.addEventListener('abort', cancel, { once: true });
    const assembler = new RowAssembler(body.columns.length);
    let active = isTransaction(transaction) ? transaction : undefined;
    try {
      for await (const part of stream) {
        active = noteMetadata(part, active ?? { session, scope });
        yield* assembler.add(part);
      }
    } catch (error) {
      if (transaction === 'begin' && active === undefined) this.sessions.giveBack(session);
      await this.noteLoss(session, error);
      throw error;
    } finally {
      call.signal?.removeEventListener('abort', cancel);
      cancel();
    }
  }

  /** All rows of {@link read}. */
  async readAll(body: ReadBody, call: Call, scope?: ReadScope): Promise<(readonly Value[])[]> {
    const rows: (readonly Value[])[] = [];
    for await (const row of this.read(body, call, scope)) rows.push(row);
    return rows;
  }

  /** Rows of a small query; parameters are STRINGs. */
  async query(sql: string, call: Call, params?: Readonly<Record<string, Value>>): Promise<readonly ListValue[]> {
    const request = params === undefined ? { sql } : { sql, params: { fields: params } };
    const { rows } = await this.onSession(undefined, (session) =>
      this.requests.unary('executeSql', { session, ...request }, this.sending(call, session)),
    );
    return rows;
  }

  private async commitOnce(mutations: readonly Mutation[], call: Call, transaction: Transaction | undefined): Promise<string> {
    const mode = transaction === undefined ? { singleUseTransaction: { readWrite: {} } } : { transactionId: transaction.id };
    let precommitToken = transaction?.precommitToken;
    for (;;) {
      const response = await this.onSession(transaction?.session, (session) => {
        const request = { session, mutations, ...mode, ...(precommitToken !== undefined && { precommitToken }) };
        return this.requests.unary('commit', request, this.sending(call, session));
      });
      if (!response.precommitToken) return timeOfTimestamp(response.commitTimestamp as Timestamp);
      ({ precommitToken } = response);
    }
  }

  private async sessionFor(transaction: ReadScope['transaction']): Promise<string> {
    if (isTransaction(transaction)) return transaction.session;
    return transaction === 'begin' ? this.sessions.forTransaction() : this.sessions.name();
  }

  private async onSession<T>(given: string | undefined, task: (session: string) => Promise<T>): Promise<T> {
    const session = given ?? (await this.sessions.name());
    try {
      return await task(session);
    } catch (error) {
      await this.noteLoss(session, error);
      throw error;
    }
  }

  private async noteLoss(session: string, error: unknown): Promise<void> {
    if (kindOf(error) === 'sessionLost') await this.sessions.forget(session);
  }

  private sending(call: Call, session: string): Sending {
    return { timeoutMs: this.calls.remainingMs(call), caller: call.caller, session };
  }
}

function transactionSelector(transaction: ReadScope['transaction']): object {
  if (transaction === undefined) return {};
  if (transaction === 'begin') return { transaction: { begin: { readWrite: {} } } };
  if (transaction === 'strong') return { transaction: { singleUse: { readOnly: { strong: true, returnReadTimestamp: true } } } };
  if (isTransaction(transaction)) return { transaction: { id: transaction.id } };
  return { transaction: { singleUse: { readOnly: { readTimestamp: transaction.readTimestamp } } } };
}

function isTransaction(transaction: ReadScope['transaction']): transaction is Transaction {
  return typeof transaction === 'object' && 'session' in transaction;
}

/** Takes what a part says about the transaction; answers the transaction that is known after it. */
function noteMetadata(part: PartialResultSet, known: Transaction | NewRead): Transaction | undefined {
  const precommitToken = part.precommitToken ?? undefined;
  if ('id' in known) {
    known.precommitToken = latest(known.precommitToken, precommitToken);
    return known;
  }
  return part.metadata?.transaction ? noteBegin(part.metadata.transaction, known, precommitToken) : undefined;
}

function noteBegin(
  begun: BegunTransaction,
  { session, scope }: NewRead,
  precommitToken: PrecommitToken | undefined,
): Transaction | undefined {
  if (scope.transaction === 'strong' && begun.readTimestamp) scope.onReadTime?.(timeOfTimestamp(begun.readTimestamp));
  if (scope.transaction !== 'begin' || begun.id === undefined) return undefined;
  const transaction = { session, id: begun.id, precommitToken, hasEnded: false };
  scope.onBegun?.(transaction);
  return transaction;
}

interface NewRead {
  readonly session: string;
  readonly scope: ReadScope;
}

function latest(known: PrecommitToken | undefined, next: PrecommitToken | undefined): PrecommitToken | undefined {
  if (known === undefined || next === undefined) return next ?? known;
  return next.seqNum > known.seqNum ? next : known;
}
