import type { AppendPlan } from '../event-store/append-plan.js';
import type { AppendResult, StreamAppended } from '../event-store/append.js';
import { formatPosition } from '../event-store/position.js';
import type { Call } from './calls.js';
import type { SpannerContext } from './context.js';
import type { Mutation } from './protocol.js';
import { timeOfCell } from './times.js';
import { cell, COMMIT_TIME, key, textOf } from './values.js';

/** A stream of a kept result: its position lacks only the commit time, which the row's `created_at` is. */
type KeptStream = Omit<StreamAppended, 'lastPosition'> & { readonly lastIndex: number };

/** The mutation that keeps the result of an append under its key, once. */
export function keepResult(appendKey: string, plan: AppendPlan, heads: readonly number[]): Mutation {
  const streams = plan.writes.map(({ streamId, shard, firstIndex, write }, at): KeptStream => {
    const head = heads[at] as number;
    const count = write.events.length;
    const eventIds = write.events.map((event) => event.eventId);
    return { streamId, shard, firstVersion: head + 1, lastVersion: head + count, eventIds, lastIndex: firstIndex + count - 1 };
  });
  const row = { values: [cell(appendKey), cell(JSON.stringify(streams)), COMMIT_TIME] };
  return { insert: { table: 'append_keys', columns: ['key', 'result', 'created_at'], values: [row] } };
}

/** The first result kept under a key. One Read. */
export function findResult({ calls, rpc }: SpannerContext, appendKey: string, call: Call): Promise<AppendResult | undefined> {
  const body = { table: 'append_keys', columns: ['result', 'created_at'], keySet: { keys: [key(appendKey)] } };
  const attempt = async (): Promise<AppendResult | undefined> => {
    const [row] = await rpc.readAll(body, call);
    return row && resultOf(textOf(row[0]), timeOfCell(textOf(row[1])));
  };
  return calls.run({ name: 'the read of the append key', kind: 'read', attempt }, call);
}

function resultOf(kept: string, commitTime: string): AppendResult {
  const streams = (JSON.parse(kept) as readonly KeptStream[]).map(({ lastIndex, ...stream }): StreamAppended => {
    const { streamId, lastVersion } = stream;
    return { ...stream, lastPosition: formatPosition({ commitTime, commitIndex: lastIndex, streamId, version: lastVersion }) };
  });
  return { streams, commitTime, repeated: true };
}
