import type { AppendRequest } from '../../src/event-store/append.js';
import type { RowChange, TableDefinition } from '../../src/event-store/read-models.js';
import { describeWithEmulator, uniqueName } from '../support/emulators.js';
import { UNAVAILABLE, type Fault } from '../support/grpc-proxy.js';
import { appendTo, proxiedStore, readAll, table, type ProxiedStore } from './spanner-under-test.js';

const REPLY_LOST: Fault = { at: 'after', answer: UNAVAILABLE };
const NEVER_ARRIVED: Fault = { at: 'before', answer: UNAVAILABLE };

describeWithEmulator('spanner', 'rows that go with an append', () => {
  const view: TableDefinition = table('inline_rows');
  let made: ProxiedStore;
  beforeAll(async () => {
    made = await proxiedStore();
    await made.direct.readModels.ensureTables([view]);
  });
  afterEach(() => made.proxy.disarm());
  afterAll(() => made.close());

  const change = (kind: RowChange['kind'], id: string, n: number): RowChange => ({ kind, table: view, row: { id, n } });
  const withChanges = (request: AppendRequest, ...changes: RowChange[]): AppendRequest => ({ ...request, changes });
  const rowOf = async (id: string): Promise<unknown> => (await made.direct.readModels.get(view, [{ id }]))[0]?.['n'];

  async function write(...changes: RowChange[]): Promise<void> {
    await (await made.direct.readModels.openBatch({ rows: 'stream' })).commit(changes);
  }

  it('are in its one Commit', async () => {
    const { store, proxy } = made;
    const id = uniqueName('row');
    await store.currentTime();
    proxy.forget();
    await store.append(withChanges(appendTo(uniqueName('stream'), 'none'), change('insert', id, 1), change('update', id, 2)));
    expect(proxy.seen()).toEqual({ Commit: 1 });
    expect(await rowOf(id)).toBe(2);
  });

  it.each(['none', 'any'] as const)('are written once where the reply to an append to "%s" is lost', async (expectedVersion) => {
    const { store, direct, proxy } = made;
    const [streamId, id] = [uniqueName('stream'), uniqueName('row')];
    const request = withChanges(appendTo(streamId, expectedVersion), change('insert', id, 1));
    proxy.arm('Commit', REPLY_LOST);
    expect(await store.append(request)).toMatchObject({ repeated: true, streams: [{ lastVersion: 1 }] });
    await write(change('update', id, 7));
    expect(await store.append(request)).toMatchObject({ repeated: true });
    expect(await rowOf(id)).toBe(7);
    expect(await readAll(direct, streamId)).toHaveLength(1);
  });

  it('are not written again by a repeat, blind ones neither', async () => {
    const { store } = made;
    const id = uniqueName('row');
    const request = withChanges(appendTo(uniqueName('stream'), 'none'), change('upsert', id, 1));
    await store.append(request);
    await write(change('upsert', id, 2));
    expect(await store.append(request)).toMatchObject({ repeated: true });
    expect(await rowOf(id)).toBe(2);
  });

  it.each(['none', 'any'] as const)('refuse the append to "%s" by what they are about, and leave nothing', async (expectedVersion) => {
    const { store } = made;
    const [streamId, id] = [uniqueName('stream'), uniqueName('row')];
    await write(change('insert', id, 1));
    const inserting = store.append(withChanges(appendTo(streamId, expectedVersion), change('upsert', 'other', 5), change('insert', id, 2)));
    await expect(inserting).rejects.toMatchObject({ code: 'VIEW_ROW_EXISTS', details: { table: 'inline_rows', key: `["${id}"]` } });
    const updating = store.append(withChanges(appendTo(streamId, expectedVersion), change('update', `${id}-no`, 2)));
    await expect(updating).rejects.toMatchObject({ code: 'VIEW_ROW_MISSING', details: { key: `["${id}-no"]` } });
    expect(await readAll(store, streamId)).toEqual([]);
    expect(await rowOf('other')).toBeUndefined();
  });

  it('give way to a conflict of versions, which the caller can repeat', async () => {
    const { store } = made;
    const [streamId, id] = [uniqueName('stream'), uniqueName('row')];
    await store.append(withChanges(appendTo(streamId, 'none'), change('insert', id, 1)));
    const same = store.append(withChanges(appendTo(streamId, 'none'), change('insert', id, 2)));
    await expect(same).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actual: 1 });
    const early = store.append(withChanges(appendTo(streamId, 5), change('insert', id, 2)));
    await expect(early).rejects.toMatchObject({ code: 'VERSION_CONFLICT', actual: 1 });
  });

  it('are no proof after an attempt of unknown fate, which could still arrive: OUTCOME_UNKNOWN', async () => {
    const { store, proxy } = made;
    const id = uniqueName('row');
    await write(change('insert', id, 1));
    proxy.arm('Commit', NEVER_ARRIVED);
    const appending = store.append(withChanges(appendTo(uniqueName('stream'), 'none'), change('insert', id, 2)));
    await expect(appending).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('count in the size of the commit', async () => {
    const { store } = made;
    const changes = Array.from({ length: 27_000 }, (_, n) => change('upsert', `many-${n}`, n));
    const appending = store.append(withChanges(appendTo(uniqueName('stream'), 'none'), ...changes, ...changes));
    await expect(appending).rejects.toMatchObject({ code: 'COMMIT_TOO_LARGE' });
    expect(await rowOf('many-0')).toBeUndefined();
  });
});
