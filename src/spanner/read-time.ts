import type { Call } from './calls.js';
import type { SpannerContext } from './context.js';
import { SHARDS_SETTING } from './schema.js';
import { key } from './values.js';

/** The time of a strong read, nine digits: every commit up to it is seen by later reads. 1 Read. */
export async function readTime({ calls, rpc }: SpannerContext, call: Call): Promise<string> {
  const body = { table: 'settings', columns: ['name'], keySet: { keys: [key(SHARDS_SETTING)] } };
  const attempt = async (): Promise<string> => {
    let time = '';
    await rpc.readAll(body, call, { transaction: 'strong', onReadTime: (read) => (time = read) });
    return time;
  };
  return calls.run({ name: 'the read of the time', kind: 'read', attempt }, call);
}
