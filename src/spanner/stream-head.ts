import type { Call } from './calls.js';
import type { SpannerContext } from './context.js';
import { key, textOf } from './values.js';

/** The last event of a stream; version 0 where there is none. */
export interface StreamHead {
  readonly version: number;
  readonly type?: string;
}

/** 1 Read. */
export function readHead({ calls, rpc }: SpannerContext, streamId: string, call: Call): Promise<StreamHead> {
  const keySet = { ranges: [{ startClosed: key(streamId), endClosed: key(streamId) }] };
  const body = { table: 'events', columns: ['version', 'type'], keySet, limit: 1 };
  const attempt = async (): Promise<StreamHead> => {
    const [row] = await rpc.readAll(body, call);
    return row === undefined ? { version: 0 } : { version: Number(textOf(row[0])), type: textOf(row[1]) };
  };
  return calls.run({ name: `the read of the end of ${streamId}`, kind: 'read', attempt }, call);
}
