import type { EventStore } from '../../src/event-store/event-store.js';
import { spanner } from '../../src/spanner/index.js';
import { FakeSpannerService } from './fake-service.js';
import { appendTo, table, testEnvironment } from './spanner-under-test.js';

describe('on a multiplexed session', () => {
  const service = new FakeSpannerService();
  let store: EventStore;
  beforeAll(async () => {
    const emulatorHost = await service.start();
    store = await spanner({ project: 'p', instance: 'ii', database: 'dd', emulatorHost, migrate: 'check' }).open(testEnvironment());
  });
  afterEach(() => service.commits.splice(0));
  afterAll(() => service.stop());

  const tokensSent = (): (string | undefined)[] => service.commits.map((commit) => commit.precommitToken?.precommitToken.toString());

  it('one session is asked for, multiplexed', () => {
    expect(service.sessionsAsked).toEqual([true]);
  });

  it('a batch commits with the token of its latest read', async () => {
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    await batch.get(table('view'), [{ id: 'a' }]);
    await batch.get(table('view'), [{ id: 'b' }]);
    await batch.commit([], { consumer: 'c', shard: 0, token: 1 });
    expect(tokensSent()).toEqual(['token 4']);
    expect(service.commits[0]?.transactionId?.toString()).toBe('tx');
  });

  it('a batch of one read commits with the token of the last part of that read', async () => {
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    await batch.get(table('view'), [{ id: 'a' }]);
    await batch.commit([], { consumer: 'c', shard: 0, token: 1 });
    expect(tokensSent()).toEqual(['token 6']);
  });

  it('a Commit that is answered with a token has not happened, and is sent again with it', async () => {
    service.postponedCommits = 1;
    const { commitTime } = await store.append(appendTo('s', 'none'));
    expect(tokensSent()).toEqual([undefined, 'token 7']);
    expect(commitTime).toBe('2026-11-24T05:51:41.000005000Z');
  });

  it('a take commits with the token of its read', async () => {
    await store.cursors.take('c', 'me', [{ shard: 0, token: 0 }]);
    expect(tokensSent()).toEqual(['token 9']);
  });

  it('the session is left to end by itself when the store is closed', async () => {
    await store.close();
    expect(service.sessionsDeleted).toEqual([]);
  });
});
