import { createRepository } from '../../src/event-store/repository.js';
import { commitTimeOf } from '../../src/event-store/stored-event.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { account, Deposit } from './account.js';
import { Bench, HOMES, registry, withMethods } from './homes.js';
import { Loan, NoteLoan, SubmitLoan, TouchLoan } from './loan.js';

describe.each(HOMES)('a repository on %s', (_, provider) => {
  let bench: Bench;
  let clock: FakeClock;
  beforeEach(async () => {
    clock = new FakeClock();
    bench = await Bench.open(provider(), clock);
  });
  afterEach(() => bench.store.close());
  const repository = (overrides: Partial<Parameters<typeof createRepository>[0]> = {}) =>
    createRepository({ store: bench.store, events: registry, ...overrides });

  async function submitWithNotes(count: number): Promise<void> {
    const bus = bench.bus({ clock });
    await bus.execute(new SubmitLoan('1'));
    for (let at = 1; at <= count; at++) await bus.execute(new NoteLoan('1', `n${at}`));
  }

  it('loads a class as an instance and a functional aggregate as its state', async () => {
    await submitWithNotes(1);
    await bench.bus().execute(new Deposit('9', 4));
    const loan = await repository().load(Loan, '1');
    expect(loan.aggregate).toBeInstanceOf(Loan);
    expect(loan).toMatchObject({ streamId: 'loan-1', aggregateId: '1', version: 2, aggregate: { applicant: 'a-17', notes: ['n1'] } });
    expect(loan.aggregate.version).toBe(2);
    expect((await repository().load(account, '9')).aggregate.balance).toBe(4);
  });

  it('gives the initial state for a stream without events', async () => {
    expect(await repository().load(account, '0')).toEqual({
      streamId: 'account-0',
      aggregateId: '0',
      version: 0,
      aggregate: { balance: 0 },
    });
  });

  it('loads the snapshot and the events after it in one Read', async () => {
    await submitWithNotes(12);
    const reads: unknown[] = [];
    const store = withMethods(bench.store, {
      load: async (streamId, options) => {
        const loaded = await bench.store.load(streamId, options);
        reads.push([loaded.snapshot?.version, loaded.events.map(({ version }) => version)]);
        return loaded;
      },
    });
    const { aggregate, version } = await repository({ store }).load(Loan, '1');
    expect([version, aggregate.notes.length]).toEqual([13, 12]);
    expect(reads).toEqual([[10, [11, 12, 13]]]);
  });

  it('replays the whole stream, with one warning, when an accepted snapshot cannot be read', async () => {
    await submitWithNotes(12);
    const warnings: object[] = [];
    const logger = { debug() {}, info() {}, warn: (fields: object) => warnings.push(fields), error() {} };
    const store = withMethods(bench.store, {
      load: async (streamId, options) => {
        const loaded = await bench.store.load(streamId, options);
        const { snapshot } = loaded;
        return snapshot === undefined ? loaded : { ...loaded, snapshot: { ...snapshot, state: '{broken' } };
      },
    });
    const { aggregate, version } = await repository({ store, logger }).load(Loan, '1');
    expect([version, aggregate.notes.length]).toEqual([13, 12]);
    expect(warnings).toMatchObject([{ streamId: 'loan-1', version: 10 }]);
    expect(await bench.bus({ store, logger }).execute(new NoteLoan('1', 'x'))).toMatchObject({ version: 14, value: 13 });
  });

  it('loads as of a version', async () => {
    await submitWithNotes(12);
    const { aggregate, version } = await repository().load(Loan, '1', { asOfVersion: 4 });
    expect([version, aggregate.notes, aggregate.version]).toEqual([4, ['n1', 'n2', 'n3'], 4]);
    expect(await repository().load(Loan, '1', { asOfVersion: 99 })).toMatchObject({ version: 13 });
  });

  it('loads as of a time, that of an event included', async () => {
    const bus = bench.bus({ clock });
    for (let at = 0; at < 3; at++) {
      await bus.execute(new TouchLoan('1'));
      await clock.advance(1000);
    }
    const times = (await bench.events('loan-1')).map(commitTimeOf);
    expect(await repository().load(Loan, '1', { asOfTime: times[1]! })).toMatchObject({ version: 2 });
    expect(await repository().load(Loan, '1', { asOfTime: '2000-01-01T00:00:00.000000000Z' })).toMatchObject({ version: 0 });
  });

  it('refuses an event that it does not know, and one of a newer schema than this program has', async () => {
    const append = (type: string, metadata: object) =>
      bench.store.append({
        writes: [
          {
            streamId: 'loan-1',
            expectedVersion: 'any',
            events: [{ eventId: crypto.randomUUID(), type, data: '{"note":"a"}', metadata: JSON.stringify(metadata) }],
          },
        ],
      });
    const metadata = { schemaVersion: 3, correlationId: 'c', time: '2026-01-01T00:00:00.000Z' };
    await append('loan.noted', metadata);
    await expect(repository().load(Loan, '1')).rejects.toMatchObject({ code: 'PAYLOAD_UNREADABLE' });
    await expect(repository().load(Loan, '1', { asOfVersion: 1 })).rejects.toMatchObject({ code: 'PAYLOAD_UNREADABLE' });
    await append('loan.unheard', { ...metadata, schemaVersion: 1 });
    await expect(repository().load(Loan, '1', { asOfVersion: 2 })).rejects.toThrow();
  });
});
