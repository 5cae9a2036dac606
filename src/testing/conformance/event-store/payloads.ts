import assert from 'node:assert/strict';
import { rejectsWith } from './assertions.js';
import { newEvent, readAll, writeOf } from './requests.js';
import type { Suite } from './suite.js';

/** JSON texts that parsers or JSON columns rewrite. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['order of keys', '{"b":1,"a":2,"10":3,"9":4}'],
  ['duplicate keys', '{"a":1,"a":2}'],
  ['negative zero', '{"n":-0}'],
  ['numbers beyond a double', '{"n":1e400,"m":123456789012345678901234567890,"k":0.1000000000000000055511151231257827}'],
  ['spellings of numbers', '[1.0,1e2,1E+2,0.10]'],
  ['white space', ' { "a" :\t[ 1 , 2 ]\n} '],
  ['escapes', '{"a":"\\u0041\\/\\u00fc\\n","lone":"\\ud800","nul":"\\u0000"}'],
  ['raw unicode', '{"ü":"中文 😀 👩‍👩‍👧 \u2028 \u200b \ufeff"}'],
  ['hostile keys', '{"__proto__":{"x":1},"constructor":{"prototype":{}}}'],
  ['quotes and SQL', '{"a":"\'; DROP TABLE events; -- \\" `x` ${y} %s ? :a @b $1"}'],
  ['a bare value', 'null'],
];

export function describePayloads(suite: Suite): void {
  suite.describe('payloads', () => {
    for (const [what, text] of TEXTS) {
      suite.it(`keep ${what} to the byte, as data, metadata and snapshot`, async ({ store, names }) => {
        const streamId = names.next();
        const event = { ...newEvent(names), data: text, metadata: text };
        await store.append({ writes: [{ ...writeOf(streamId, 'none', [event]), snapshot: text }] });
        const [stored] = await readAll(store, streamId);
        assert.equal(stored?.data, text);
        assert.equal(stored?.metadata, text);
        assert.equal((await store.load(streamId, { acceptSnapshot: () => true })).snapshot?.state, text);
        const log = await store.readShards([{ shard: stored.shard, upTo: stored.position, asOf: stored.position.slice(0, 30) }], {
          limit: 10_000,
        });
        assert.ok(log.length > 0);
      });
    }

    suite.it('of a megabyte come back whole, by stream and by shard', async ({ store, names }) => {
      const streamId = names.next();
      const [small, big] = [newEvent(names), newEvent(names, { text: 'ü😀x'.repeat(250_000) })];
      await store.append({ writes: [{ ...writeOf(streamId, 'none', [small, big]), snapshot: big.data }] });
      const [first, second] = await readAll(store, streamId);
      assert.ok(second?.data === big.data, 'the payload differs');
      const [fromLog] = await store.readShards([{ shard: second.shard, after: first!.position, upTo: second.position }], { limit: 2 });
      assert.ok(fromLog?.data === big.data, 'the payload differs in the log');
      assert.ok((await store.load(streamId, { acceptSnapshot: () => true })).snapshot?.state === big.data, 'the snapshot differs');
    });

    for (const part of ['data', 'metadata', 'snapshot'] as const) {
      suite.it(`of more than 2,621,440 characters are refused (${part}), and nothing is written`, async ({ store, names }) => {
        const streamId = names.next();
        const large = JSON.stringify('x'.repeat(2_621_439));
        const event = part === 'snapshot' ? newEvent(names) : { ...newEvent(names), [part]: large };
        const write = { ...writeOf(streamId, 'none', [newEvent(names), event]), ...(part === 'snapshot' && { snapshot: large }) };
        await rejectsWith('PAYLOAD_TOO_LARGE', store.append({ writes: [write] }));
        assert.deepEqual(await readAll(store, streamId), []);
      });
    }

    suite.it('with a raw lone surrogate or NUL, which not every database carries, are refused', async ({ store, names }) => {
      for (const text of ['"\ud800"', '"\u0000"']) {
        for (const part of ['data', 'metadata', 'type']) {
          await rejectsWith(
            'APPEND_INVALID',
            store.append({ writes: [writeOf(names.next(), 'none', [{ ...newEvent(names), [part]: text }])] }),
          );
        }
        const write = { ...writeOf(names.next(), 'none', [newEvent(names)]), snapshot: text };
        await rejectsWith('APPEND_INVALID', store.append({ writes: [write] }));
      }
    });

    suite.it('have types of every spelling', async ({ store, names }) => {
      const types = ['a', 'loan.submitted', 'Ünïcode 😀', 'it\'s "quoted"', 'x'.repeat(256)];
      const streamId = names.next();
      await store.append({
        writes: [
          writeOf(
            streamId,
            'none',
            types.map((type) => ({ ...newEvent(names), type })),
          ),
        ],
      });
      assert.deepEqual(
        (await readAll(store, streamId)).map((event) => event.type),
        types,
      );
    });
  });
}
