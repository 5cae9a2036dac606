import { createRegistry, memory, type CommandResult, type EventStore } from 'eventspan';
import { FakeClock } from 'eventspan/testing';
import { systemEnvironment } from '../../src/application/environment.js';
import { OutgoingCommands } from '../../src/command-handling/outgoing-commands.js';
import { readSentCommandOutcome } from '../../src/command-handling/sent-command-outcome.js';
import { createCommandBus } from '../../src/command-handling/create-command-bus.js';
import { CommandDispatcher } from '../../src/consumers/commands/command-dispatcher.js';
import { silentTelemetry } from '../../src/telemetry/telemetry.js';
import type { EventBatch } from '../../src/subscriptions/event-handler.js';
import { MAX_STOCK, OutOfStock, Reserve, stock } from './support/shop.js';

const clock = new FakeClock();
const registry = createRegistry({ store: memory(), aggregates: [stock] });
let store: EventStore;

beforeEach(async () => {
  store = await memory({ shards: 1 }).open(systemEnvironment({ clock }));
});

type Execute = (command: object, options: { commandId?: string }) => Promise<CommandResult>;

function dispatcher(around: (next: Execute) => Execute = (next) => next): CommandDispatcher {
  const bus = createCommandBus({ store, domain: registry.domain, events: registry.events, clock });
  const execute = around((command, options) => bus.execute(command, options));
  const parts = { store, commands: registry.handledCommands, sideBySide: 4, deadlineMs: 1_000, source: 'shop', clock, caller: 'test' };
  return new CommandDispatcher({ ...parts, telemetry: silentTelemetry, execute, onAppended: () => undefined });
}

async function send(command: object, commandId: string): Promise<void> {
  const outgoing = new OutgoingCommands({ commands: registry.commands, source: 'shop', clock });
  await store.append({ writes: [outgoing.write(command, commandId, { correlationId: 'c' })] });
}

/** The whole log as a batch, under a cursor that is taken anew. */
async function batch(): Promise<EventBatch> {
  const { cursors } = await store.cursors.read('commands');
  const [cursor] = await store.cursors.take('commands', 'me', [{ shard: 0, token: cursors[0]?.token ?? 0 }]);
  const events = await store.readShards([{ shard: 0 }], { limit: 1_000 });
  const advance = { consumer: 'commands', shard: 0, token: cursor!.token, position: events.at(-1)!.position };
  return { shard: 0, events, advance, signal: new AbortController().signal };
}

describe('two processes that execute one command, each believing that the shard is its own', () => {
  it('a refusal that comes after the other one has executed it is the outcome executed', async () => {
    await send(new Reserve('pen', 1), 'c1');
    const given = await batch();
    let inBetween = false;
    const late = dispatcher(() => async (command, { commandId }) => {
      await bus().execute(command, { commandId: commandId! });
      inBetween = true;
      throw new OutOfStock('decided on what was there before');
    });
    await late.apply(given);
    expect(inBetween).toBe(true);
    expect(await readSentCommandOutcome(store, 'c1')).toMatchObject({ state: 'executed', events: 1 });
  });

  it('an execution that comes after the other one has refused it has no effect, and the outcome is refused', async () => {
    await send(new Reserve('pen', 1), 'c1');
    const given = await batch();
    const early = dispatcher(() => async () => {
      throw new OutOfStock('no more');
    });
    const late = dispatcher((next) => async (command, options) => {
      await early.apply(given).catch(() => undefined); // its cursor is spent, and its refusal written
      return next(command, options);
    });
    await expect(late.apply({ ...(await batch()), events: given.events })).resolves.toBeUndefined();
    expect(await readSentCommandOutcome(store, 'c1')).toMatchObject({ state: 'refused', message: 'no more' });
    expect((await store.load('stock-pen')).version).toBe(0);
  });

  it('the same refusal twice is one', async () => {
    await send(new Reserve('pen', MAX_STOCK + 1), 'c1');
    await dispatcher().apply(await batch());
    await dispatcher().apply(await batch());
    expect((await store.load('eventspan.command-c1')).version).toBe(2);
  });

  function bus(): ReturnType<typeof createCommandBus> {
    return createCommandBus({ store, domain: registry.domain, events: registry.events, clock });
  }
});

it('commands of a batch that are settled are not begun again when another one of it fails', async () => {
  for (const id of ['c1', 'c2', 'c3']) await send(new Reserve(id, 1), id);
  const begun: string[] = [];
  let fails = true;
  const subject = dispatcher((next) => async (command, options) => {
    begun.push(options.commandId!);
    if (options.commandId === 'c2' && fails) throw Object.assign(new Error('away'), { retryable: true });
    return next(command, options);
  });
  const given = await batch();
  const sentAt = given.events.findIndex(({ streamId }) => streamId === 'eventspan.command-c2');
  expect(await subject.apply(given)).toMatchObject({ at: sentAt });
  fails = false;
  expect(await subject.apply(given)).toBeUndefined();
  expect(begun.toSorted()).toEqual(['c1', 'c2', 'c2', 'c3']);
});
