import assert from 'node:assert/strict';
import { rejectsWith } from './assertions.js';
import { newEvent, newEvents, readAll, writeOf } from './requests.js';
import type { Suite } from './suite.js';

/** Ends of stream ids that are kept as they are. */
const SPELLINGS: readonly string[] = [
  'a',
  'A',
  'ab',
  'aB',
  'a-',
  'a_',
  'a.',
  '.',
  '..',
  '/',
  '\\',
  'a/b',
  'a\\b',
  '-',
  '--',
  '_',
  ':',
  '$',
  '#',
  '?',
  '*',
  '%',
  '%%',
  '%20',
  '+',
  '&',
  '=',
  ' ',
  '  ',
  ' a',
  'a ',
  "'",
  "''",
  '"',
  '""',
  '`',
  ';',
  "'; DROP TABLE events; --",
  '" OR 1=1 --',
  '{}',
  '[1]',
  '{{x}}',
  '${x}',
  '<b>',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  '0',
  '00',
  '-1',
  '1e3',
  '9007199254740993',
  'ü',
  'u\u0308',
  'É',
  'ß',
  'ẞ',
  'ı',
  'İ',
  'ﬁ',
  '\u03a9',
  '\u2126',
  '中文',
  'العربية',
  'עברית',
  'हिन्दी',
  '😀',
  '👩‍👩‍👧',
  '𝒳',
  '\u200b',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\ufffd',
  '\uffff',
  '\u{10ffff}',
];

const REFUSED: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['a NUL', 'a\u0000b'],
  ['a newline', 'a\nb'],
  ['a tab', 'a\tb'],
  ['a C1 control', 'a\u0085b'],
  ['a DEL', 'a\u007f'],
  ['a lone high surrogate', 'a\ud800'],
  ['a lone low surrogate', '\udc00a'],
  ['257 characters', 'x'.repeat(257)],
  ['257 emoji', '😀'.repeat(257)],
];

export function describeStreamIds(suite: Suite): void {
  suite.describe('stream ids', () => {
    suite.it('of every spelling are streams of their own and come back as they were given', async ({ store, names }) => {
      const run = names.next('s');
      const streamIds = SPELLINGS.map((spelling) => `${run}:${spelling}`);
      assert.equal(new Set(streamIds).size, SPELLINGS.length);
      for (const streamId of streamIds) {
        await store.append({ writes: [writeOf(streamId, 'none', [newEvent(names, { streamId })])] });
      }
      for (const streamId of streamIds) {
        const stored = await readAll(store, streamId);
        assert.deepEqual(
          stored.map((event) => [event.streamId, event.data]),
          [[streamId, JSON.stringify({ streamId })]],
        );
        assert.equal((await store.load(streamId)).version, 1);
      }
    });

    suite.it('of every spelling keep their place in a shard', async ({ store, names }) => {
      for (const spelling of SPELLINGS) {
        const streamId = `${names.next('s')}${spelling}`;
        const { streams } = await store.append({ writes: [writeOf(streamId, 'none', newEvents(names, 2))] });
        const [first, second] = await readAll(store, streamId);
        const range = { shard: streams[0]!.shard, after: first!.position, upTo: second!.position };
        assert.deepEqual(await store.readShards([range], { limit: 10 }), [second]);
      }
    });

    suite.it('that are a prefix of one another, or up to 256 characters long, do not mix', async ({ store, names }) => {
      const run = names.next('s');
      const streamIds = [run, `${run}0`, `${run}00`, `${run}${'x'.repeat(256 - run.length)}`, `${run}${'😀'.repeat(256 - run.length)}`];
      for (const [at, streamId] of streamIds.entries())
        await store.append({ writes: [writeOf(streamId, 'none', newEvents(names, at + 1))] });
      for (const [at, streamId] of streamIds.entries()) assert.equal((await readAll(store, streamId)).length, at + 1);
    });

    for (const [what, streamId] of REFUSED) {
      suite.it(`with ${what} are refused by every call`, async ({ store, names }) => {
        await rejectsWith('STREAM_ID_INVALID', store.append({ writes: [writeOf(streamId, 'any', newEvents(names, 1))] }));
        await rejectsWith('STREAM_ID_INVALID', store.load(streamId));
        await rejectsWith('STREAM_ID_INVALID', readAll(store, streamId));
      });
    }
  });
}
