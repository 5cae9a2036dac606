import { generateApplications } from './generator/generate.js';
import type { LoanTrace } from './trace.js';
import { XesReader } from './xes-reader.js';

/** Applications to feed. */
export interface Input {
  readonly traces: AsyncIterable<LoanTrace> | Iterable<LoanTrace>;
  /** How much has been done, 0 to 1, when so many applications are through. */
  fractionDone(applications: number): number;
}

/** The applications of a log, or the first `limit` of them. */
export function fromLog(file: string, limit?: number): Input {
  const reader = new XesReader(file);
  if (limit === undefined) return { traces: reader, fractionDone: () => reader.fractionRead };
  return { traces: firstOf(reader, limit), fractionDone: (applications) => applications / limit };
}

/** Generated applications. */
export function fromGenerator(count: number, seed: number): Input {
  return { traces: generateApplications({ count, seed }), fractionDone: (applications) => applications / count };
}

async function* firstOf(traces: AsyncIterable<LoanTrace>, limit: number): AsyncGenerator<LoanTrace> {
  let count = 0;
  for await (const trace of traces) {
    yield trace;
    count++;
    if (count === limit) return;
  }
}
