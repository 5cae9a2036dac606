import {
  commandHandler,
  consume,
  Consumer,
  counterTable,
  currentContext,
  defineConsumer,
  On,
  readModelTable,
  type ConsumerContext,
  type ConsumerDefinition,
  type Eventspan,
} from 'eventspan';
import { AppWorld, wholeLog } from './support/app-world.js';
import { Reserve, Reserved, SendMail, stock } from './support/shop.js';

let world: AppWorld;
beforeEach(() => (world = new AppWorld()));
afterEach(() => world.close());

const seen = readModelTable('seen', { key: ['id'], columns: { id: 'string', amount: 'integer', times: 'integer' } });
const sums = counterTable('sums', { key: { what: 'string' }, counters: ['n', 'amount'] });

type Handle = (event: Reserved, context: ConsumerContext) => Promise<void> | void;

function consumer(handle: Handle, options: Partial<Omit<ConsumerDefinition, 'kind' | 'handle' | 'events'>> = {}): ConsumerDefinition {
  return defineConsumer({ name: 'watcher', tables: [seen, sums], ...options, on: [consume(Reserved, handle)] });
}

interface Status {
  readonly counts: { readonly events: number; readonly parked: number; readonly redriven: number; readonly skipped: number };
  readonly circuit?: { readonly state: string; readonly opened: number };
}

function statusOf(app: Eventspan, name = 'consumer.watcher'): Status {
  return app.status().engines[name] as Status;
}

async function parkedOf(app: Eventspan): Promise<readonly object[]> {
  const found = [];
  for await (const { consumer: name, streamId, attempts } of app.parked.list()) found.push({ consumer: name, streamId, attempts });
  return found;
}

const away = (): Error => Object.assign(new Error('the other side is away'), { retryable: true });

describe('a consumer', () => {
  it('takes events of its classes, each once, and keeps rows with how far it is', async () => {
    const handle: Handle = async ({ amount }, { view, streamId }) => {
      const row = await view.get('seen', { id: streamId });
      view.upsert('seen', { id: streamId, amount: Number(row?.['amount'] ?? 0) + amount, times: Number(row?.['times'] ?? 0) + 1 });
      view.increment('sums', { what: 'reserved' }, { n: 1, amount });
    };
    const app = await world.started({ aggregates: [stock], consumers: [consumer(handle)] });
    for (const amount of [1, 2, 3]) await app.execute(new Reserve('pen', amount));
    await app.execute(new Reserve('ink', 5));
    const rows = app.consumerRows('watcher');
    await world.until(async () => (await rows.get('sums', { what: 'reserved' }))?.['n'] === 4, 'all are seen');
    expect(await rows.get('sums', { what: 'reserved' })).toEqual({ what: 'reserved', n: 4, amount: 11 });
    expect(await rows.all('seen')).toEqual([
      { id: 'stock-ink', amount: 5, times: 1 },
      { id: 'stock-pen', amount: 6, times: 3 },
    ]);
    expect(() => app.consumerRows('nobody')).toThrow(expect.objectContaining({ code: 'CONSUMER_UNKNOWN' }));
  });

  it('is told all about the event, and sends in its commit; what follows has the same correlation', async () => {
    const told: unknown[] = [];
    @Consumer('mails')
    class Mails {
      constructor(private readonly to: string) {}

      @On(Reserved)
      reserved({ amount }: Reserved, context: ConsumerContext): void {
        const { messageId, idempotencyKey, streamId, version, attempt, isRedrive, time, metadata, shard, position } = context;
        expect(position).toContain(`/${version}/${streamId}`);
        expect(shard).toBeLessThan(2);
        expect(time).toEqual(expect.any(Date));
        const commandId = context.send(new SendMail(`${this.to}-${amount}`));
        told.push({ messageId, idempotencyKey, streamId, version, attempt, isRedrive, commandId, correlationId: metadata.correlationId });
        expect(currentContext()).toMatchObject({ correlationId: 'request', causationId: messageId });
      }
    }
    const mails: string[] = [];
    const mailing = commandHandler(SendMail, ({ to }) => void mails.push(to));
    const app = await world.started({ aggregates: [stock], commandHandlers: [mailing], consumers: [new Mails('ann')] });
    const { eventIds } = await app.execute(new Reserve('pen', 1), { metadata: { correlationId: 'request', actor: 'bob' } });
    await world.until(() => mails.length === 1, 'the mail is sent');
    const [{ commandId, ...rest }] = told as [{ commandId: string }];
    const messageId = eventIds[0];
    const expected = { messageId, idempotencyKey: `mails/${messageId}`, streamId: 'stock-pen', version: 1, attempt: 1, isRedrive: false };
    expect(rest).toEqual({ ...expected, correlationId: 'request' });
    expect(await world.settled(app, commandId)).toMatchObject({ state: 'executed' });
    const sent = (await wholeLog(app)).find(({ type }) => type === 'eventspan.command-sent')!;
    expect(JSON.parse(sent.metadata)).toMatchObject({ correlationId: 'request', causationId: messageId, actor: 'bob' });
    expect(mails).toEqual(['ann-1']);
  });

  it('sends nothing of what fails, and the same ids when it is tried again', async () => {
    const ids: string[] = [];
    const handle: Handle = (_, { send, attempt }) => {
      ids.push(send(new SendMail('you')));
      if (attempt < 3) throw new Error('not yet');
    };
    const app = await world.started({ aggregates: [stock], remoteCommands: [SendMail], consumers: [consumer(handle)] });
    await app.execute(new Reserve('pen', 1));
    await world.until(() => statusOf(app).counts.events === 1, 'it is handled');
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect((await wholeLog(app)).filter(({ type }) => type === 'eventspan.command-sent')).toHaveLength(1);
  });

  it('is refused a task that no queue of the application does, with a code', async () => {
    const codes: unknown[] = [];
    const handle: Handle = (event, { enqueue }) => {
      try {
        enqueue(event);
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    };
    const app = await world.started({ aggregates: [stock], consumers: [consumer(handle)] });
    await app.execute(new Reserve('pen', 1));
    await world.until(() => codes.length === 1, 'it is handled');
    expect(codes).toEqual(['TASK_UNKNOWN']);
  });

  it('cannot use its context once its event is over', async () => {
    let kept: ConsumerContext | undefined;
    const app = await world.started({
      aggregates: [stock],
      remoteCommands: [SendMail],
      consumers: [consumer((_, context) => void (kept = context))],
    });
    await app.execute(new Reserve('pen', 1));
    await world.until(() => statusOf(app).counts.events === 1, 'it is handled');
    expect(() => kept?.send(new SendMail('late'))).toThrow(expect.objectContaining({ code: 'VIEW_CLOSED' }));
    expect(() => kept?.afterCommit(() => undefined)).toThrow(expect.objectContaining({ code: 'VIEW_CLOSED' }));
  });

  it('runs what was wanted after the commit, and not where there was none', async () => {
    const done: number[] = [];
    const handle: Handle = ({ amount }, { afterCommit, attempt }) => {
      afterCommit(() => void done.push(amount));
      if (attempt < 2) throw new Error('once');
    };
    const app = await world.started({ aggregates: [stock], consumers: [consumer(handle)] });
    await app.execute(new Reserve('pen', 7));
    await world.until(() => done.length > 0, 'it is done');
    expect(done).toEqual([7]);
  });

  it('parks the stream of an event that fails for good, lists it, and goes on with it when it is re-driven', async () => {
    let isBroken = true;
    const handled: unknown[] = [];
    const handle: Handle = ({ amount }, { streamId, isRedrive, attempt }) => {
      if (isBroken && streamId === 'stock-bad') throw new Error('broken');
      handled.push([streamId, amount, isRedrive, attempt]);
    };
    const app = await world.started({ aggregates: [stock], consumers: [consumer(handle, { retry: { attempts: 2, initialMs: 1 } })] });
    await app.execute(new Reserve('bad', 1));
    await app.execute(new Reserve('bad', 2));
    await app.execute(new Reserve('good', 3));
    await world.until(() => handled.length === 1 && statusOf(app).counts.parked === 1, 'one is parked');
    expect(await parkedOf(app)).toEqual([{ consumer: 'consumer.watcher', streamId: 'stock-bad', attempts: 2 }]);
    isBroken = false;
    await world.run(app.parked.redrive({ all: true }));
    await world.until(() => handled.length === 3, 'it goes on');
    expect(handled.slice(1)).toEqual([
      ['stock-bad', 1, true, 3],
      ['stock-bad', 2, true, 1],
    ]);
  });

  it('skips and stops where its policy says so', async () => {
    const skipping = defineConsumer({
      name: 'skipping',
      on: [consume(Reserved, () => Promise.reject(new Error('no')), { onError: 'skip', retry: { attempts: 1 } })],
    });
    const stopping = defineConsumer({
      name: 'stopping',
      onError: 'stop',
      retry: { attempts: 1 },
      on: [consume(Reserved, () => Promise.reject(new Error('no')))],
    });
    const app = await world.started({ aggregates: [stock], consumers: [skipping, stopping] });
    await app.execute(new Reserve('pen', 1));
    await world.until(() => statusOf(app, 'consumer.skipping').counts.skipped === 1, 'it is skipped');
    const shards = (): { state: string }[] => (app.status().engines['consumer.stopping'] as { shards: { state: string }[] }).shards;
    await world.until(() => shards().some(({ state }) => state === 'stopped'), 'it stops');
  });

  it('gives up a handler that takes too long, and says so to its signal', async () => {
    const signals: AbortSignal[] = [];
    const handle: Handle = (_, { signal }) => {
      signals.push(signal);
      return signals.length === 1 ? new Promise(() => undefined) : undefined;
    };
    const app = await world.started({ aggregates: [stock], consumers: [consumer(handle, { timeoutMs: 50 })] });
    await app.execute(new Reserve('pen', 1));
    await world.until(() => statusOf(app).counts.events === 1, 'it is handled');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toMatchObject({ code: 'HANDLER_TIMED_OUT' });
  });

  it('handles its shards side by side, and no more of them than it may', async () => {
    const many = new AppWorld({ shards: 8 });
    let open = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const handle: Handle = () => {
      most = Math.max(most, ++open);
      return new Promise((resolve) => ends.push(() => resolve(void open--)));
    };
    const app = await many.open({ aggregates: [stock], consumers: [consumer(handle, { concurrency: 3, timeoutMs: 0 })] });
    for (let n = 0; n < 30; n++) await app.execute(new Reserve(`a${n}`, 1));
    await many.run(app.start());
    await many.until(() => open === 3, 'three are open');
    await many.until(() => {
      ends.splice(0).forEach((end) => end());
      return statusOf(app).counts.events === 30;
    }, 'all are handled');
    expect(most).toBe(3);
    await many.close();
  });

  it('begins with what comes after its first start, where it is told to', async () => {
    const handled: number[] = [];
    const late = consumer(({ amount }) => void handled.push(amount), { startFrom: 'end' });
    const first = await world.started({ aggregates: [stock] });
    for (const amount of [1, 2]) await first.execute(new Reserve('pen', amount));
    const app = await world.started({ aggregates: [stock], consumers: [late] });
    const other = await world.started({ aggregates: [stock], consumers: [late] });
    await app.execute(new Reserve('pen', 3));
    await app.execute(new Reserve('ink', 4));
    await world.until(() => handled.length === 2, 'they are handled');
    await world.run(Promise.all([app.stop(), other.stop()]));
    await first.execute(new Reserve('pen', 5));
    await world.started({ aggregates: [stock], consumers: [late] });
    await world.until(() => handled.length === 3, 'what came meanwhile is handled, too');
    expect(handled.toSorted((a, b) => a - b)).toEqual([3, 4, 5]);
  });

  it('needs the role consumers, a name and a table of its own, an event, and options in bounds', async () => {
    const noop = consumer(() => undefined);
    expect(Object.keys((await world.open({ aggregates: [stock], roles: ['commands'], consumers: [noop] })).status().engines)).toEqual([]);
    const refused = async (code: string, ...consumers: object[]): Promise<void> =>
      expect(world.open({ aggregates: [stock], consumers })).rejects.toMatchObject({ code });
    await refused(
      'CONSUMER_NAME_TAKEN',
      noop,
      consumer(() => undefined, { tables: [] }),
    );
    await refused(
      'CONSUMER_TABLE_TAKEN',
      noop,
      consumer(() => undefined, { name: 'other' }),
    );
    await refused('CLASS_NOT_DECORATED', class Plain {});
    @Consumer('needs-arguments')
    class NeedsArguments {
      constructor(readonly to: string) {}
      @On(Reserved)
      reserved(): void {}
    }
    await refused('CONSUMER_INVALID', NeedsArguments);
    expect(() => defineConsumer({ name: 'none', on: [] })).toThrow(expect.objectContaining({ code: 'CONSUMER_INVALID' }));
    const twice = [consume(Reserved, () => undefined), consume(Reserved, () => undefined)];
    expect(() => defineConsumer({ name: 'twice', on: twice })).toThrow(expect.objectContaining({ code: 'CONSUMER_INVALID' }));
    expect(() => consumer(() => undefined, { tables: [seen, seen] })).toThrow(expect.objectContaining({ code: 'CONSUMER_INVALID' }));
    expect(() => consumer(() => undefined, { name: '1' })).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
    for (const options of [
      { concurrency: 0 },
      { timeoutMs: -1 },
      { circuitBreaker: { failures: 0 } },
      { circuitBreaker: { openMs: 9 } },
      { circuitBreaker: { openMs: 100, maxOpenMs: 99 } },
      { rows: 'both' as 'shared' },
      { startFrom: 'middle' as 'end' },
    ]) {
      expect(() => consumer(() => undefined, options)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
  });
});

describe('the circuit breaker of a consumer', () => {
  it('keeps streams from being parked while what the handlers need is away, and lets them go on when it is back', async () => {
    let isAway = true;
    let calls = 0;
    const handled: string[] = [];
    const handle: Handle = (_, { streamId }) => {
      calls++;
      if (isAway) throw away();
      handled.push(streamId);
    };
    const options = { retry: { attempts: 3, initialMs: 1 }, circuitBreaker: { failures: 2, openMs: 1_000, maxOpenMs: 4_000 } };
    const app = await world.started({ aggregates: [stock], consumers: [consumer(handle, options)] });
    for (let n = 0; n < 6; n++) await app.execute(new Reserve(`a${n}`, 1));
    await world.until(() => statusOf(app).circuit?.state === 'open', 'it opens');
    const before = calls;
    await world.clock.advance(60_000);
    expect(calls - before).toBeLessThan(20);
    expect(statusOf(app).counts.parked).toBe(0);
    isAway = false;
    await world.until(() => handled.length === 6, 'all are handled', 10_000);
    expect(statusOf(app).circuit).toEqual({ state: 'closed', opened: expect.any(Number) });
    expect(await parkedOf(app)).toEqual([]);
  });

  it('is not opened by errors that are permanent, and not there where it is switched off', async () => {
    const permanent = consumer(() => Promise.reject(new Error('no')), {
      name: 'permanent',
      tables: [],
      retry: { attempts: 1 },
      circuitBreaker: { failures: 1 },
    });
    const without = consumer(() => Promise.reject(away()), { name: 'without', tables: [], retry: { attempts: 1 }, circuitBreaker: false });
    const app = await world.started({ aggregates: [stock], consumers: [permanent, without] });
    for (let n = 0; n < 4; n++) await app.execute(new Reserve(`a${n}`, 1));
    await world.until(async () => (await parkedOf(app)).length === 8, 'all are parked');
    expect(statusOf(app, 'consumer.permanent').circuit).toEqual({ state: 'closed', opened: 0 });
    expect(statusOf(app, 'consumer.without').circuit).toBeUndefined();
  });

  it('lets the process stop at once while it is open', async () => {
    const app = await world.started({
      aggregates: [stock],
      consumers: [consumer(() => Promise.reject(away()), { circuitBreaker: { failures: 1, openMs: 3_600_000, maxOpenMs: 3_600_000 } })],
    });
    await app.execute(new Reserve('pen', 1));
    await world.until(() => statusOf(app).circuit?.state === 'open', 'it opens');
    const from = world.clock.now();
    await world.run(app.stop());
    expect(world.clock.now() - from).toBeLessThan(1_000);
  });
});

it('rows that a consumer reads and that change before its commit are read again, also where it sends', async () => {
  let isFirst = true;
  let other: Eventspan | undefined;
  const handle: Handle = async ({ amount }, { view, send }) => {
    const row = await view.get('seen', { id: 'all' });
    if (isFirst) {
      isFirst = false;
      const batch = await other!.store.readModels.openBatch({ rows: 'stream' });
      await batch.commit([
        { kind: 'upsert', table: { name: 'seen', key: ['id'], columns: seen.columns }, row: { id: 'all', amount: 100 } },
      ]);
    }
    view.upsert('seen', { id: 'all', amount: Number(row?.['amount'] ?? 0) + amount });
    send(new SendMail('you'));
  };
  const app = await world.started({ aggregates: [stock], remoteCommands: [SendMail], consumers: [consumer(handle)] });
  other = app;
  await app.execute(new Reserve('pen', 1));
  await world.until(() => statusOf(app).counts.events === 1, 'it is handled');
  expect(await app.consumerRows('watcher').get('seen', { id: 'all' })).toMatchObject({ amount: 101 });
  expect((await wholeLog(app)).filter(({ type }) => type === 'eventspan.command-sent')).toHaveLength(1);
});
