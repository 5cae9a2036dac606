import assert from 'node:assert/strict';
import type { EventStore } from '../../../event-store/event-store.js';
import { formatPosition, type Position } from '../../../event-store/position.js';
import type { Cursor, CursorAdvance } from '../../../event-store/shard-cursors.js';
import { rejectsWith } from './assertions.js';
import type { Suite } from './suite.js';

export function describeCursors(suite: Suite): void {
  suite.describe('shard cursors', () => {
    describeTaking(suite);
    describeAdvancing(suite);
    describeGivingUp(suite);
    describeRaces(suite);
  });
}

function describeTaking(suite: Suite): void {
  suite.it('are not there before the first take', async ({ store, names }) => {
    const { cursors, storeTime } = await store.cursors.read(names.next('consumer'));
    assert.deepEqual(cursors, []);
    assert.match(storeTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  });

  suite.it('are taken with token 1, without a position, and seen by every opening', async ({ store, names, reopen }) => {
    const consumer = names.next('consumer');
    const taken = await store.cursors.take(consumer, 'one', claimsOf([2, 0], 0));
    assert.deepEqual(
      taken.map((cursor) => ({ ...cursor, renewedAt: '' })),
      [
        { consumer, shard: 0, token: 1, owner: 'one', renewedAt: '' },
        { consumer, shard: 2, token: 1, owner: 'one', renewedAt: '' },
      ],
    );
    const { cursors, storeTime } = await (await reopen()).cursors.read(consumer);
    assert.deepEqual(cursors, taken);
    for (const { renewedAt } of taken) assert.ok(renewedAt <= storeTime, `${renewedAt} <= ${storeTime}`);
  });

  suite.it('are taken over with the next token, at the position where they are', async ({ store, names }) => {
    const consumer = names.next('consumer');
    const [first] = await store.cursors.take(consumer, 'one', claimsOf([1], 0));
    await store.cursors.advance([{ consumer, shard: 1, token: 1, position: positionAt(5) }]);
    const [second] = await store.cursors.take(consumer, 'two', claimsOf([1], 1));
    assert.deepEqual({ ...second, renewedAt: '' }, { consumer, shard: 1, token: 2, position: positionAt(5), owner: 'two', renewedAt: '' });
    assert.ok(second!.renewedAt > first!.renewedAt);
    assert.deepEqual((await store.cursors.read(consumer)).cursors, [second]);
  });

  suite.it('whose token has changed are left out, the others are taken', async ({ store, names }) => {
    const consumer = names.next('consumer');
    await store.cursors.take(consumer, 'one', claimsOf([0, 1], 0));
    const claims = [
      { shard: 0, token: 1 },
      { shard: 1, token: 0 },
      { shard: 2, token: 0 },
      { shard: 3, token: 7 },
    ];
    const taken = await store.cursors.take(consumer, 'two', claims);
    assert.deepEqual(
      taken.map(({ shard, token }) => [shard, token]),
      [
        [0, 2],
        [2, 1],
      ],
    );
    const { cursors } = await store.cursors.read(consumer);
    assert.deepEqual(
      cursors.map(({ shard, token, owner }) => [shard, token, owner]),
      [
        [0, 2, 'two'],
        [1, 1, 'one'],
        [2, 1, 'two'],
      ],
    );
  });

  suite.it('of no claims are none', async ({ store, names }) => {
    assert.deepEqual(await store.cursors.take(names.next('consumer'), 'one', []), []);
  });

  suite.it('of different consumers do not meet', async ({ store, names }) => {
    const [first, second] = [names.next('consumer'), names.next("consumer '%_")];
    await store.cursors.take(first, 'one', claimsOf([0], 0));
    await store.cursors.advance([{ consumer: first, shard: 0, token: 1, position: positionAt(1) }]);
    const [taken] = await store.cursors.take(second, 'one', claimsOf([0], 0));
    assert.deepEqual([taken?.token, taken?.position], [1, undefined]);
  });

  suite.it('refuse consumers and owners without a name, and shards that are not there', async ({ store, names }) => {
    const consumer = names.next('consumer');
    for (const wrong of ['', 'x'.repeat(129), '\ud800', '\u0000']) {
      await rejectsWith('OPTION_INVALID', store.cursors.read(wrong));
      await rejectsWith('OPTION_INVALID', store.cursors.take(wrong, 'one', claimsOf([0], 0)));
      await rejectsWith('OPTION_INVALID', store.cursors.take(consumer, wrong, claimsOf([0], 0)));
    }
    await rejectsWith('OPTION_INVALID', store.cursors.take(consumer, 'one', claimsOf([store.shardCount], 0)));
    await rejectsWith('OPTION_INVALID', store.cursors.reset(consumer, new Map([[-1, undefined]])));
    assert.deepEqual((await store.cursors.read(consumer)).cursors, []);
  });
}

function describeAdvancing(suite: Suite): void {
  suite.it('advance while the token is current, and are renewed by it', async ({ store, names }) => {
    const consumer = names.next('consumer');
    const [taken] = await store.cursors.take(consumer, 'one', claimsOf([0], 0));
    await store.cursors.advance([{ consumer, shard: 0, token: 1, position: positionAt(1) }]);
    const advanced = await only(store, consumer);
    assert.deepEqual({ ...advanced, renewedAt: '' }, { ...taken, position: positionAt(1), renewedAt: '' });
    assert.ok(advanced.renewedAt > taken!.renewedAt);
  });

  suite.it('are renewed without a position, and stay where they are', async ({ store, names }) => {
    const consumer = names.next('consumer');
    await store.cursors.take(consumer, 'one', claimsOf([0], 0));
    await store.cursors.advance([{ consumer, shard: 0, token: 1, position: positionAt(3) }]);
    const before = await only(store, consumer);
    await store.cursors.advance([{ consumer, shard: 0, token: 1 }]);
    const after = await only(store, consumer);
    assert.deepEqual({ ...after, renewedAt: before.renewedAt }, before);
    assert.ok(after.renewedAt > before.renewedAt);
  });

  suite.it('refuse a spent token, a token to come and one that never was, and stay as they are', async ({ store, names }) => {
    const consumer = names.next('consumer');
    await store.cursors.take(consumer, 'one', claimsOf([0], 0));
    await store.cursors.take(consumer, 'two', claimsOf([0], 1));
    const before = await only(store, consumer);
    for (const [shard, token] of [
      [0, 1],
      [0, 3],
      [0, 0],
      [1, 1],
    ] as const) {
      await rejectsWith('CURSOR_LOST', store.cursors.advance([{ consumer, shard, token, position: positionAt(9) }]));
    }
    assert.deepEqual((await store.cursors.read(consumer)).cursors, [before]);
  });

  suite.it('of several consumers and shards advance all, or none when one token is spent', async ({ store, names }) => {
    const [first, second] = [names.next('consumer'), names.next('consumer')];
    await store.cursors.take(first, 'one', claimsOf([0, 1], 0));
    await store.cursors.take(second, 'one', claimsOf([1], 0));
    const advances: CursorAdvance[] = [
      { consumer: first, shard: 0, token: 1, position: positionAt(1) },
      { consumer: first, shard: 1, token: 1, position: positionAt(2) },
      { consumer: second, shard: 1, token: 1, position: positionAt(3) },
    ];
    await store.cursors.advance(advances);
    const positions = async (): Promise<(string | undefined)[]> =>
      [...(await store.cursors.read(first)).cursors, ...(await store.cursors.read(second)).cursors].map(({ position }) => position);
    assert.deepEqual(await positions(), [positionAt(1), positionAt(2), positionAt(3)]);
    await store.cursors.take(second, 'two', claimsOf([1], 1));
    await rejectsWith('CURSOR_LOST', store.cursors.advance(advances.map((advance) => ({ ...advance, position: positionAt(8) }))));
    assert.deepEqual(await positions(), [positionAt(1), positionAt(2), positionAt(3)]);
  });

  suite.it('keep positions with stream ids of any spelling', async ({ store, names }) => {
    const consumer = names.next('consumer');
    await store.cursors.take(consumer, 'one', claimsOf([0], 0));
    const position = positionAt(1, `a/b '%"; 😀 ${'x'.repeat(200)}`);
    await store.cursors.advance([{ consumer, shard: 0, token: 1, position }]);
    assert.equal((await only(store, consumer)).position, position);
  });

  suite.it('refuse positions that no store made', async ({ store, names }) => {
    const consumer = names.next('consumer');
    await store.cursors.take(consumer, 'one', claimsOf([0], 0));
    await rejectsWith('POSITION_INVALID', store.cursors.advance([{ consumer, shard: 0, token: 1, position: 'there' as Position }]));
    assert.equal((await only(store, consumer)).position, undefined);
  });
}

function describeGivingUp(suite: Suite): void {
  suite.it('are released: without owner, at their position, free for the next', async ({ store, names }) => {
    const consumer = names.next('consumer');
    const taken = await store.cursors.take(consumer, 'one', claimsOf([0, 1], 0));
    await store.cursors.advance([{ consumer, shard: 0, token: 1, position: positionAt(4) }]);
    await store.cursors.release(taken);
    const { cursors } = await store.cursors.read(consumer);
    assert.deepEqual(
      cursors.map(({ shard, token, owner, position }) => [shard, token, owner, position]),
      [
        [0, 1, '', positionAt(4)],
        [1, 1, '', undefined],
      ],
    );
    const [next] = await store.cursors.take(consumer, 'two', claimsOf([0], 1));
    assert.deepEqual([next?.owner, next?.position, next?.token], ['two', positionAt(4), 2]);
  });

  suite.it('that another has taken are not released by the old owner, and its others are', async ({ store, names }) => {
    const consumer = names.next('consumer');
    const taken = await store.cursors.take(consumer, 'one', claimsOf([0, 1], 0));
    await store.cursors.take(consumer, 'two', claimsOf([0], 1));
    await store.cursors.release(taken);
    const { cursors } = await store.cursors.read(consumer);
    assert.deepEqual(
      cursors.map(({ shard, owner }) => [shard, owner]),
      [
        [0, 'two'],
        [1, ''],
      ],
    );
  });

  suite.it('are set back with new tokens and without owner, so that the old owner writes nothing more', async ({ store, names }) => {
    const consumer = names.next('consumer');
    await store.cursors.take(consumer, 'one', claimsOf([0, 1, 2], 0));
    await store.cursors.advance([0, 1, 2].map((shard) => ({ consumer, shard, token: 1, position: positionAt(9) })));
    await store.cursors.reset(
      consumer,
      new Map([
        [0, undefined],
        [1, positionAt(2)],
        [3, positionAt(1)],
      ]),
    );
    const { cursors } = await store.cursors.read(consumer);
    assert.deepEqual(
      cursors.map(({ shard, token, owner, position }) => [shard, token, owner, position]),
      [
        [0, 2, '', undefined],
        [1, 2, '', positionAt(2)],
        [2, 1, 'one', positionAt(9)],
        [3, 1, '', positionAt(1)],
      ],
    );
    await rejectsWith('CURSOR_LOST', store.cursors.advance([{ consumer, shard: 0, token: 1, position: positionAt(10) }]));
    assert.equal((await store.cursors.take(consumer, 'two', claimsOf([0], 2)))[0]?.position, undefined);
  });
}

function describeRaces(suite: Suite): void {
  suite.it('raced for go to exactly one of the takers', async ({ store, names, reopen }) => {
    const stores = [store, await reopen()];
    const consumer = names.next('consumer');
    for (const token of [0, 1]) {
      const owners = Array.from({ length: 8 }, (_, at) => `owner-${at}`);
      const takes = await Promise.all(owners.map((owner, at) => stores[at % 2]!.cursors.take(consumer, owner, claimsOf([0, 1], token))));
      for (const shard of [0, 1]) {
        const winners = takes.flat().filter((cursor) => cursor.shard === shard);
        assert.equal(winners.length, 1);
        assert.deepEqual((await store.cursors.read(consumer)).cursors[shard], winners[0]);
      }
    }
  });

  suite.it('taken while the old owner advances never lose an advance that succeeded', async ({ store, names, reopen }) => {
    const other = await reopen();
    for (let round = 0; round < 5; round++) {
      const consumer = names.next('consumer');
      await store.cursors.take(consumer, 'one', claimsOf([0], 0));
      const advances = [1, 2, 3].map((n) => store.cursors.advance([{ consumer, shard: 0, token: 1, position: positionAt(n) }]));
      const [taken] = await other.cursors.take(consumer, 'two', claimsOf([0], 1));
      const outcomes = await Promise.allSettled(advances);
      const succeeded = outcomes.flatMap(({ status }, at) => (status === 'fulfilled' ? [positionAt(at + 1)] : []));
      assert.ok(succeeded.length === 0 ? taken?.position === undefined : succeeded.includes(taken!.position!));
      assert.deepEqual(await only(store, consumer), taken);
    }
  });

  suite.it('removed are gone for all, and another consumer keeps its own; doing it again is no error', async ({ store, names }) => {
    const [gone, kept] = [names.next('consumer'), names.next('consumer')];
    await store.cursors.take(gone, 'one', claimsOf([0, 1], 0));
    await store.cursors.take(kept, 'one', claimsOf([0], 0));
    await store.cursors.remove(gone);
    await store.cursors.remove(gone);
    assert.deepEqual((await store.cursors.read(gone)).cursors, []);
    assert.equal((await only(store, kept)).token, 1);
    await rejectsWith('CURSOR_LOST', store.cursors.advance([{ consumer: gone, shard: 0, token: 1 }]));
  });
}

function claimsOf(shards: readonly number[], token: number): { shard: number; token: number }[] {
  return shards.map((shard) => ({ shard, token }));
}

function positionAt(version: number, streamId = 'a-stream'): Position {
  return formatPosition({ commitTime: `2026-01-01T00:00:0${version % 10}.000000000Z`, commitIndex: 0, streamId, version });
}

async function only(store: EventStore, consumer: string): Promise<Cursor> {
  const { cursors } = await store.cursors.read(consumer);
  assert.equal(cursors.length, 1);
  return cursors[0]!;
}
