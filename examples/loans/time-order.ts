import type { LoanRecord, LoanTrace } from './trace.js';

/** One record with what it belongs to. */
export interface Step {
  readonly trace: LoanTrace;
  /** 0-based place in its trace. */
  readonly index: number;
  readonly record: LoanRecord;
}

/** The next step of one application. */
interface Pending extends Step {
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The records of all applications in the order of their times, those of one application in the order of its trace.
 *
 * Traces must come sorted by their first record, as in the real log; then only those that overlap in time are held (at most 908
 * applications with 39,097 records of it). One that comes too late is given out at once: its own order is kept all the same.
 */
export async function* inTimeOrder(traces: AsyncIterable<LoanTrace> | Iterable<LoanTrace>): AsyncGenerator<Step> {
  /** Latest first, so that the next is at the end. */
  const pending: Pending[] = [];
  for await (const trace of traces) {
    const first = stepOf(trace, 0);
    if (first === undefined) continue;
    yield* stepsBefore(pending, first.at);
    insert(pending, first);
  }
  yield* stepsBefore(pending, Number.POSITIVE_INFINITY);
}

function* stepsBefore(pending: Pending[], end: number): Generator<Step> {
  for (let step = pending.at(-1); step !== undefined && step.at < end; step = pending.at(-1)) {
    pending.pop();
    yield step;
    const following = stepOf(step.trace, step.index + 1);
    if (following !== undefined) insert(pending, following);
  }
}

/** Of equal times, the one that came first goes first. */
function insert(pending: Pending[], step: Pending): void {
  let low = 0;
  let high = pending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pending[middle] as Pending).at > step.at) low = middle + 1;
    else high = middle;
  }
  pending.splice(low, 0, step);
}

function stepOf(trace: LoanTrace, index: number): Pending | undefined {
  const record = trace.records[index];
  return record === undefined ? undefined : { trace, index, record, at: Date.parse(record.at) };
}
