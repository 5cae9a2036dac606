import type { EventspanError } from '../errors/eventspan-error.js';
import { OutcomeUnknownError, VersionConflictError } from '../errors/store-errors.js';
import { appendedResult, checkHead, eventIdsOf, repeatedResult, type AppendPlan, type PlannedWrite } from '../event-store/append-plan.js';
import type { AppendResult } from '../event-store/append.js';
import { formatPosition, type Position } from '../event-store/position.js';
import { STREAM_CLOSED_TYPE } from '../event-store/stream-closed.js';
import { findResult, keepResult } from './append-keys.js';
import { storeFailed, type Call, type Refusal } from './calls.js';
import { checkCommitSize } from './commit-size.js';
import type { SpannerContext } from './context.js';
import { eventMutations } from './event-rows.js';
import type { KeyRange, Mutation, Value } from './protocol.js';
import { explainRow } from './refused-row.js';
import { CLOSED_CONSTRAINT } from './schema.js';
import { messageOf, STATUS } from './status.js';
import { viewMutation } from './view-mutations.js';
import { timeOfCell } from './times.js';
import { key, textOf } from './values.js';

/** Versions above the expected one that a read-back looks at beyond its own events, to tell the actual version in the same Read. */
const READ_BACK_MARGIN = 256;

/** What became of one attempt: a result, or the reason to look at the streams again. */
type Round = { readonly result: AppendResult } | { readonly again: Refusal };

/**
 * Carries a plan out: one Commit, whose inserts fail where a row is there already and whose update of the predecessor fails
 * where the stream is not that long. Only then it looks back: its own event ids at its own versions mean that an earlier copy
 * of this append (a lost reply) succeeded.
 */
export class SpannerAppend {
  constructor(
    private readonly context: SpannerContext,
    private readonly plan: AppendPlan,
    private readonly call: Call,
  ) {}

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
    const head = await this.readHead(planned.streamId);
    const fits = planned.write.expectedVersion === 'any' || head.version > 0;
    // It may be a repeat of an append that found the stream as it wanted it; its key tells.
    if ((!fits || head.type === STREAM_CLOSED_TYPE) && (await this.findKept()) === undefined) checkHead(planned, head.version, head.type);
    return head.version;
  }

  private async commit(heads: readonly number[]): Promise<Round> {
    const { calls, rpc } = this.context;
    const mutations = this.mutations(heads);
    checkCommitSize(mutations);
    return calls.run<Round>(
      {
        name: 'the append',
        kind: 'write',
        eventIds: eventIdsOf(this.plan),
        attempt: async () => ({ result: appendedResult(this.plan, heads, await rpc.commit(mutations, this.call)) }),
        onRefused: async (refusal) => {
          if (refusal.table === undefined && !isClosedRefusal(refusal)) throw storeFailed('the append', refusal.error);
          return { again: refusal };
        },
      },
      this.call,
    );
  }

  private mutations(heads: readonly number[]): Mutation[] {
    const { key: appendKey, writes } = this.plan;
    const kept = appendKey === undefined ? [] : [keepResult(appendKey, this.plan, heads)];
    const events = writes.flatMap((planned, at) => eventMutations(planned, heads[at] as number, planned.exactHead !== undefined));
    return [...kept, ...events, ...this.plan.changes.map(viewMutation)];
  }

  /** The result of an earlier copy, or the conflict; undefined where neither is found and another try may succeed. */
  private async explain(refusal: Refusal): Promise<AppendResult | undefined> {
    const exact = this.plan.writes.filter((planned) => planned.exactHead !== undefined);
    try {
      const kept = await this.findKept();
      if (kept !== undefined) return kept;
      if (isClosedRefusal(refusal)) return await this.refuseClosed(exact);
      if (refusal.table !== undefined && !OWN_TABLES.has(refusal.table.toLowerCase())) return await this.refuseRow(exact, refusal);
      return await (refusal.code === STATUS.NOT_FOUND ? this.refuseMissing(exact) : this.findRepeated(exact));
    } catch (error) {
      // After an attempt of unknown fate, "the stream is too short" may be overtaken by that attempt.
      const isConflict = error instanceof VersionConflictError && error.actual < Number(error.expected);
      if (isConflict && refusal.isAfterAmbiguity) throw new OutcomeUnknownError('the append', eventIdsOf(this.plan), refusal.error);
      throw error;
    }
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
      if (above.length > 0) throw await this.conflict(planned, Math.max(...above.map((row) => row.version)));
    }
    return undefined;
  }

  private async conflict(planned: PlannedWrite, highest: number): Promise<EventspanError> {
    const isCut = highest === lastReadBack(planned);
    const actual = isCut ? (await this.readHead(planned.streamId)).version : highest;
    return new VersionConflictError(planned.streamId, planned.write.expectedVersion, actual);
  }

  /** Throws `VERSION_CONFLICT` for an exact write whose stream is not as long as expected. */
  private async refuseMissing(exact: readonly PlannedWrite[]): Promise<undefined> {
    for (const planned of exact) checkHead(planned, (await this.readHead(planned.streamId)).version);
    return undefined;
  }

  /** The constraint refused the mark on a closing event; whether this append is the next one there, or late, the heads tell. */
  private async refuseClosed(exact: readonly PlannedWrite[]): Promise<AppendResult | undefined> {
    const known = await this.findRepeated(exact);
    if (known !== undefined) return known;
    for (const planned of exact) {
      const head = await this.readHead(planned.streamId);
      checkHead(planned, head.version, head.type);
    }
    return undefined;
  }

  /** A row that goes with the events was there, or was missing. An earlier copy of this append may be the reason. */
  private async refuseRow(exact: readonly PlannedWrite[], refusal: Refusal): Promise<AppendResult> {
    const known = await this.findRepeated(exact);
    if (known !== undefined) return known;
    const { changes } = this.plan;
    throw (await explainRow(this.context, refusal, { planned: changes, call: this.call })) ?? storeFailed('the append', refusal.error);
  }

  private async readHead(streamId: string): Promise<{ readonly version: number; readonly type?: string }> {
    const keySet = { ranges: [{ startClosed: key(streamId), endClosed: key(streamId) }] };
    const [row] = await this.read({ table: 'events', columns: ['version', 'type'], keySet, limit: 1 });
    return row === undefined ? { version: 0 } : { version: Number(textOf(row[0])), type: textOf(row[1]) };
  }

  private async readBack(exact: readonly PlannedWrite[]): Promise<SeenRow[]> {
    const columns = ['stream_id', 'version', 'event_id', 'commit_ts', 'commit_pos'];
    return (await this.read({ table: 'events', columns, keySet: { ranges: exact.map(readBackRange) } })).map(seenRow);
  }

  private read(body: Parameters<SpannerContext['rpc']['readAll']>[0]): Promise<(readonly Value[])[]> {
    const { calls, rpc } = this.context;
    return calls.run({ name: 'the read-back', kind: 'read', attempt: () => rpc.readAll(body, this.call) }, this.call);
  }
}

/** Tables of the append itself; a refusal of another speaks of a row that goes with the events. */
const OWN_TABLES: ReadonlySet<string> = new Set(['events', 'append_keys']);

function isClosedRefusal({ error }: Refusal): boolean {
  return messageOf(error).includes(CLOSED_CONSTRAINT);
}

interface SeenRow {
  readonly streamId: string;
  readonly version: number;
  readonly eventId: string;
  readonly position: Position;
}

function seenRow(row: readonly Value[]): SeenRow {
  const [streamId = '', version = '', eventId = '', commitTs = '', commitPos = ''] = row.map(textOf);
  const parts = { commitTime: timeOfCell(commitTs), commitIndex: Number(commitPos), streamId, version: Number(version) };
  return { streamId, version: parts.version, eventId, position: formatPosition(parts) };
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
