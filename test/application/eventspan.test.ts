import {
  Command,
  Event,
  Eventspan,
  On,
  Projector,
  commandHandler,
  inProcess,
  memory,
  readModelTable,
  type EventspanOptions,
  type ProjectionContext,
} from 'eventspan';
import { Count, Counted, Counter, Totals } from './counter-domain.js';

const opened: Eventspan[] = [];

async function open(options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
  const app = await Eventspan.open({ store: memory(), transport: inProcess(), aggregates: [Counter], projectors: [Totals], ...options });
  opened.push(app);
  return app;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.stop().catch(() => undefined)));
});

describe('an application', () => {
  it('takes commands to a read model that is exactly right', async () => {
    const app = await open();
    await app.start();
    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => app.execute<number>(new Count(`c${n % 7}`, n))));
    for (const result of results) await app.caughtUp('totals', result);
    const rows = await app.readModel('totals').all('totals');
    expect(rows.map((row) => row['total']).reduce<number>((sum, n) => sum + Number(n), 0)).toBe(19_900);
    expect(await app.readModel('totals').get('all_counts', { what: 'counted' })).toEqual({ what: 'counted', n: 200, sum: 19_900 });
    expect(results.at(-1)?.value).toEqual(expect.any(Number));
  });

  it('executes commands before start, and publishes them after it', async () => {
    const app = await open();
    const result = await app.execute(new Count('early', 5));
    expect(app.status().state).toBe('open');
    await app.start();
    await app.caughtUp('totals', result.token);
    expect(await app.readModel('totals').get('totals', { id: 'counter-early' })).toEqual({ id: 'counter-early', total: 5 });
  });

  it('goes on where it was after a restart on the same store', async () => {
    const store = memory();
    const first = await open({ store });
    await first.start();
    await first.caughtUp('totals', await first.execute(new Count('a', 1)));
    await first.stop();
    const second = await open({ store });
    await second.start();
    await second.caughtUp('totals', await second.execute(new Count('a', 2)));
    expect(await second.readModel('totals').get('totals', { id: 'counter-a' })).toEqual({ id: 'counter-a', total: 3 });
  });

  it('splits into processes by roles, which wait for each other', async () => {
    const store = memory();
    const transport = inProcess();
    const commands = await open({ store, transport, roles: ['commands'] });
    const relay = await open({ store, transport, roles: ['relay'] });
    const projectors = await open({ store, transport, roles: ['projectors'] });
    await Promise.all([commands, relay, projectors].map((app) => app.start()));
    const result = await commands.execute(new Count('a', 4));
    await commands.caughtUp('totals', result);
    expect(await commands.readModel('totals').get('totals', { id: 'counter-a' })).toEqual({ id: 'counter-a', total: 4 });
    expect(commands.status().relay).toBeUndefined();
    expect(relay.status().commands).toBeUndefined();
    await expect(relay.execute(new Count('a', 1))).rejects.toMatchObject({ code: 'APP_NOT_RUNNING' });
  });

  it('needs no transport when it only executes commands', async () => {
    const app = await Eventspan.open({ store: memory(), aggregates: [Counter], roles: ['commands'] });
    opened.push(app);
    expect((await app.execute(new Count('a', 1))).version).toBe(1);
  });

  it('loads aggregates as of a version outside of commands', async () => {
    const app = await open();
    for (const by of [1, 2, 3]) await app.execute(new Count('a', by));
    expect((await app.repository.load(Counter, 'a', { asOfVersion: 2 })).version).toBe(2);
  });

  it('counts its requests by who needed them', async () => {
    const app = await open({ roles: ['commands'] });
    await app.execute(new Count('a', 1));
    expect(app.status().rpcs).toEqual({ command: { Read: 1, Commit: 1 } });
  });
});

describe('stopping', () => {
  it('is idempotent, and refuses commands afterwards', async () => {
    const app = await open();
    await app.start();
    await Promise.all([app.stop(), app.stop()]);
    expect(app.status().state).toBe('stopped');
    await expect(app.execute(new Count('a', 1))).rejects.toMatchObject({ code: 'APP_NOT_RUNNING' });
    await expect(app.start()).rejects.toMatchObject({ code: 'APP_NOT_RUNNING' });
  });

  it('finishes the commands in hand', async () => {
    const app = await open();
    await app.start();
    const running = Array.from({ length: 20 }, () => app.execute(new Count('a', 1)));
    await app.stop();
    expect((await Promise.all(running)).map(({ version }) => version)).toContain(20);
  });

  it('says what it gave up when the time is over', async () => {
    @Command('hang')
    class Hang {}
    const app = await open({ commandHandlers: [commandHandler(Hang, () => new Promise(() => undefined))] });
    const hanging = expect(app.execute(new Hang())).rejects.toMatchObject({ code: 'COMMAND_ABORTED' });
    await expect(app.stop({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'STOP_TIMED_OUT', details: { busy: ['commands'] } });
    await hanging;
    expect(app.status().state).toBe('stopped');
  });

  it('says so when a projection does not let go in time', async () => {
    @Projector('slow')
    class Slow {
      @On(Counted)
      counted(_event: Counted): Promise<void> {
        begun();
        return new Promise(() => undefined);
      }
    }
    let begun = (): void => undefined;
    const handling = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const app = await open({ projectors: [Slow] });
    await app.start();
    await app.execute(new Count('a', 1));
    await handling;
    await expect(app.stop({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'STOP_TIMED_OUT', details: { busy: ['projections'] } });
  });

  it('happens at the end of an await using block', async () => {
    const app = await open();
    await app.start();
    await app[Symbol.asyncDispose]();
    expect(app.status().state).toBe('stopped');
  });
});

describe('a projector that fails', () => {
  it('has its stream parked with the reason, and the process and the other shards go on', async () => {
    @Projector('picky', { tables: [readModelTable('picky', { key: ['id'], columns: { id: 'string' } })] })
    class Picky {
      @On(Counted)
      counted(event: Counted, { view, streamId }: ProjectionContext): void {
        if (event.by === 13) throw new Error('not thirteen');
        view.upsert('picky', { id: streamId });
      }
    }
    const app = await open({ projectors: [Picky], projections: { retry: { attempts: 2, initialMs: 1, maxMs: 2 } } });
    await app.start();
    const bad = await app.execute(new Count('bad', 13));
    await expect(app.caughtUp('picky', bad, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'CATCH_UP_TIMED_OUT',
      message: expect.stringContaining('not thirteen') as string,
    });
    const parked = app.status().projections[0]?.shards.filter((shard) => shard.parked > 0);
    expect(parked?.map(({ shard, state }) => [shard, state])).toEqual([[bad.streams[0]?.shard, 'idle']]);
    for (let n = 0; n < 30; n++) {
      const result = await app.execute(new Count(`good${n}`, 1));
      if (result.streams[0]?.shard !== bad.streams[0]?.shard) await app.caughtUp('picky', result);
    }
  });
});

describe('opening', () => {
  it.each<[string, Partial<EventspanOptions>, object]>([
    ['a role that is none', { roles: ['boss' as 'relay'] }, { code: 'OPTION_INVALID', details: { path: 'roles', value: 'boss' } }],
    ['relay without transport', { transport: undefined as never }, { code: 'OPTION_INVALID', details: { path: 'transport' } }],
    ['a store that is none', { store: 'sqlite' as never }, { code: 'OPTION_INVALID', details: { path: 'store' } }],
    ['an empty name', { name: '' }, { code: 'OPTION_INVALID', details: { path: 'name' } }],
    ['a lease out of bounds', { relay: { leaseMs: 1 } }, { code: 'OPTION_INVALID' }],
    ['two projectors of one name', { projectors: [Totals, new Totals()] }, { code: 'PROJECTOR_NAME_TAKEN' }],
    ['an aggregate twice', { aggregates: [Counter, class extends Counter {}] }, { code: expect.any(String) as string }],
  ])('refuses %s', async (_, options, error) => {
    await expect(open(options)).rejects.toMatchObject(error);
  });

  it('names both classes when two events have one name', async () => {
    @Event('counter.counted')
    class OtherCounted {}
    await expect(open({ events: [OtherCounted] })).rejects.toMatchObject({
      message: expect.stringMatching(/Counted.*OtherCounted/) as string,
    });
  });

  it('closes the transport and the store again when an option is refused after they were opened', async () => {
    const closed: string[] = [];
    const noting = <T extends { close(): Promise<void> }>(name: string, part: T): T =>
      Object.assign(part, { close: async () => void closed.push(name) });
    const store = memory();
    const transport = inProcess();
    const opening = open({
      store: { ...store, open: async (environment) => noting('store', await store.open(environment)) },
      transport: { ...transport, open: async (environment) => noting('transport', await transport.open(environment)) },
      relay: { leaseMs: 1 },
    });
    await expect(opening).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    expect(closed).toEqual(['transport', 'store']);
  });

  it('does not read a read model that is in a database elsewhere', async () => {
    const app = await open({ projections: { foreign: { totals: { get: async () => [], commit: async () => undefined } } } });
    expect(() => app.readModel('totals')).toThrow(expect.objectContaining({ code: 'READ_MODEL_ELSEWHERE' }));
  });

  it('knows its projectors by name', async () => {
    const app = await open();
    expect(() => app.readModel('nobody')).toThrow(expect.objectContaining({ code: 'PROJECTOR_UNKNOWN' }));
    await expect(app.caughtUp('nobody', '')).rejects.toMatchObject({ code: 'PROJECTOR_UNKNOWN' });
  });
});
