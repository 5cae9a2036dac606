import { defineProjector, on, readModelTable, type Eventspan, type ProjectorDefinition } from 'eventspan';
import { PARKED_STREAMS } from '../../src/event-store/system-tables.js';
import { Paid } from '../projections/support/domain.js';
import { Library } from './support/library.js';
import { book } from './support/projectors.js';

const totals = readModelTable('totals', { key: ['id'], columns: { id: 'string', total: 'integer' } });
const STORED = { name: 'totals_v1', key: ['id'], columns: { id: 'string', total: 'integer' } } as const;

let poison = false;
const projector: ProjectorDefinition = defineProjector({
  name: 'book',
  rows: 'stream',
  tables: [totals],
  on: [
    on(Paid, async (event, { view, streamId }) => {
      if (poison && streamId === 'acc-1') throw new Error('poison');
      const row = await view.get('totals', { id: streamId });
      view.upsert('totals', { id: streamId, total: Number(row?.['total'] ?? 0) + event.amount });
    }),
  ],
});

let library: Library;
beforeEach(() => {
  poison = false;
  library = new Library();
});
afterEach(() => library.close());

async function corrupt(app: Eventspan, ...ids: readonly string[]): Promise<void> {
  const batch = await app.store.readModels.openBatch({ rows: 'stream' });
  await batch.commit(ids.map((id) => ({ kind: 'upsert', table: STORED, row: { id, total: -1 } })));
}

const totalOf = async (app: Eventspan, id: string): Promise<unknown> => (await app.readModel('book').get('totals', { id }))?.['total'];

async function untilNoneIsLeft(app: Eventspan): Promise<void> {
  for (let steps = 0; (await app.projections.streamRebuilds('book')).length > 0; steps++) {
    if (steps === 1_000) throw new Error(JSON.stringify(await app.projections.streamRebuilds('book')));
    await library.clock.advance(50);
  }
}

describe('[memory] rebuilding single streams', () => {
  it('makes their rows anew and leaves others as they are, though events are written all the time', async () => {
    const app = await library.started({ projectors: [projector] });
    await library.run(app.caughtUp('book', await library.pay(app, 35)));
    await corrupt(app, 'acc-1', 'acc-2', 'acc-3');
    expect(await library.run(app.projections.rebuildStreams('book', ['acc-1', 'acc-2']))).toMatchObject({ version: 1, run: 0 });
    const end = await library.append(app, 'acc-1', new Paid('c-0', 1));
    await library.run(untilNoneIsLeft(app));
    await library.run(app.caughtUp('book', end));
    expect(await totalOf(app, 'acc-1')).toBe(6);
    expect(await totalOf(app, 'acc-2')).toBe(5);
    expect(await totalOf(app, 'acc-3')).toBe(-1);
  });

  it('is done by the process that has the shard', async () => {
    const one = await library.started({ projectors: [projector] });
    await library.run(one.caughtUp('book', await library.pay(one, 14)));
    await corrupt(one, 'acc-1', 'acc-2', 'acc-3', 'acc-4');
    const operator = await library.open({ projectors: [projector], roles: ['commands'] });
    await library.run(operator.projections.rebuildStreams('book', ['acc-1', 'acc-2', 'acc-3', 'acc-4']));
    await untilNoneIsLeft(operator);
    for (const id of ['acc-1', 'acc-2', 'acc-3', 'acc-4']) expect(await totalOf(operator, id)).toBe(2);
  });

  it('keeps the reason where a handler fails, does not try again by itself, and does when asked again', async () => {
    const app = await library.started({ projectors: [projector] });
    await library.run(app.caughtUp('book', await library.pay(app, 14)));
    await corrupt(app, 'acc-1');
    poison = true;
    await library.run(app.projections.rebuildStreams('book', ['acc-1']));
    await library.clock.advance(10_000);
    expect(await app.projections.streamRebuilds('book')).toMatchObject([{ streamId: 'acc-1', reason: { message: 'poison' } }]);
    expect(await totalOf(app, 'acc-1')).toBe(-1);
    poison = false;
    await library.run(app.projections.rebuildStreams('book', ['acc-1']));
    await untilNoneIsLeft(app);
    expect(await totalOf(app, 'acc-1')).toBe(2);
  });

  it('is refused for a stream that is parked, which a re-drive would go on with', async () => {
    const app = await library.started({ projectors: [projector] });
    await library.run(app.caughtUp('book', await library.pay(app, 7)));
    const [info] = await parkedRow(app, 'acc-1');
    await library.run(app.projections.rebuildStreams('book', ['acc-1']));
    await library.clock.advance(10_000);
    expect(await app.projections.streamRebuilds('book')).toMatchObject([{ shard: info, reason: { code: 'REBUILD_STREAMS_UNSUPPORTED' } }]);
  });

  it("is refused where a stream's rows cannot be told from those of others, and for streams that are not there", async () => {
    const app = await library.started({ projectors: [book(1)] });
    await library.pay(app, 1);
    const rejects = async (wish: Promise<unknown>, code: string): Promise<void> => {
      await expect(library.run(wish)).rejects.toMatchObject({ code });
    };
    await rejects(app.projections.rebuildStreams('book', ['acc-0']), 'REBUILD_STREAMS_UNSUPPORTED');
    await rejects(app.projections.rebuildStreams('other', ['acc-0']), 'PROJECTOR_UNKNOWN');
    await library.run(app.stop());
    library.apps.splice(0);
    library = new Library();
    const plain = await library.started({ projectors: [projector] });
    await rejects(plain.projections.rebuildStreams('book', []), 'OPTION_INVALID');
    await rejects(plain.projections.rebuildStreams('book', ['nobody']), 'REBUILD_STREAMS_UNSUPPORTED');
  });
});

async function parkedRow(app: Eventspan, streamId: string): Promise<number[]> {
  const event = { shard: -1 };
  for await (const stored of app.store.readStream(streamId)) event.shard = stored.shard;
  const batch = await app.store.readModels.openBatch({ rows: 'stream' });
  const row = { consumer: 'projector:book:v1', shard: event.shard, stream_id: streamId, version: 1, reason: 'failed' };
  await batch.commit([{ kind: 'upsert', table: PARKED_STREAMS, row }]);
  return [event.shard];
}
