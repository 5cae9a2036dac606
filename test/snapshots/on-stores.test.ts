import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRepository, memory, systemEnvironment, type EventStore, type StoreProvider } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { FakeClock } from 'eventspan/testing';
import type { CommandBus } from '../../src/command-handling/command-bus.js';
import { createCommandBus } from '../../src/command-handling/create-command-bus.js';
import { createDomainModel } from '../../src/model/domain-model.js';
import { snapshotFault } from '../../src/model/snapshot-fault.js';
import { describeWithEmulator, uniqueName } from '../support/emulators.js';
import { spannerProvider } from '../spanner/spanner-under-test.js';
import { AddItem, AddTally, Grow, ItemAdded, Order, registry, stored, tally } from './support/orders.js';
import { order, snapshotText } from './support/order-snapshot.js';

const folder = mkdtempSync(join(tmpdir(), 'snapshots-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Warning {
  readonly fault?: string;
  readonly unsaid?: number;
  readonly version?: number;
}

const revision = order.snapshotRevision;
const BAD: readonly (readonly [title: string, text: string, fault: string])[] = [
  ['of another revision', snapshotText(5).replace(revision, '2-00000000'), 'other-revision'],
  ['of another shape of the state', snapshotText(5).replace(revision, '1-00000000'), 'other-revision'],
  ['of a time when revisions were numbers', snapshotText(5).replace(`"${revision}"`, '1'), 'other-revision'],
  ['that is no snapshot', 'rubbish', 'corrupt'],
  ['that was cut', snapshotText(5).slice(0, -3), 'corrupt'],
  ['whose state is no JSON', `{"revision":"${revision}","version":5,"state":{"total":}`, 'unreadable'],
  ['that is newer than the stream', snapshotText(4, 99), 'newer-than-stream'],
  ['of an earlier event than the one it stands beside', snapshotText(4), 'other-version'],
];

function suite(provider: () => StoreProvider | Promise<StoreProvider>): void {
  let store: EventStore;
  let clock: FakeClock;
  let warnings: Warning[];
  let bus: CommandBus;

  beforeAll(async () => {
    const made = await provider();
    await made.migrate(systemEnvironment());
    store = await made.open(systemEnvironment());
  });
  afterAll(() => store.close());
  beforeEach(() => {
    clock = new FakeClock();
    warnings = [];
    bus = newBus();
  });

  const logger = { debug() {}, info() {}, warn: (fields: object) => void warnings.push(fields), error() {} };
  const newBus = (): CommandBus =>
    createCommandBus({ store, domain: createDomainModel({ aggregates: [Order, tally] }), events: registry, clock, logger });

  /** A stream of five events, with the text as the snapshot of the last. */
  async function streamWith(snapshot: string): Promise<string> {
    const id = uniqueName('o');
    const events = stored(...Array.from({ length: 5 }, () => new ItemAdded(1)));
    await store.append({ writes: [{ streamId: `order-${id}`, expectedVersion: 'none', events, snapshot }] });
    return id;
  }

  const usable = async (id: string): Promise<number | undefined> => {
    const acceptSnapshot = (text: string): boolean => snapshotFault(text, revision) === undefined;
    return (await store.load(`order-${id}`, { acceptSnapshot })).snapshot?.version;
  };

  it('a good snapshot is used, and its state decoded once', async () => {
    const id = await streamWith(snapshotText(5));
    const parse = jest.spyOn(JSON, 'parse');
    try {
      expect((await bus.execute(new AddItem(id))).value).toBe(6);
      expect(parse.mock.calls.filter(([text]) => text.includes('"ballast"'))).toHaveLength(1);
    } finally {
      parse.mockRestore();
    }
    expect(warnings).toEqual([]);
  });

  it.each(BAD)('a snapshot %s is passed over with one warning, and replaced by the next', async (_, text, fault) => {
    const ids = [await streamWith(text), await streamWith(text)];
    for (const id of ids) {
      expect((await bus.execute(new AddItem(id))).value).toBe(6);
      expect((await bus.execute(new AddItem(id))).value).toBe(7);
    }
    expect(warnings).toMatchObject([{ aggregate: 'order', fault, streamId: `order-${ids[0]}` }]);
    await clock.advance(600_000);
    await bus.execute(new AddItem(String(ids[0])));
    expect(warnings).toMatchObject([{}, { fault, unsaid: 3 }]);

    await bus.execute(new AddItem(String(ids[0])));
    expect((await bus.execute(new AddItem(String(ids[0])))).version).toBe(10);
    expect(await usable(String(ids[0]))).toBe(10);
    const fresh = newBus();
    warnings.length = 0;
    expect((await fresh.execute(new AddItem(String(ids[0])))).value).toBe(11);
    expect(warnings).toEqual([]);
  });

  it('an older good snapshot is used where a newer one is of another revision', async () => {
    const id = await streamWith(snapshotText(5));
    const more = stored(new ItemAdded(1));
    const snapshot = snapshotText(6).replace(revision, '1-00000000');
    await store.append({ writes: [{ streamId: `order-${id}`, expectedVersion: 5, events: more, snapshot }] });
    const made = jest.spyOn(Order.prototype, 'onAdded' as never);
    const { aggregate, version } = await createRepository({ store, events: registry, logger, clock }).load(Order, id);
    expect([aggregate.total, version, made.mock.calls.length]).toEqual([6, 6, 1]);
    made.mockRestore();
    expect(warnings).toMatchObject([{ fault: 'other-revision' }]);
  });

  it('a state that is too large for a snapshot costs the snapshot and one warning, not the command', async () => {
    const id = uniqueName('o');
    for (let at = 0; at < 4; at++) await bus.execute(new AddItem(id));
    await bus.execute(new Grow(id, 2_700_000));
    for (let at = 0; at < 4; at++) await bus.execute(new AddItem(id));
    expect((await bus.execute(new AddItem(id))).version).toBe(10);
    expect(warnings).toMatchObject([{ aggregate: 'order', fault: 'not-storable', version: 5 }]);
    expect(await usable(id)).toBeUndefined();
    await bus.execute(new Grow(id, 1));
    for (let at = 0; at < 4; at++) await bus.execute(new AddItem(id));
    expect(await usable(id)).toBe(15);
  });

  it('functional aggregates keep the version in their snapshots too', async () => {
    const id = uniqueName('t');
    for (let at = 0; at < 5; at++) await bus.execute(new AddTally(id));
    const { snapshot } = await store.load(`tally-${id}`, { acceptSnapshot: () => true });
    expect(JSON.parse(snapshot?.state ?? '')).toEqual({ revision: tally.snapshotRevision, version: 5, state: { value: { total: 5 } } });
    expect((await bus.execute(new AddTally(id))).value).toBe(6);
    expect(warnings).toEqual([]);
  });
}

describe('[memory] snapshots', () => suite(() => memory()));
describe('[sqlite] snapshots', () => suite(() => sqlite(join(folder, 'snapshots.db'))));
describeWithEmulator('spanner', 'snapshots', () => suite(() => spannerProvider()));
