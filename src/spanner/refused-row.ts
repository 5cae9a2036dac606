import type { EventspanError } from '../errors/eventspan-error.js';
import type { Row } from '../event-store/read-models.js';
import { rowExists, rowMissing, type PlannedChange } from '../event-store/row-plan.js';
import type { Call, Refusal } from './calls.js';
import type { SpannerContext } from './context.js';
import { STATUS } from './status.js';
import { rowsBody, rowsInOrder } from './view-reads.js';

/** Which of the changes a Commit was refused for; undefined where the refusal speaks of another table. +1 Read where there are several. */
export async function explainRow(
  context: SpannerContext,
  refusal: Refusal,
  { planned, call }: { readonly planned: readonly PlannedChange[]; readonly call: Call },
): Promise<EventspanError | undefined> {
  const table = refusal.table?.toLowerCase();
  const kind = refusal.code === STATUS.ALREADY_EXISTS ? 'insert' : 'update';
  const suspects = planned.filter((change) => change.kind === kind && change.table.name.toLowerCase() === table);
  const culprit = await findCulprit(context, suspects, call);
  if (culprit === undefined) return undefined;
  return kind === 'insert' ? rowExists(culprit, refusal.error) : rowMissing(culprit, refusal.error);
}

/** Of several changes, the first whose row is there (insert) or is not (update). */
async function findCulprit(context: SpannerContext, suspects: readonly PlannedChange[], call: Call): Promise<PlannedChange | undefined> {
  const [first] = suspects;
  if (first === undefined || suspects.length === 1) return first;
  const { calls, rpc } = context;
  const keys = suspects.map((change) => change.key);
  const attempt = async (): Promise<(Row | undefined)[]> =>
    rowsInOrder(first.table, keys, await rpc.readAll(rowsBody(first.table, keys), call));
  const rows = await calls.run({ name: 'the read of the refused rows', kind: 'read', attempt }, call);
  return suspects.find((change, at) => (rows[at] === undefined) === (change.kind === 'update')) ?? first;
}
