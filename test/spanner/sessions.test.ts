import type { v1 } from '@google-cloud/spanner';
import { makeClients } from '../../src/spanner/clients.js';
import { spanner } from '../../src/spanner/index.js';
import { spannerSettings } from '../../src/spanner/options.js';
import { startEmulators, type Emulator } from '../../src/testing/emulators/index.js';
import { describeWithEmulator } from '../support/emulators.js';
import { until } from '../support/until.js';
import { appendTo, proxiedStore, readAll, spannerOptions, table, testEnvironment } from './spanner-under-test.js';

describeWithEmulator('spanner', 'sessions and connections', () => {
  it('a session that is deleted behind its back is replaced, for reads, appends, takes and batches', async () => {
    const options = await spannerOptions();
    const store = await spanner(options).open(testEnvironment());
    const view = table('view_a');
    await store.readModels.ensureTables([view]);
    const losses = deleteSessions(options);
    await store.append(appendTo('s', 'none'));
    await losses();
    expect(await store.load('s')).toMatchObject({ version: 1 });
    await losses();
    await store.append(appendTo('s', 1));
    await losses();
    expect(await store.cursors.take('c', 'me', [{ shard: 0, token: 0 }])).toHaveLength(1);
    await losses();
    const batch = await store.readModels.openBatch({ rows: 'stream' });
    await batch.commit([{ kind: 'insert', table: view, row: { id: 'a' } }], { consumer: 'c', shard: 0, token: 1 });
    expect(await readAll(store, 's')).toHaveLength(2);
    await store.close();
  });

  it('a "shared" batch whose session is gone is run again by its caller', async () => {
    const made = await proxiedStore();
    const { store, proxy } = made;
    const view = table('view_a');
    await store.readModels.ensureTables([view]);
    await store.cursors.take('c', 'me', [{ shard: 0, token: 0 }]);
    const batch = await store.readModels.openBatch({ rows: 'shared' });
    await batch.get(view, [{ id: 'a' }]);
    // Said by the proxy: the emulator keeps the transaction of a deleted session open and blocks all others by it.
    proxy.arm('Commit', { at: 'before', answer: { status: 5, message: 'Session not found: it' } });
    const committing = batch.commit([], { consumer: 'c', shard: 0, token: 1 });
    await expect(committing).rejects.toMatchObject({ code: 'BATCH_ABORTED' });
    await batch.abandon();
    proxy.forget();
    const again = await store.readModels.openBatch({ rows: 'shared' });
    await again.get(view, [{ id: 'a' }]);
    await again.commit([], { consumer: 'c', shard: 0, token: 1 });
    expect(proxy.seen()).toMatchObject({ CreateSession: 1, Commit: 1 });
    await made.close();
  });

  it('one session serves all calls at once', async () => {
    const options = await spannerOptions();
    const environment = testEnvironment();
    const store = await spanner(options).open(environment);
    await Promise.all(Array.from({ length: 30 }, (_, at) => store.append(appendTo(`s${at}`, 'none'))));
    expect(environment.rpcs.count('other', 'CreateSession')).toBe(1);
    await store.close();
  });

  it('an emulator that is started anew is STORE_FAILED without its database, and fine once that is made again', async () => {
    const emulators = await startEmulators({ spanner: { reuse: false } });
    const emulator = emulators.spanner as Emulator;
    try {
      const options = await spannerOptions({ emulatorHost: emulator.host });
      const store = await spanner(options).open(testEnvironment());
      await store.append(appendTo('s', 'none'));
      await emulator.restart();
      await expect(store.load('s')).rejects.toMatchObject({ code: 'STORE_FAILED' });
      await spanner(options).migrate(testEnvironment());
      expect(await store.load('s')).toMatchObject({ version: 0 });
      await store.append(appendTo('s', 'none'));
      await store.close();
    } finally {
      await emulators.stop();
    }
  });

  it('a service that is not there is STORE_UNAVAILABLE within the deadline, for reads and for writes that were never sent', async () => {
    const { store, proxy, direct } = await proxiedStore();
    await proxy.close();
    await expect(store.load('s', { deadlineMs: 500 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.append(appendTo('s', 'none'), { deadlineMs: 500 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
    await direct.close();
  });

  it('a closed store refuses calls, gives its session back, and closes again without harm', async () => {
    const options = await spannerOptions();
    const store = await spanner(options).open(testEnvironment());
    await store.append(appendTo('s', 'none'));
    await store.close();
    await store.close();
    await expect(store.load('s')).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('closed') });
    await until(async () => (await sessionsOf(options)).length === 0, 'the session is gone');
  });
});

type Options = Awaited<ReturnType<typeof spannerOptions>>;

function deleteSessions(options: Options): () => Promise<void> {
  return () =>
    withClient(options, async (client) => {
      const names = await sessionsOf(options);
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) await client.deleteSession({ name });
    });
}

async function sessionsOf(options: Options): Promise<string[]> {
  let names: string[] = [];
  await withClient(options, async (client) => {
    const database = `projects/${options.project}/instances/${options.instance}/databases/${options.database}`;
    const [sessions] = await client.listSessions({ database });
    names = sessions.map((session) => session.name as string);
  });
  return names;
}

async function withClient(options: Options, run: (client: v1.SpannerClient) => Promise<void>): Promise<void> {
  const client = makeClients(spannerSettings(options)).data as unknown as v1.SpannerClient;
  try {
    await run(client);
  } finally {
    await client.close();
  }
}
