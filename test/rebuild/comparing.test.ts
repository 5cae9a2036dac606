import * as fc from 'fast-check';
import { compareCodePoints } from '../../src/event-store/position.js';
import type { Row } from '../../src/event-store/read-models.js';
import { counterTable } from '../../src/projections/counter-table.js';
import type { DeclaredTable } from '../../src/projections/projector-definition.js';
import { readModelTable } from '../../src/projections/read-model-table.js';
import { compareTables, type TableSide } from '../../src/projections/rebuild/compare-tables.js';

const loans = readModelTable('loans', { key: ['id'], columns: { id: 'string', amount: 'integer', at: 'timestamp', more: 'json' } });

async function* stream(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

const side = (rows: readonly Row[], table: DeclaredTable = loans): TableSide => ({ table, rows: stream(rows) });

describe('comparing two generations of a table', () => {
  it('finds nothing where the rows are the same, whatever the order of keys in JSON and the identity of dates', async () => {
    const old = { id: 'a', amount: 1, at: new Date(5), more: { x: 1, y: [null, 'z'] } };
    const fresh = { more: { y: [null, 'z'], x: 1 }, at: new Date(5), id: 'a', amount: 1 };
    expect(await compareTables(side([old]), side([fresh]))).toMatchObject({
      equal: true,
      rows: { old: 1, new: 1 },
      differing: 0,
      differences: [],
    });
  });

  it('names what one side lacks and what differs, by key', async () => {
    const old = ['a', 'b', 'd'].map((id) => ({ id, amount: 1 }));
    const fresh = [
      { id: 'b', amount: 2 },
      { id: 'c', amount: 1 },
      { id: 'd', amount: 1 },
    ];
    expect(await compareTables(side(old), side(fresh))).toMatchObject({
      equal: false,
      rows: { old: 3, new: 3 },
      differing: 3,
      differences: [
        { key: { id: 'a' }, in: 'old' },
        { key: { id: 'b' }, in: 'both' },
        { key: { id: 'c' }, in: 'new' },
      ],
    });
  });

  it('names twenty differences and counts all', async () => {
    const rows = Array.from({ length: 50 }, (_, at) => ({ id: `s${String(at).padStart(2, '0')}` }));
    const found = await compareTables(side(rows), side([]));
    expect(found.differing).toBe(50);
    expect(found.differences).toHaveLength(20);
  });

  it('compares the columns that both have, and lists the others', async () => {
    const wider = readModelTable('loans', { key: ['id'], columns: { id: 'string', amount: 'integer', currency: 'string' } });
    const found = await compareTables(
      side([{ id: 'a', amount: 1, at: null, more: null }]),
      side([{ id: 'a', amount: 1, currency: 'EUR' }], wider),
    );
    expect(found).toMatchObject({ equal: false, differing: 0, columns: { old: ['at', 'more'], new: ['currency'] } });
  });

  it('counts and sums where the keys have different columns', async () => {
    const other = readModelTable('loans', { key: ['amount'], columns: { id: 'string', amount: 'integer' } });
    const found = await compareTables(side([{ id: 'a', amount: 1 }]), side([{ id: 'a', amount: 1 }], other));
    expect(found).toMatchObject({ equal: false, rows: { old: 1, new: 1 }, differences: [] });
    expect(found.differing).toBeUndefined();
  });

  it('compares counters by name', async () => {
    const counts = counterTable('counts', { key: { kind: 'string' }, counters: ['n'] });
    expect((await compareTables(side([{ kind: 'x', n: 2 }], counts), side([{ kind: 'x', n: 3 }], counts))).differences).toEqual([
      { key: { kind: 'x' }, in: 'both' },
    ]);
  });

  it('finds exactly the rows that differ, for any two sets of rows', async () => {
    const rows = fc.uniqueArray(fc.record({ id: fc.string({ unit: 'grapheme', maxLength: 3 }), amount: fc.nat(2) }), {
      selector: ({ id }) => id,
      maxLength: 30,
    });
    const sorted = (all: readonly { id: string; amount: number }[]): Row[] => all.toSorted((a, b) => compareCodePoints(a.id, b.id));
    await fc.assert(
      fc.asyncProperty(rows, rows, async (a, b) => {
        const found = await compareTables(side(sorted(a)), side(sorted(b)));
        const texts = (all: readonly object[]): Set<string> => new Set(all.map((each) => JSON.stringify(each)));
        const same = [...texts(a)].filter((text) => texts(b).has(text)).length;
        const keys = new Set([...a, ...b].map(({ id }) => id)).size;
        expect(found.differing).toBe(keys - same);
        expect(found.equal).toBe(keys === same);
        expect(found.checksums.old === found.checksums.new).toBe(found.equal);
      }),
    );
  });
});
