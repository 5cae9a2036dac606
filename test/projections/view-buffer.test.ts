import * as fc from 'fast-check';
import { isEventspanError } from '../../src/errors/eventspan-error.js';
import type { Row, RowChange, TableDefinition } from '../../src/event-store/read-models.js';
import { memory } from '../../src/memory/index.js';
import { counterTable } from '../../src/projections/counter-table.js';
import { physicalTableOf } from '../../src/projections/physical-table.js';
import { readModelTable } from '../../src/projections/read-model-table.js';
import { ViewBuffer } from '../../src/projections/view-buffer.js';
import { ViewTables } from '../../src/projections/view-tables.js';
import { seededRandom } from '../../src/support/random.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

const things = readModelTable('things', {
  key: ['id'],
  columns: { id: 'string', a: 'integer', b: 'integer', at: 'timestamp', list: 'json' },
});
const tallies = counterTable('tallies', { key: { kind: 'string' }, counters: ['n'] });
const tables = new ViewTables({ name: 'p', tables: [things, tallies] });

/** How often the database was asked. */
let asked = 0;
beforeEach(() => (asked = 0));

function bufferOver(rows: ReadonlyMap<string, Row> = new Map()): ViewBuffer {
  const get = async (_table: TableDefinition, keys: readonly Row[]): Promise<readonly (Row | undefined)[]> => {
    asked++;
    return keys.map((key) => rows.get(key['id'] as string));
  };
  return new ViewBuffer('p', tables, { get });
}

/** One handler's doing. */
interface Step {
  readonly kind: RowChange['kind'];
  readonly row: Row;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('insert', 'upsert', 'update', 'delete'),
  row: fc.record({ id: fc.constantFrom('x', 'y'), a: fc.nat(9), b: fc.option(fc.nat(9)) }, { requiredKeys: ['id'] }),
});

/** What the steps come to, one by one; undefined when one of them is refused. */
function oneByOne(before: ReadonlyMap<string, Row>, steps: readonly Step[]): Map<string, Row> | undefined {
  const rows = new Map(before);
  for (const { kind, row } of steps) {
    const id = row['id'] as string;
    const known = rows.get(id);
    if ((kind === 'insert' && known !== undefined) || (kind === 'update' && known === undefined)) return undefined;
    if (kind === 'delete') rows.delete(id);
    else rows.set(id, { a: null, b: null, at: null, list: null, ...known, ...row });
  }
  return rows;
}

/** The buffer's changes, carried out by the memory store. */
async function throughTheBuffer(before: ReadonlyMap<string, Row>, steps: readonly Step[]): Promise<Map<string, Row> | undefined> {
  const store = await memory({ shards: 1 }).open({
    clock: new FakeClock(),
    random: seededRandom(1),
    logger: silentLogger,
    rpcs: new RpcCounter(),
  });
  const table = physicalTableOf(things);
  await store.readModels.ensureTables([table]);
  const commit = async (changes: readonly RowChange[]): Promise<void> => {
    const [cursor] = (await store.cursors.read('c')).cursors;
    const [taken] = await store.cursors.take('c', 'o', [{ shard: 0, token: cursor?.token ?? 0 }]);
    const batch = await store.readModels.openBatch({ rows: 'stream' });
    await batch.commit(changes, { consumer: 'c', shard: 0, token: taken!.token });
  };
  await commit([...before.values()].map((row) => ({ kind: 'insert', table, row })));
  try {
    const buffer = bufferOver(before);
    for (const { kind, row } of steps) {
      buffer[kind]('things', kind === 'delete' ? { id: row['id'] } : row);
    }
    const expected = oneByOne(before, steps);
    if (expected !== undefined) {
      for (const id of ['x', 'y']) expect(await buffer.get('things', { id })).toEqual(expected.get(id));
    }
    await commit(buffer.rowChanges());
  } catch (error) {
    if (isEventspanError(error, 'VIEW_ROW_EXISTS') || isEventspanError(error, 'VIEW_ROW_MISSING')) return undefined;
    throw error;
  }
  const rows = new Map<string, Row>();
  for await (const row of store.readModels.scan(table)) rows.set(row['id'] as string, row);
  return rows;
}

describe('changes of one batch', () => {
  const x: Row = { id: 'x', a: 1, b: 2, at: null, list: null };

  it('come to the same as one by one, refusals and reads of own writes included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 8 }), async (isThere, steps) => {
        const before = new Map<string, Row>(isThere ? [['x', x]] : []);
        expect(await throughTheBuffer(before, steps)).toEqual(oneByOne(before, steps));
      }),
      { numRuns: 1_500, seed: 7 },
    );
  });

  it('are as few as they can be: one a row, unless the row was deleted between', () => {
    const buffer = bufferOver();
    buffer.upsert('things', { id: 'x', a: 1 });
    buffer.update('things', { id: 'x', b: 2 });
    buffer.upsert('things', { id: 'x', a: 3 });
    buffer.insert('things', { id: 'y', a: 1 });
    buffer.update('things', { id: 'y', a: 2 });
    expect(buffer.rowChanges()).toMatchObject([
      { kind: 'upsert', row: { id: 'x', a: 3, b: 2 } },
      { kind: 'insert', row: { id: 'y', a: 2 } },
    ]);
    for (let at = 0; at < 5; at++) {
      buffer.delete('things', { id: 'y' });
      buffer.insert('things', { id: 'y', a: at });
    }
    expect(buffer.rowChanges().map(({ kind }) => kind)).toEqual(['upsert', 'insert', 'delete', 'insert']);
  });
});

describe('a view', () => {
  it('asks the database once for a row, and not at all for one that it wrote whole', async () => {
    const buffer = bufferOver(new Map([['x', { id: 'x', a: 1, b: 2, at: null, list: null }]]));
    const both = await Promise.all([buffer.get('things', { id: 'x' }), buffer.get('things', { id: 'x' })]);
    expect(both).toMatchObject([{ a: 1 }, { a: 1 }]);
    buffer.upsert('things', { id: 'x', a: 9 });
    expect(await buffer.get('things', { id: 'x' })).toMatchObject({ a: 9, b: 2 });
    buffer.insert('things', { id: 'z' });
    expect(await buffer.get('things', { id: 'z' })).toMatchObject({ a: null });
    expect(asked).toBe(1);
  });

  it('keeps copies: what a handler does to its values afterwards changes nothing', async () => {
    const buffer = bufferOver();
    const list = [1];
    const at = new Date(1_000);
    buffer.upsert('things', { id: 'x', list, at });
    list.push(2);
    at.setTime(2_000);
    expect(buffer.rowChanges()[0]?.row).toEqual({ id: 'x', list: [1], at: new Date(1_000) });
    const got = await buffer.get('things', { id: 'x' });
    (got!['list'] as number[]).push(3);
    expect(await buffer.get('things', { id: 'x' })).toMatchObject({ list: [1] });
  });

  it('refuses at once what the tables do not have, naming table and column', async () => {
    const buffer = bufferOver();
    const refusals: [() => unknown, string, string][] = [
      [() => buffer.upsert('nowhere', {}), 'VIEW_TABLE_UNKNOWN', 'nowhere'],
      [() => buffer.upsert('things', { id: 'x', c: 1 }), 'VIEW_VALUE_INVALID', 'things.c'],
      [() => buffer.upsert('things', { id: 'x', a: 1.5 }), 'VIEW_VALUE_INVALID', 'things.a'],
      [() => buffer.upsert('things', { id: 'x', a: undefined }), 'VIEW_VALUE_INVALID', 'things.a'],
      [() => buffer.upsert('things', { a: 1 }), 'VIEW_VALUE_INVALID', 'things.id'],
      [() => buffer.upsert('tallies', { kind: 'x' }), 'VIEW_OPERATION_INVALID', 'tallies'],
      [() => buffer.increment('things', { id: 'x' }, { a: 1 }), 'VIEW_OPERATION_INVALID', 'things'],
      [() => buffer.increment('tallies', { kind: 'x' }, { m: 1 }), 'VIEW_VALUE_INVALID', 'tallies.m'],
      [() => buffer.increment('tallies', { kind: 'x' }, { n: 0.5 }), 'VIEW_VALUE_INVALID', 'tallies.n'],
      [() => buffer.increment('tallies', { kind: 'x', shard: 1 }, { n: 1 }), 'VIEW_VALUE_INVALID', 'tallies.shard'],
    ];
    for (const [act, code, place] of refusals) {
      expect(act).toThrow(expect.objectContaining({ code, message: expect.stringContaining(place) as string }));
    }
    await expect(buffer.get('tallies', { kind: 'x' })).rejects.toMatchObject({ code: 'VIEW_OPERATION_INVALID' });
    buffer.increment('tallies', { kind: 'x' }, { n: Number.MAX_SAFE_INTEGER });
    expect(() => buffer.increment('tallies', { kind: 'x' }, { n: 1 })).toThrow(expect.objectContaining({ code: 'VIEW_VALUE_INVALID' }));
    expect(buffer.rowChanges()).toEqual([]);
  });

  it('cannot be used after its batch has ended', async () => {
    const buffer = bufferOver();
    buffer.close();
    expect(() => buffer.upsert('things', { id: 'x' })).toThrow(expect.objectContaining({ code: 'VIEW_CLOSED' }));
    await expect(buffer.get('things', { id: 'x' })).rejects.toMatchObject({ code: 'VIEW_CLOSED' });
  });

  it('remembers a read that failed, so that a handler cannot hide it', async () => {
    const buffer = new ViewBuffer('p', tables, { get: () => Promise.reject(new Error('aborted')) });
    await expect(buffer.get('things', { id: 'x' })).rejects.toThrow('aborted');
    expect(buffer.fault).toMatchObject({ error: { message: 'aborted' } });
  });
});
