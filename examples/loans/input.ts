import { generateApplications } from './generator/generate.js';
import type { LoanTrace } from './trace.js';
import { XesReader } from './xes-reader.js';

/** Applications, and how far they have been read. */
export interface Input {
  readonly traces: AsyncIterable<LoanTrace>;
  /** 0 to 1. */
  fractionRead(): number;
}

/** The applications of a log, or the first `limit` of them. */
export function fromLog(file: string, limit: number = Number.POSITIVE_INFINITY): Input {
  const reader = new XesReader(file);
  const begun = firstOf(reader, limit);
  return { traces: begun.traces, fractionRead: () => Math.max(reader.fractionRead, begun.count() / limit) };
}

/** Generated applications. */
export function fromGenerator(count: number, seed: number): Input {
  const begun = firstOf(generateApplications({ count, seed }), count);
  return { traces: begun.traces, fractionRead: () => begun.count() / count };
}

function firstOf(
  traces: AsyncIterable<LoanTrace> | Iterable<LoanTrace>,
  limit: number,
): { readonly traces: AsyncIterable<LoanTrace>; count(): number } {
  let count = 0;
  async function* counted(): AsyncGenerator<LoanTrace> {
    for await (const trace of traces) {
      count++;
      yield trace;
      if (count >= limit) return;
    }
  }
  return { traces: counted(), count: () => count };
}
