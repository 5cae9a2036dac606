import { isEventspanError, type EventspanError } from '../errors/eventspan-error.js';
import { CursorLostError, OutcomeUnknownError, VersionConflictError } from '../errors/store-errors.js';
import { appendedResult, checkHead, eventIdsOf, repeatedResult, type AppendPlan, type PlannedWrite } from '../event-store/append-plan.js';
import type { AppendResult } from '../event-store/append.js';
import { formatPosition, type Position } from '../event-store/position.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import { findResult, keepResult } from './append-keys.js';
import { storeFailed, type Call, type Refusal } from './calls.js';
import { checkCommitSize } from './commit-size.js';
import type { SpannerContext } from './context.js';
import { advanceMutation } from './cursor-rows.js';
import { eventMutations, isGuard } from './event-rows.js';
import type { KeyRange, Mutation, Value } from './protocol.js';
import { explainRow } from './refused-row.js';
import { CLOSED_CONSTRAINT } from './schema.js';
import { STATUS } from './status.js';
import type { Transaction } from './rpc.js';
import { readHead } from './stream-head.js';
import { timeOfCell } from './times.js';
import { abortedOr } from './transaction-lost.js';
import { key, textOf } from './values.js';
import { viewMutation } from './view-mutations.js';
import { messageOf } from '../support/message-of.js';

/** Versions above the expected one that a read-back looks at beyond its own events, to tell the actual version in the same Read. */
const READ_BACK_MARGIN = 256;

/** What became of one attempt: a result, or the reason to look at the streams again. */
type Round = { readonly result: AppendResult } | { readonly again: Refusal };

/** On whose behalf an append is made. */
export interface AppendCall {
  readonly call: Call;
  /** In which rows were read that must be as they were; it ends with the Commit. */
  readonly transaction?: Transaction | undefined;
}

/**
 * Carries a plan out: one Commit, whose inserts fail where a row is there already and whose update of the predecessor fails
 * where the stream is not that long. Only then it looks back: its own event ids at its own versions mean that an earlier copy
 * of this append (a lost reply) succeeded.
 */
export class SpannerAppend {
  private readonly call: Call;
  private readonly transaction: Transaction | undefined;

  constructor(
    private readonly context: SpannerContext,
    private readonly plan: AppendPlan,
    { call, transaction }: AppendCall,
  ) {
    this.call = call;
    this.transaction = transaction;
  }

  async run(): Promise<AppendResult> {
    for (;;) {
      const heads = await this.heads();
      const round = await this.commit(heads);
      if ('result' in round) return round.result;
      const known = await this.explain(round.again);
      if (known !== undefined) return known;
      // Another writer came between the read and the commit of an 'any' or 'exists' write.
      this.context.calls.remainingMs(this.call);
    }
  }

  /** The version before the first event of each write: named by the request, or read. */
  private async heads(): Promise<number[]> {
    const { writes } = this.plan;
    return Promise.all(writes.map(async (planned) => planned.exactHead ?? this.headOrConflict(planned)));
  }

  private async headOrConflict(planned: PlannedWrite): Promise<number> {
    const head = await readHead(this.context, planned.streamId, this.call);
    const fits = planned.write.expectedVersion === 'any' || head.version > 0;
    // It may be a repeat of an append that found the stream as it wanted it; its key tells.
    if ((!fits || head.type === STREAM_CLOSED_TYPE) && (await this.findKept()) === undefined) checkHead(planned, head.version, head.type);
    return head.version;
  }

  private async commit(heads: readonly number[]): Promise<Round> {
    const { calls } = this.context;
    const mutations = this.mutations(heads);
    checkCommitSize(mutations);
    return calls.run<Round>(
      {
        name: 'the append',
        // A late copy of a Commit that ends a transaction does no harm either, but only a new token tells what became of it.
        kind: this.transaction === undefined ? 'write' : 'fencedWrite',
        eventIds: eventIdsOf(this.plan),
        attempt: async () => ({ result: appendedResult(this.plan, heads, await this.send(mutations)) }),
        onRefused: async (refusal) => {
          if (refusal.table === undefined && !isClosedRefusal(refusal)) throw storeFailed('the append', refusal.error);
          return { again: refusal };
        },
      },
      this.call,
    );
  }

  private async send(mutations: readonly Mutation[]): Promise<string> {
    const { rpc } = this.context;
    if (this.transaction === undefined) return rpc.commit(mutations, this.call);
    try {
      return await rpc.commit(mutations, this.call, this.transaction);
    } catch (error) {
      throw abortedOr(error);
    }
  }

  private mutations(heads: readonly number[]): Mutation[] {
    const { key: appendKey, writes } = this.plan;
    const kept = appendKey === undefined ? [] : [keepResult(appendKey, this.plan, heads)];
    const events = writes.flatMap((planned, at) => eventMutations(planned, heads[at] as number, planned.exactHead !== undefined));
    // The cursor first: of two reasons to refuse the append, a spent token is the one that matters.
    return [...this.plan.advances.map(advanceMutation), ...kept, ...events, ...this.plan.changes.map(viewMutation)];
  }

  /** The result of an earlier copy, or the conflict; undefined where neither is found and another try may succeed. */
  private async explain(refusal: Refusal): Promise<AppendResult | undefined> {
    const exact = this.plan.writes.filter((planned) => planned.exactHead !== undefined);
    try {
      this.checkFence(refusal);
      return (await this.findKept()) ?? (await this.explainByRows(refusal, exact));
    } catch (error) {
      if (refusal.isAfterAmbiguity && mayBeOvertaken(error))
        throw new OutcomeUnknownError('the append', eventIdsOf(this.plan), refusal.error);
      throw error;
    }
  }

  /** Throws `CURSOR_LOST`. */
  private checkFence({ table }: Refusal): void {
    const [advance] = this.plan.advances;
    if (advance === undefined || table?.toLowerCase() !== 'cursors') return;
    throw new CursorLostError(advance.consumer, advance.shard, advance.token);
  }

  private async explainByRows(refusal: Refusal, exact: readonly PlannedWrite[]): Promise<AppendResult | undefined> {
    const isMissing = refusal.code === STATUS.NOT_FOUND && isOwnTable(refusal);
    const repeated = isMissing ? undefined : await this.findRepeated(exact);
    if (repeated !== undefined || (isOwnTable(refusal) && !isMissing)) return repeated;
    // The stream is too short, or closed; only where it is neither, a row that goes with the events is the reason.
    const earlier = await this.explainByHeads(exact, isMissing);
    if (earlier !== undefined || isMissing || isClosedRefusal(refusal)) return earlier;
    const { changes } = this.plan;
    throw (await explainRow(this.context, refusal, { planned: changes, call: this.call })) ?? storeFailed('the append', refusal.error);
  }

  private async explainByHeads(exact: readonly PlannedWrite[], isMissing: boolean): Promise<AppendResult | undefined> {
    for (const planned of exact) {
      const head = await readHead(this.context, planned.streamId, this.call);
      // A predecessor that is missing in a stream that is longer was removed, perhaps after an earlier copy of this append.
      const earlier = isMissing && head.version > (planned.exactHead ?? 0) ? await this.findRepeated(exact) : undefined;
      if (earlier !== undefined) return earlier;
      checkHead(planned, head.version, head.type);
    }
    return undefined;
  }

  private async findKept(): Promise<AppendResult | undefined> {
    return this.plan.key === undefined ? undefined : findResult(this.context, this.plan.key, this.call);
  }

  /** Reads the rows at the versions of the exact writes. Throws `VERSION_CONFLICT` where another event is. */
  private async findRepeated(exact: readonly PlannedWrite[]): Promise<AppendResult | undefined> {
    if (exact.length === 0) return undefined;
    const rows = await this.readBack(exact);
    const lasts = exact.map((planned) => lastOfSame(planned, rows));
    if (lasts.every((last) => last !== undefined) && exact.length === this.plan.writes.length) return repeatedResult(this.plan, lasts);
    for (const planned of exact) {
      const above = rows.filter((row) => row.streamId === planned.streamId);
      if (above.length > 0) throw await this.conflict(planned, above);
    }
    return undefined;
  }

  private async conflict(planned: PlannedWrite, seen: readonly SeenRow[]): Promise<EventspanError> {
    const { exactHead = 0, streamId, write } = planned;
    const highest = Math.max(...seen.map((row) => row.version));
    // The Read was cut there, or the stream is a deleted one and its last version is beyond a hole.
    const isElsewhere = highest === lastReadBack(planned) || highest - exactHead !== seen.length || seen.some(isGuard);
    const actual = isElsewhere ? (await readHead(this.context, streamId, this.call)).version : highest;
    return new VersionConflictError(streamId, write.expectedVersion, actual);
  }

  private async readBack(exact: readonly PlannedWrite[]): Promise<SeenRow[]> {
    const columns = ['stream_id', 'version', 'event_id', 'commit_ts', 'commit_pos', 'shard'];
    const body = { table: 'events', columns, keySet: { ranges: exact.map(readBackRange) } };
    const { calls, rpc } = this.context;
    const attempt = (): Promise<(readonly Value[])[]> => rpc.readAll(body, this.call);
    return (await calls.run({ name: 'the read-back', kind: 'read', attempt }, this.call)).map(seenRow);
  }
}

/** Tables of the append itself; a refusal of another speaks of a row that goes with the events. */
const OWN_TABLES: ReadonlySet<string> = new Set(['events', 'append_keys']);

function isOwnTable({ table }: Refusal): boolean {
  return table !== undefined && OWN_TABLES.has(table.toLowerCase());
}

/** After an attempt of unknown fate: "the stream is too short" and what rows say may be overtaken by that attempt. */
function mayBeOvertaken(error: unknown): boolean {
  if (error instanceof VersionConflictError) return error.actual < Number(error.expected);
  return error instanceof CursorLostError || isEventspanError(error, 'VIEW_ROW_EXISTS') || isEventspanError(error, 'VIEW_ROW_MISSING');
}

function isClosedRefusal({ error }: Refusal): boolean {
  return messageOf(error).includes(CLOSED_CONSTRAINT);
}

interface SeenRow {
  readonly streamId: string;
  readonly version: number;
  readonly eventId: string;
  readonly position: Position;
  readonly shard: number;
}

function seenRow(row: readonly Value[]): SeenRow {
  const [streamId = '', version = '', eventId = '', commitTs = '', commitPos = '', shard = ''] = row.map(textOf);
  const parts = { commitTime: timeOfCell(commitTs), commitIndex: Number(commitPos), streamId, version: Number(version) };
  return { streamId, version: parts.version, eventId, position: formatPosition(parts), shard: Number(shard) };
}

/** Versions descend in the key, so the range starts at the highest. */
function readBackRange(planned: PlannedWrite): KeyRange {
  const { streamId, exactHead = 0 } = planned;
  return { startClosed: key(streamId, lastReadBack(planned)), endOpen: key(streamId, exactHead) };
}

function lastReadBack({ exactHead = 0, write }: PlannedWrite): number {
  return exactHead + write.events.length + READ_BACK_MARGIN;
}

/** The position of the last event of `planned`, if exactly its events are at its versions. */
function lastOfSame({ streamId, exactHead = 0, write: { events } }: PlannedWrite, rows: readonly SeenRow[]): Position | undefined {
  const at = new Map(rows.filter((row) => row.streamId === streamId).map((row) => [row.version, row]));
  const isSame = events.every((event, offset) => at.get(exactHead + offset + 1)?.eventId === event.eventId);
  return isSame ? at.get(exactHead + events.length)?.position : undefined;
}
