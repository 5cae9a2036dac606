import type { EventspanOptions } from 'eventspan';
import { Paid } from '../projections/support/domain.js';
import { Library } from './support/library.js';
import { book } from './support/projectors.js';

let library: Library;
beforeEach(() => (library = new Library()));
afterEach(() => library.close());

describe('[memory] the first version of a projector', () => {
  it('is live at once, and its tables carry the version', async () => {
    const app = await library.started({ projectors: [book(1)] });
    const end = await library.pay(app, 10);
    expect(await library.run(app.caughtUp('book', end))).toEqual({ caughtUp: true });
    expect(await library.states(app)).toEqual(['1.0 live']);
    expect(await library.seen(app)).toEqual({ total: 10, payments: 10, counted: 10 });
    const table = { name: 'accounts_v1', key: ['id'], columns: { id: 'string', total: 'integer', payments: 'integer' } } as const;
    const rows = [];
    for await (const row of app.store.readModels.scan(table)) rows.push(row);
    expect(rows).toHaveLength(7);
  });
});

describe('[memory] a new version', () => {
  it('is filled beside the live one, compared, and switched to; readers see the old model until then', async () => {
    const before = await library.started({ projectors: [book(1)] });
    await library.run(before.caughtUp('book', await library.pay(before, 30)));
    const after = await library.started({ projectors: [book(2, { surcharge: 1 })], roles: ['commands', 'projectors'] });
    expect((await library.states(after))[0]).toBe('1.0 live');
    const seen = new Set<number>();
    for (let at = 0; at < 400 && !(await library.states(after)).includes('2.0 live'); at++) {
      seen.add((await library.seen(after)).total);
      await library.clock.advance(20);
    }
    expect([...seen]).toEqual([30]);
    await library.clock.advance(2_000);
    expect(await library.states(after)).toEqual(['1.0 retired', '2.0 live']);
    expect(await library.seen(after)).toEqual({ total: 60, payments: 30, counted: 30 });
    expect(await library.seen(before)).toEqual({ total: 60, payments: 30, counted: 30 });
    const { generations } = await after.projections.status('book');
    expect(generations.map(({ state }) => state)).toEqual(['retired', 'live']);
  });

  it('loses and doubles nothing of what is written meanwhile, and readers find their own writes on both sides of the switch', async () => {
    const old = await library.started({ projectors: [book(1)] });
    await library.pay(old, 40);
    const fresh = await library.started({ projectors: [book(2)] });
    let written = 40;
    for (let at = 0; at < 300; at++) {
      const end = await library.append(old, `acc-${at % 9}`, new Paid('c-0', 1));
      written++;
      const reader = at % 2 === 0 ? old : fresh;
      await library.run(reader.caughtUp('book', end));
      expect((await library.seen(reader)).payments).toBe(written);
      await library.clock.advance(30);
    }
    expect(await library.states(fresh)).toEqual(['1.0 retired', '2.0 live']);
    expect(await library.seen(fresh)).toEqual({ total: written, payments: written, counted: written });
  });

  it('becomes live although the old code is gone, at the positions where that stopped, and goes on from there', async () => {
    const old = await library.started({ projectors: [book(1)] });
    await library.run(old.caughtUp('book', await library.pay(old, 12)));
    await library.run(old.stop());
    const fresh = await library.open({ projectors: [book(2)] });
    const end = await library.pay(fresh, 12);
    await library.run(fresh.start());
    await library.untilState(fresh, '2.0', 'live');
    await library.run(fresh.caughtUp('book', end));
    expect(await library.seen(fresh)).toEqual({ total: 24, payments: 24, counted: 24 });
  });

  it('is compared exactly, though events are written all the time', async () => {
    const old = await library.started({ projectors: [book(1)] });
    await library.pay(old, 20);
    const fresh = await library.started({ projectors: [book(2)], projections: { rebuild: { switch: 'manual' } } });
    for (let at = 0; at < 200; at++) {
      await library.append(old, `acc-${at % 9}`, new Paid('c-0', 1));
      await library.clock.advance(20);
    }
    const { rebuild } = await fresh.projections.status('book');
    expect(rebuild).toMatchObject({ state: 'ready', events: { done: 20, total: 20 }, comparison: { equal: true, with: 'book:v1' } });
    expect(rebuild?.comparison?.tables.map(({ table, rows }) => [table, rows.old === rows.new])).toEqual([
      ['accounts', true],
      ['counts', true],
    ]);
  });
});

describe('[memory] a rebuild', () => {
  it('of the same version fills a new run; the old one stops, and is there to go back to', async () => {
    const app = await library.started({ projectors: [book(1)] });
    await library.run(app.caughtUp('book', await library.pay(app, 20)));
    const started = await library.run(app.projections.rebuild('book'));
    expect(started).toEqual({ projector: 'book', version: 1, run: 1, joined: false });
    expect(await library.run(app.projections.finished(started))).toMatchObject({ state: 'live' });
    expect(app.status().projections.map(({ version, run }) => [version, run])).toEqual([[1, 1]]);
    await library.run(app.caughtUp('book', await library.append(app, 'acc-1', new Paid('c-0', 1))));
    expect(await library.seen(app)).toEqual({ total: 21, payments: 21, counted: 21 });
    const back = await library.run(app.projections.rollback('book'));
    expect(await library.run(app.projections.finished(back))).toMatchObject({ version: 1, run: 0, state: 'live' });
    await library.run(app.caughtUp('book', await library.append(app, 'acc-1', new Paid('c-0', 1))));
    expect(await library.seen(app)).toEqual({ total: 22, payments: 22, counted: 22 });
  });

  it('waits when the rows differ and it is to be switched to only when they are equal', async () => {
    const app = await library.started({ projectors: [book(1)] });
    await library.run(app.caughtUp('book', await library.pay(app, 5)));
    const stale = { key: ['id'], columns: { id: 'string', total: 'integer', payments: 'integer' }, name: 'accounts_v1' } as const;
    const batch = await app.store.readModels.openBatch({ rows: 'stream' });
    await batch.commit([{ kind: 'upsert', table: stale, row: { id: 'acc-1', total: 999 } }]);
    const started = await library.run(app.projections.rebuild('book', { switch: 'when-equal' }));
    const info = await library.run(app.projections.finished(started));
    expect(info).toMatchObject({ state: 'ready', reason: { code: 'REBUILD_DIFFERS' } });
    const { rebuild } = await app.projections.status('book');
    expect(rebuild?.comparison?.tables[0]).toMatchObject({
      table: 'accounts',
      differing: 1,
      differences: [{ key: { id: 'acc-1' }, in: 'both' }],
    });
    expect((await library.seen(app)).total).toBe(999 + 4);
    await library.run(app.projections.switch('book'));
    await library.untilState(app, '1.1', 'live');
    expect((await library.seen(app)).total).toBe(5);
  });

  it('is joined by a second start, and refused beside one of another version', async () => {
    const old = await library.started({ projectors: [book(1)] });
    await library.pay(old, 5);
    const first = await library.run(old.projections.rebuild('book', { switch: 'manual' }));
    expect(await library.run(old.projections.rebuild('book'))).toEqual({ ...first, joined: true });
    const fresh = await library.open({ projectors: [book(2)] });
    await expect(library.run(fresh.projections.rebuild('book'))).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
  });

  it('is cancelled: its tables and cursors are removed, the live model stays', async () => {
    const app = await library.started({ projectors: [book(1)] });
    await library.run(app.caughtUp('book', await library.pay(app, 5)));
    const started = await library.run(app.projections.rebuild('book', { switch: 'manual' }));
    await library.untilState(app, '1.1', 'ready');
    await library.run(app.projections.cancel('book'));
    expect(await library.run(app.projections.finished(started))).toMatchObject({ state: 'cancelled' });
    await library.run(app.projections.cleaned('book'));
    expect((await app.store.cursors.read('projector:book:v1.1')).cursors).toEqual([]);
    const table = { name: 'accounts_v1_r1', key: ['id'], columns: { id: 'string' } } as const;
    await expect(app.store.readModels.get(table, [{ id: 'acc-1' }])).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect((await library.seen(app)).payments).toBe(5);
    expect(await library.run(app.projections.rebuild('book'))).toMatchObject({ run: 2, joined: false });
  });

  it('that cannot be filled fails with its reason, and can be started again', async () => {
    const app = await library.started({ projectors: [book(1)] });
    await library.run(app.caughtUp('book', await library.pay(app, 5)));
    const other = { name: 'accounts_v1_r1', key: ['other'], columns: { other: 'string' } } as const;
    await app.store.readModels.ensureTables([other]);
    const started = await library.run(app.projections.rebuild('book'));
    expect(await library.run(app.projections.finished(started))).toMatchObject({ state: 'failed', reason: { code: 'VIEW_TABLE_DIFFERS' } });
    const again = await library.run(app.projections.rebuild('book'));
    expect(again).toMatchObject({ run: 2, joined: false });
    expect(await library.run(app.projections.finished(again))).toMatchObject({ state: 'live' });
    expect(await library.states(app)).toEqual(['1.0 retired', '1.1 dropped', '1.2 live']);
  });

  it('is carried out by an application that only opened, as the command line does', async () => {
    const app = await library.started({ projectors: [book(1)] });
    await library.run(app.caughtUp('book', await library.pay(app, 5)));
    await library.run(app.stop());
    const operator = await library.open({ projectors: [book(1)], roles: ['projectors'] });
    const started = await library.run(operator.projections.rebuild('book'));
    expect(await library.run(operator.projections.finished(started))).toMatchObject({ state: 'live' });
    expect((await library.seen(operator)).payments).toBe(5);
    expect(operator.status().projections).toEqual([]);
  });

  it('shows how far it is', async () => {
    const app = await library.started({ projectors: [book(1)] });
    await library.run(app.caughtUp('book', await library.pay(app, 50)));
    const started = await library.run(app.projections.rebuild('book', { switch: 'manual' }));
    const shown: string[] = [];
    await library.run(
      app.projections.finished(started, { onProgress: ({ state, events }) => void shown.push(`${state} ${events.done}/${events.total}`) }),
    );
    expect(shown.at(-1)).toBe('ready 50/50');
    const { rebuild } = await app.projections.status('book');
    expect(rebuild?.shards.reduce((sum, { total }) => sum + total, 0)).toBe(50);
    expect(app.status().projections[0]?.rebuild).toMatchObject({ state: 'ready', run: 1 });
  });
});

describe('[memory] rolling back', () => {
  it('needs an older generation: of several versions listed for an empty store, the newest is live at once', async () => {
    const both = await library.started({ projectors: [book(1), book(2, { surcharge: 1 })] });
    expect(await library.states(both)).toEqual(['2.0 live']);
    await expect(library.run(both.projections.rollback('book'))).rejects.toMatchObject({ code: 'ROLLBACK_IMPOSSIBLE' });
  });

  it('goes back to the version before, which the old code keeps up to date', async () => {
    const old = await library.started({ projectors: [book(1)] });
    await library.pay(old, 10);
    const fresh = await library.started({ projectors: [book(2, { surcharge: 1 })] });
    await library.untilState(fresh, '2.0', 'live');
    await library.run(fresh.caughtUp('book', await library.pay(fresh, 10)));
    expect(await library.seen(fresh)).toEqual({ total: 40, payments: 20, counted: 20 });
    await library.run(fresh.projections.rollback('book'));
    await library.untilState(fresh, '1.0', 'live');
    await library.clock.advance(2_000);
    expect(await library.seen(fresh)).toEqual({ total: 20, payments: 20, counted: 20 });
    expect(await library.states(fresh)).toEqual(['1.0 live', '2.0 retired']);
  });

  it('switches at once when told, whatever the older one has seen', async () => {
    const old = await library.started({ projectors: [book(1)] });
    await library.run(old.caughtUp('book', await library.pay(old, 10)));
    const fresh = await library.started({ projectors: [book(2)] });
    await library.untilState(fresh, '2.0', 'live');
    await library.run(fresh.projections.rollback('book', { now: true }));
    expect(await library.states(fresh)).toEqual(['1.0 live', '2.0 retired']);
  });
});

describe('[memory] dropping', () => {
  it('removes what is retired, when every process knows, and refuses what is live', async () => {
    const app = await library.started({ projectors: [book(1)] });
    await library.run(app.caughtUp('book', await library.pay(app, 5)));
    const started = await library.run(app.projections.rebuild('book'));
    await library.run(app.projections.finished(started));
    await expect(library.run(app.projections.drop('book', { version: 1, run: 1 }))).rejects.toMatchObject({
      code: 'GENERATION_NOT_DROPPABLE',
    });
    expect(await library.run(app.projections.drop('book'))).toEqual([{ projector: 'book', version: 1, run: 0 }]);
    await library.run(app.projections.cleaned('book'));
    const table = { name: 'accounts_v1', key: ['id'], columns: { id: 'string' } } as const;
    await expect(app.store.readModels.get(table, [{ id: 'acc-1' }])).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect((await library.seen(app)).payments).toBe(5);
    await expect(library.run(app.projections.rollback('book'))).rejects.toMatchObject({ code: 'ROLLBACK_IMPOSSIBLE' });
  });
});

describe('[memory] two applications that could carry out a rebuild', () => {
  it('do it once', async () => {
    const apps = [await library.started({ projectors: [book(1)] }), await library.started({ projectors: [book(1)] })];
    const [one, two] = apps as [(typeof apps)[0], (typeof apps)[0]];
    await library.run(one.caughtUp('book', await library.pay(one, 30)));
    const [first, second] = await library.run(Promise.all([one.projections.rebuild('book'), two.projections.rebuild('book')]));
    expect([first, second].filter(({ joined }) => joined)).toHaveLength(1);
    expect(await library.run(one.projections.finished(first))).toMatchObject({ state: 'live' });
    expect(await library.states(two)).toEqual(['1.0 retired', '1.1 live']);
    await library.run(two.caughtUp('book', await library.append(two, 'acc-1', new Paid('c-0', 1))));
    expect(await library.seen(two)).toEqual({ total: 31, payments: 31, counted: 31 });
  });
});

describe('[memory] readers', () => {
  it('need no transport and no role, only the projector in the list', async () => {
    const app = await library.started({ projectors: [book(1)] });
    const end = await library.pay(app, 3);
    const reader = await library.open({ projectors: [book(1)], roles: ['commands'] });
    await library.run(reader.caughtUp('book', end));
    expect((await library.seen(reader)).payments).toBe(3);
  });

  it('are told when there is no live generation yet, and wait for one', async () => {
    const reader = await library.open({ projectors: [book(1)], roles: ['commands'] });
    await expect(library.seen(reader)).rejects.toMatchObject({ code: 'PROJECTION_NOT_BUILT' });
    const end = await library.pay(reader, 3);
    const caught = reader.caughtUp('book', end, { timeoutMs: 20_000 });
    await library.started({ projectors: [book(1)] });
    expect(await library.run(caught)).toEqual({ caughtUp: true });
  });

  it('may go on with a stale model when the time is over', async () => {
    const app = await library.started({ projectors: [book(1)] });
    await library.run(app.stop());
    const reader = await library.open({ projectors: [book(1)], roles: ['commands'] });
    const end = await library.append(reader, 'acc-1', new Paid('c-0', 1));
    const stale = await library.run(reader.caughtUp('book', end, { timeoutMs: 100, onTimeout: 'stale' }));
    expect(stale).toEqual({ caughtUp: false, behind: [...end.keys()] });
    await expect(library.run(reader.caughtUp('book', end, { timeoutMs: 100 }))).rejects.toMatchObject({ code: 'CATCH_UP_TIMED_OUT' });
    await expect(reader.caughtUp('book', end, { onTimeout: 'maybe' as 'stale' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('[memory] a projector that is written together with the events', () => {
  it('has no engine, and is rebuilt only while nothing is appended', async () => {
    const inline = { ...book(1), lifecycle: 'inline' as const };
    const app = await library.started({ projectors: [inline] });
    const end = await library.pay(app, 10);
    expect(app.status().projections).toEqual([]);
    expect(await library.run(app.caughtUp('book', end))).toEqual({ caughtUp: true });
    await expect(library.run(app.projections.rebuild('book'))).rejects.toMatchObject({ code: 'REBUILD_INLINE' });
    const started = await library.run(app.projections.rebuild('book', { appendsPaused: true }));
    expect(await library.run(app.projections.finished(started))).toMatchObject({ run: 1, state: 'live' });
    expect(await library.seen(app)).toEqual({ total: 10, payments: 10, counted: 10 });
  });
});

describe('projectors of an application', () => {
  it('are told apart by name and version, and share no table', async () => {
    await expect(library.open({ projectors: [book(1), book(1)] })).rejects.toMatchObject({ code: 'PROJECTOR_NAME_TAKEN' });
    await expect(library.open({ projectors: [book(1), { ...book(1), name: 'other' }] })).rejects.toMatchObject({
      code: 'PROJECTOR_TABLE_TAKEN',
      details: { table: 'accounts', projectors: ['book', 'other'] },
    });
  });

  it('have settings that are checked when the application is opened', async () => {
    const wrong: EventspanOptions['projections'][] = [
      { pollMs: 1 },
      { liveCacheMs: -1 },
      { rebuild: { switch: 'maybe' as 'auto' } },
      { rebuild: { concurrency: 0 } },
      { rebuild: { batchSize: 2_000 } },
    ];
    for (const projections of wrong) {
      await expect(library.open({ projectors: [book(1)], ...(projections && { projections }) })).rejects.toMatchObject({
        code: 'OPTION_INVALID',
      });
    }
  });
});
