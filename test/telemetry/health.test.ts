import { Eventspan, EventspanError, memory, type EventspanOptions, type EventStore, type StoreProvider } from 'eventspan';
import { judgeHealth, type HealthFacts } from '../../src/application/health.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Count, Counter, Totals } from '../application/counter-domain.js';
import { unsteady } from './support/instrumented-run.js';

const opened: Eventspan[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.stop()));
});

async function open(options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
  const transport = unsteady(() => false);
  const app = await Eventspan.open({ store: memory({ shards: 1 }), transport, aggregates: [Counter], projectors: [Totals], ...options });
  opened.push(app);
  return app;
}

/** A store whose `findAppend` can be made to fail, and counts its calls. */
function shaky(): StoreProvider & { isAway: boolean; hangs: boolean; asked: number } {
  const provider = memory({ shards: 1 });
  return {
    name: 'memory',
    isAway: false,
    hangs: false,
    asked: 0,
    migrate: (environment) => provider.migrate(environment),
    async open(environment): Promise<EventStore> {
      const store = await provider.open(environment);
      const findAppend = store.findAppend.bind(store);
      store.findAppend = (...args) => {
        this.asked++;
        if (this.hangs) return new Promise(() => undefined);
        return this.isAway ? Promise.reject(new EventspanError('STORE_UNAVAILABLE', { reason: 'nobody answers' })) : findAppend(...args);
      };
      return store;
    },
  };
}

const codesOf = async (app: Eventspan): Promise<{ live: string[]; ready: string[] }> => {
  const { live, ready } = await app.health();
  return { live: live.reasons.map(({ code }) => code), ready: ready.reasons.map(({ code }) => code) };
};

describe('app.health()', () => {
  it('is alive all the time, and ready from `start` to `stop`', async () => {
    const app = await open();
    expect(await codesOf(app)).toEqual({ live: [], ready: ['NOT_STARTED'] });
    await app.start();
    expect(await app.health()).toEqual({ live: { ok: true, reasons: [] }, ready: { ok: true, reasons: [] } });
    const stopping = app.stop();
    await Promise.resolve();
    expect(await codesOf(app)).toEqual({ live: [], ready: ['STOPPING'] });
    await stopping;
    expect(await app.health()).toEqual({
      live: { ok: true, reasons: [] },
      ready: { ok: false, reasons: [{ code: 'STOPPED', text: 'The application has stopped.' }] },
    });
  });

  it('is not ready, and alive, while the store does not answer, and asks it once a second at most', async () => {
    const store = shaky();
    const clock = new FakeClock();
    const app = await open({ store, clock, roles: ['commands'] });
    await app.start();
    await Promise.all(Array.from({ length: 100 }, () => app.health()));
    expect(store.asked).toBe(1);
    expect(app.status().rpcs['health']).toEqual({ Read: 1 });
    store.isAway = true;
    await clock.advance(999);
    expect((await app.health()).ready.ok).toBe(true);
    await clock.advance(1);
    const { live, ready } = await app.health();
    expect(live.ok).toBe(true);
    expect(ready).toEqual({ ok: false, reasons: [{ code: 'STORE_UNREACHABLE', text: expect.stringContaining('nobody answers') }] });
    store.isAway = false;
    await clock.advance(1_000);
    expect((await app.health()).ready.ok).toBe(true);
    expect(store.asked).toBe(3);
  });

  it('does not wait longer than two seconds for the store', async () => {
    const store = shaky();
    const clock = new FakeClock();
    const app = await open({ store, clock, roles: ['commands'] });
    await app.start();
    store.hangs = true;
    const asked = app.health();
    await clock.advance(2_000);
    expect((await asked).ready.reasons).toEqual([{ code: 'STORE_UNREACHABLE', text: expect.stringContaining('no answer after 2000 ms') }]);
  });

  it('is not ready while publishes have to be sent again', async () => {
    let isAway = true;
    const app = await open({ transport: unsteady(() => isAway) });
    await app.start();
    await app.execute(new Count('a', 1));
    while (app.status().relay?.shards[0]?.state !== 'retrying') await new Promise((resolve) => setImmediate(resolve));
    expect(await codesOf(app)).toEqual({ live: [], ready: ['TRANSPORT_UNREACHABLE'] });
    isAway = false;
    while (app.status().relay?.published !== 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await codesOf(app)).toEqual({ live: [], ready: [] });
  });

  it('knows when the loops of relay and projections turned last', async () => {
    const app = await open();
    expect(app.status().relay?.turnedAt).toBeUndefined();
    const before = Date.now();
    await app.start();
    await app.caughtUp('totals', await app.execute(new Count('a', 1)));
    expect(Date.parse(app.status().relay!.turnedAt!)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(app.status().projections[0]!.turnedAt!)).toBeGreaterThanOrEqual(before);
  });
});

describe('health is judged', () => {
  const nowMs = Date.UTC(2026, 10, 24);
  const ago = (ms: number): string => new Date(nowMs - ms).toISOString();
  const facts = (vitals: HealthFacts['vitals'], more: Partial<HealthFacts> = {}): HealthFacts => ({
    state: 'running',
    storeFault: undefined,
    nowMs,
    vitals,
    ...more,
  });

  it('dead after three leases and a minute without a turn, and then not ready either', () => {
    const engine = { name: 'consumer.mails', leaseMs: 10_000 };
    expect(judgeHealth(facts([{ ...engine, turnedAt: ago(90_000) }])).live.ok).toBe(true);
    const { live, ready } = judgeHealth(facts([{ ...engine, turnedAt: ago(90_001) }, engine]));
    expect(live).toEqual({
      ok: false,
      reasons: [{ code: 'ENGINE_STUCK', text: 'The loop of consumer.mails has not turned since 2026-11-23T23:58:29.999Z.' }],
    });
    expect(ready).toEqual(live);
  });

  it('alive when it was stopped: that is no fault', () => {
    expect(judgeHealth(facts([{ name: 'relay', leaseMs: 1_000, turnedAt: ago(9_999_999) }], { state: 'stopping' })).live.ok).toBe(true);
  });

  it('with all reasons at once', () => {
    const away = { name: 'relay', leaseMs: 1_000, unreachable: 'no route' };
    const { ready } = judgeHealth(facts([away], { state: 'open', storeFault: 'no disk' }));
    expect(ready.reasons.map(({ code }) => code)).toEqual(['NOT_STARTED', 'STORE_UNREACHABLE', 'TRANSPORT_UNREACHABLE']);
  });
});
