import { EventspanError, runInContext, type Eventspan } from 'eventspan';
import { commandSentEvent, commandStreamOf } from '../../src/messages/framework/command-events.js';
import { AppWorld, wholeLog } from './support/app-world.js';
import { Check, mailer, Reserve, Reserved, SendMail, stock, Stray } from './support/shop.js';

let world: AppWorld;
beforeEach(() => (world = new AppWorld()));
afterEach(() => world.close());

async function appendRaw(
  app: Eventspan,
  sent: { name: string; commandId: string; data: string },
  change: (data: string) => string = (data) => data,
): Promise<void> {
  const event = commandSentEvent(sent, { metadata: { correlationId: 'c' }, nowMs: world.clock.now() });
  const events = [{ ...event, data: change(event.data) }];
  await app.store.append({ writes: [{ streamId: commandStreamOf(sent.commandId), expectedVersion: 'none', events }] });
}

async function parkedOf(app: Eventspan): Promise<readonly { streamId: string; code?: string; attempts: number }[]> {
  const found = [];
  for await (const { streamId, code, attempts } of app.parked.list())
    found.push({ streamId, attempts, ...(code !== undefined && { code }) });
  return found;
}

describe('a command that is sent', () => {
  it('is pending until it is executed, by the process that handles it', async () => {
    const app = await world.open({ aggregates: [stock] });
    const { commandId } = await app.send(new Reserve('pen', 3));
    expect(await app.outcomeOf(commandId)).toMatchObject({ state: 'pending', name: 'stock.reserve', sentAt: expect.any(Date) });
    await world.run(app.start());
    expect(await world.settled(app, commandId)).toMatchObject({ state: 'executed', commandId, name: 'stock.reserve', events: 1 });
    expect((await app.repository.load(stock, 'pen')).aggregate).toEqual({ reserved: 3 });
  });

  it('is refused with the message and the code of the error, and never takes effect', async () => {
    const app = await world.started({ aggregates: [stock] });
    const { commandId } = await app.send(new Reserve('pen', 101));
    const outcome = await world.settled(app, commandId);
    expect(outcome).toMatchObject({ state: 'refused', name: 'stock.reserve', code: 'OUT_OF_STOCK', message: 'no more of pen' });
    expect(await app.execute(new Reserve('pen', 1), { commandId })).toMatchObject({ repeated: true });
    expect((await app.repository.load(stock, 'pen')).version).toBe(0);
  });

  it('is refused with a code of Eventspan where its aggregate cannot take it', async () => {
    const app = await world.started({ aggregates: [stock] });
    const { commandId } = await app.send(new Reserve('', 1));
    expect(await world.settled(app, commandId)).toMatchObject({ state: 'refused', code: 'COMMAND_TARGET_INVALID' });
  });

  it('is executed also where it records nothing', async () => {
    const app = await world.started({ aggregates: [stock] });
    const { commandId } = await app.send(new Check('pen'));
    expect(await world.settled(app, commandId)).toMatchObject({ state: 'executed', events: 0 });
  });

  it('is unknown where none with its id was sent', async () => {
    const app = await world.open({ aggregates: [stock] });
    expect(await app.outcomeOf('nothing')).toEqual({ state: 'unknown', commandId: 'nothing' });
  });

  it('with an id that was sent before is not sent again', async () => {
    const app = await world.started({ aggregates: [stock] });
    const first = await app.send(new Reserve('pen', 3), { commandId: 'once' });
    expect(first).toMatchObject({ commandId: 'once', repeated: false });
    await world.settled(app, 'once');
    expect(await app.send(new Reserve('pen', 3), { commandId: 'once' })).toMatchObject({ repeated: true, token: first.token });
    expect((await app.execute(new Reserve('pen', 3), { commandId: 'once' })).repeated).toBe(true);
    expect((await app.repository.load(stock, 'pen')).version).toBe(1);
  });

  it('that nobody is known to take is refused at once, and one that another service takes is not', async () => {
    const app = await world.open({ aggregates: [stock], remoteCommands: [SendMail] });
    await expect(app.send(new Stray())).rejects.toMatchObject({ code: 'COMMAND_UNROUTED', details: { command: 'Stray' } });
    await expect(app.send({})).rejects.toMatchObject({ code: 'COMMAND_UNROUTED' });
    const { commandId } = await app.send(new SendMail('you'));
    await world.run(app.start());
    await world.clock.advance(5_000);
    expect(await app.outcomeOf(commandId)).toMatchObject({ state: 'pending' });
    const mails: string[] = [];
    const other = await world.started({ name: 'mail', commandHandlers: [mailer(({ to }) => mails.push(to))] });
    expect(await world.settled(other, commandId)).toMatchObject({ state: 'executed' });
    expect(mails).toEqual(['you']);
  });

  it('that cannot be stored exactly is refused at once', async () => {
    const app = await world.open({ aggregates: [stock] });
    await expect(app.send(new Reserve('pen', Number.NaN))).rejects.toMatchObject({ code: 'PAYLOAD_NOT_EXACT' });
    await expect(app.send(new Reserve('pen', 1), { commandId: '' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('is not sent after stop', async () => {
    const app = await world.open({ aggregates: [stock] });
    await app.stop();
    await expect(app.send(new Reserve('pen', 1))).rejects.toMatchObject({ code: 'APP_NOT_RUNNING' });
  });

  it('hands correlation, cause, actor and process on to what it records, and to its outcome', async () => {
    const app = await world.started({ aggregates: [stock], name: 'shop' });
    const metadata = { processName: 'checkout', processId: 'p1' };
    const sent = await runInContext({ correlationId: 'request-1', actor: 'ann' }, () => app.send(new Reserve('pen', 3), { metadata }));
    await world.settled(app, sent.commandId);
    const log = await wholeLog(app);
    const of = (type: string): Record<string, unknown> =>
      JSON.parse(log.find((event) => event.type === type)!.metadata) as Record<string, unknown>;
    const { eventId } = log.find(({ type }) => type === 'eventspan.command-sent')!;
    const common = { correlationId: 'request-1', actor: 'ann', source: 'shop', ...metadata };
    expect(of('eventspan.command-sent')).toMatchObject(common);
    expect(of('stock.reserved')).toMatchObject({ ...common, causationId: eventId, commandId: sent.commandId });
    expect(of('eventspan.command-executed')).toMatchObject({ ...common, causationId: eventId, commandId: sent.commandId });
    expect(sent.correlationId).toBe('request-1');
  });
});

describe('the dispatcher', () => {
  it('is not there without commands, without its roles, and where it is told so', async () => {
    const engines = async (options: Parameters<AppWorld['open']>[0]): Promise<string[]> =>
      Object.keys((await world.open(options)).status().engines);
    expect(await engines({ aggregates: [stock], name: 'shop' })).toEqual(['commands.shop']);
    expect(await engines({})).toEqual([]);
    expect(await engines({ aggregates: [stock], roles: ['commands'] })).toEqual([]);
    expect(await engines({ aggregates: [stock], roles: ['consumers'] })).toEqual([]);
    expect(await engines({ aggregates: [stock], dispatch: false })).toEqual([]);
    expect(await engines({ aggregates: [stock], name: 'a shop' })).toEqual([expect.stringMatching(/^commands\.[0-9a-f-]{36}$/)]);
    await expect(world.open({ aggregates: [stock], dispatch: { sideBySide: 0 } })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(world.open({ aggregates: [stock], dispatch: { deadlineMs: 0 } })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(world.open({ aggregates: [stock], dispatch: { batchSize: 0 } })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('tries again what may pass, and then parks the stream of that command alone; re-driven, it is executed', async () => {
    let isAway = true;
    const calls: string[] = [];
    const deliver = ({ to }: SendMail): void => {
      calls.push(to);
      if (isAway && to === 'bad') throw Object.assign(new Error('the mail server is away'), { retryable: true });
    };
    const app = await world.started({
      name: 'mail',
      commandHandlers: [mailer(deliver)],
      dispatch: { retry: { attempts: 3, initialMs: 10 } },
    });
    const bad = await app.send(new SendMail('bad'));
    const others = await Promise.all(Array.from({ length: 8 }, (_, n) => app.send(new SendMail(`good-${n}`))));
    for (const { commandId } of others) expect(await world.settled(app, commandId)).toMatchObject({ state: 'executed' });
    await world.until(async () => (await parkedOf(app)).length === 1, 'it is parked');
    expect(await parkedOf(app)).toEqual([{ streamId: commandStreamOf(bad.commandId), attempts: 3 }]);
    expect(calls.filter((to) => to === 'bad')).toHaveLength(3);
    expect(new Set(calls.filter((to) => to !== 'bad')).size).toBe(calls.filter((to) => to !== 'bad').length);
    expect(await app.outcomeOf(bad.commandId)).toMatchObject({ state: 'pending' });

    isAway = false;
    await world.run(app.parked.redrive({ consumer: 'commands.mail' }));
    expect(await world.settled(app, bad.commandId)).toMatchObject({ state: 'executed' });
    expect(await parkedOf(app)).toEqual([]);
  });

  it('parks what Eventspan itself could not do, since an operator can mend it', async () => {
    const fails = (): never => {
      throw new EventspanError('STORE_FAILED', { operation: 'a read', reason: 'no such column' });
    };
    const app = await world.started({ commandHandlers: [mailer(fails)], dispatch: { retry: { attempts: 1 } } });
    const { commandId } = await app.send(new SendMail('you'));
    await world.until(async () => (await parkedOf(app)).length === 1, 'it is parked');
    expect(await app.outcomeOf(commandId)).toMatchObject({ state: 'pending' });
  });

  it('gives up an execution that takes too long, and tries it again', async () => {
    let calls = 0;
    const app = await world.started({
      commandHandlers: [mailer(() => (++calls === 1 ? new Promise(() => undefined) : undefined))],
      dispatch: { deadlineMs: 200 },
    });
    const { commandId } = await app.send(new SendMail('you'));
    expect(await world.settled(app, commandId)).toMatchObject({ state: 'executed' });
    expect(calls).toBe(2);
  });

  it.each<[string, (data: string) => string]>([
    ['of a later version', (data) => data.replace('"schemaVersion":1', '"schemaVersion":2')],
    ['with a field of another type', (data) => data.replace('"amount":1', '"amount":{"__proto__":1}')],
    ['that is an array', (data) => data.replace(/"data":.*\}$/, '"data":[1]}')],
    ['without payload', (data) => data.replace(/,"data":.*\}$/, '}')],
    ['that is no JSON', () => '{"name":'],
    ['that is no object', () => '1'],
    ['without a name', (data) => data.replace('"name"', '"nom"')],
    ['with the id of another stream', (data) => data.replace('raw-1', 'raw-2')],
  ])('parks a command %s, with a code, and goes on', async (_, change) => {
    const app = await world.started({ aggregates: [stock], dispatch: { retry: { attempts: 1 } } });
    await appendRaw(app, { name: 'stock.reserve', commandId: 'raw-1', data: '{"article":"pen","amount":1}' }, change);
    await world.until(async () => (await parkedOf(app)).length === 1, 'it is parked');
    expect(await parkedOf(app)).toEqual([{ streamId: commandStreamOf('raw-1'), code: 'PAYLOAD_UNREADABLE', attempts: 1 }]);
    const { commandId } = await app.send(new Reserve('pen', 1));
    await world.settled(app, commandId);
    expect((await app.repository.load(stock, 'pen')).version).toBe(1);
  });

  it('leaves the commands of other services unread, whatever is in them', async () => {
    const app = await world.started({ aggregates: [stock] });
    await appendRaw(app, { name: 'mail.send', commandId: 'theirs', data: '{}' }, (data) =>
      data.replace('"schemaVersion":1', '"schemaVersion":9'),
    );
    await world.settled(app, (await app.send(new Reserve('pen', 1))).commandId);
    await world.clock.advance(5_000);
    expect(await parkedOf(app)).toEqual([]);
  });

  it('executes the commands of a shard side by side, and no more of them than it may', async () => {
    const open = new Set<string>();
    let most = 0;
    const ends: (() => void)[] = [];
    const deliver = ({ to }: SendMail): Promise<void> => {
      open.add(to);
      most = Math.max(most, open.size);
      return new Promise((resolve) => ends.push(() => resolve(void open.delete(to))));
    };
    const one = new AppWorld({ shards: 1 });
    const app = await one.open({ commandHandlers: [mailer(deliver)], dispatch: { sideBySide: 4, deadlineMs: 86_400_000 } });
    const sent = [];
    for (let n = 0; n < 10; n++) sent.push(await app.send(new SendMail(`m${n}`)));
    await one.run(app.start());
    await one.until(() => open.size === 4, 'four are open');
    await one.clock.advance(1_000);
    for (let n = 0; n < 10; n++) {
      await one.until(() => ends.length > 0, 'one more is open');
      ends.shift()?.();
    }
    for (const { commandId } of sent) expect(await one.settled(app, commandId)).toMatchObject({ state: 'executed' });
    expect(most).toBe(4);
    await one.close();
  });

  it('costs an executed command the Commit of its outcome besides its own, and a batch 1 Commit', async () => {
    const app = await world.started({ aggregates: [stock] });
    await world.clock.advance(3_000);
    await world.settled(app, (await app.send(new Reserve('pen', 1))).commandId);
    await world.clock.advance(30);
    const before = app.status().rpcs;
    const { commandId } = await app.send(new Reserve('pen', 1));
    await world.settled(app, commandId);
    await world.clock.advance(30);
    const after = app.status().rpcs;
    expect(after['dispatcher']!['Commit']! - before['dispatcher']!['Commit']!).toBe(2);
  });

  it('passes events that are no commands without a Commit of their own, and says where it is when it stops', async () => {
    const app = await world.started({ aggregates: [stock], dispatch: { leaseMs: 600_000 } });
    await world.clock.advance(3_000);
    const before = app.status().rpcs['dispatcher']?.['Commit'];
    for (let n = 0; n < 20; n++) await app.execute(new Reserve('pen', 1));
    const passed = (): number => (app.status().engines['commands.eventspan'] as { counts: { events: number } }).counts.events;
    await world.until(() => passed() === 20, 'they are passed');
    expect(app.status().rpcs['dispatcher']?.['Commit']).toBe(before);
    await world.run(app.stop());
    const again = await world.started({ aggregates: [stock] });
    await world.clock.advance(3_000);
    expect((again.status().engines['commands.eventspan'] as { counts: { events: number } }).counts.events).toBe(0);
  });
});

it('while a stream is parked the store is told of all that is passed, so that what a re-drive has done is not found again behind the cursor', async () => {
  const one = new AppWorld({ shards: 1 });
  let isBroken = true;
  const fails = ({ to }: SendMail): void => {
    if (isBroken && to === 'bad') throw Object.assign(new Error('away'), { retryable: true });
  };
  const options = { aggregates: [stock], commandHandlers: [mailer(fails)], dispatch: { retry: { attempts: 1 }, leaseMs: 600_000 } };
  const app = await one.started(options);
  const { commandId } = await app.send(new SendMail('bad'));
  await one.until(async () => (await parkedOf(app)).length === 1, 'it is parked');
  const stored = async (): Promise<string | undefined> => (await app.store.cursors.read('commands.eventspan')).cursors[0]?.position;
  const { streams } = await app.execute(new Reserve('pen', 1));
  await one.until(async () => (await stored()) === streams[0]?.lastPosition, 'the store knows');
  isBroken = false;
  await one.run(app.parked.redrive({ all: true }));
  expect(await one.settled(app, commandId)).toMatchObject({ state: 'executed' });
  await one.close();
});

it('what was passed is told to the store after half a lease', async () => {
  const one = new AppWorld({ shards: 1 });
  const app = await one.started({ aggregates: [stock] });
  const { streams } = await app.execute(new Reserve('pen', 1));
  const stored = async (): Promise<string | undefined> => (await app.store.cursors.read('commands.eventspan')).cursors[0]?.position;
  await one.clock.advance(2_000);
  expect(await stored()).toBeUndefined();
  await one.clock.advance(5_000);
  expect(await stored()).toBe(streams[0]?.lastPosition);
  await one.close();
});

it('events of Eventspan itself are none to a projector and to whoever reads the log', async () => {
  const app = await world.started({ aggregates: [stock], events: [Reserved] });
  await world.settled(app, (await app.send(new Reserve('pen', 1))).commandId);
  expect((await wholeLog(app)).map(({ type }) => type).toSorted()).toEqual([
    'eventspan.command-executed',
    'eventspan.command-sent',
    'stock.reserved',
  ]);
});
