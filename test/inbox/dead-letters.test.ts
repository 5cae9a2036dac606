import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '../../src/event-store/event-store.js';
import { DEAD_LETTER_CHANGES } from '../../src/event-store/messaging-tables.js';
import type { StoreProvider } from '../../src/event-store/store-provider.js';
import { EventspanError } from '../../src/errors/eventspan-error.js';
import { onMessage, type MessageHandler } from '../../src/inbox/define-topic-consumer.js';
import { inProcess } from '../../src/in-process/index.js';
import { memory } from '../../src/memory/index.js';
import { spanner } from '../../src/spanner/index.js';
import { sqlite } from '../../src/sqlite/index.js';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';
import { until } from '../support/until.js';
import { addPayment, Harness, PaymentReceived, PaymentRefunded, paymentMessage, type HarnessOptions } from './support/harness.js';

const ONCE = { attempts: 1 };
const folder = mkdtempSync(join(tmpdir(), 'inbox-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Fails for amounts below 0 while `isBroken`. */
function fussy(): { isBroken: boolean; readonly on: readonly MessageHandler[] } {
  const state = {
    isBroken: true,
    on: [
      onMessage(PaymentReceived, async (event, context) => {
        if (state.isBroken && event.amount < 0) throw new Error('below zero');
        await addPayment.handle(event, context);
      }),
    ],
  };
  return state;
}

function suite(provider: () => StoreProvider | Promise<StoreProvider>): void {
  let open: Harness[] = [];
  const make = async (options: HarnessOptions = {}): Promise<Harness> => {
    const harness = await Harness.make({ stores: await provider(), retry: ONCE, ...options });
    open.push(harness);
    await harness.engine.start();
    return harness;
  };
  const settled = async (harness: Harness, count: number): Promise<void> => {
    await until(() => {
      const { handled, died, repeats, passed, inHand } = harness.engine.status();
      return handled + died + repeats + passed >= count && inHand === 0;
    }, `${count} messages are settled`);
  };
  afterEach(async () => {
    for (const harness of open) await harness.close();
    open = [];
  });

  it("passes over with onError: 'skip' what fails for good, keeps nothing of it, and goes on with its key", async () => {
    const { on } = fussy();
    const harness = await make({ on, onError: 'skip' });
    const messages = [paymentMessage('o-1', 1, { id: 'a' }), paymentMessage('o-1', -1, { id: 'b' }), paymentMessage('o-1', 2, { id: 'c' })];
    await harness.publish(...messages);
    await until(async () => ((await harness.row('o-1')) as { total?: number } | undefined)?.total === 3, 'the others are handled');
    await harness.publish(...messages); // a repeat of what was passed over is a repeat
    await until(() => harness.engine.status().repeats === 3, 'the repeats are settled');
    expect(harness.engine.status()).toMatchObject({ handled: 2, skipped: 1, died: 0 });
    expect(await harness.allLetters()).toEqual([]);
  });

  it("stands still with onError: 'stop' before what fails for good, for its key alone, and keeps it for the next start", async () => {
    const { on } = fussy();
    const stores = await provider();
    const transports = inProcess({ whenFull: 'refuse', redeliveryDelayMs: 1 });
    const first = await make({ on, onError: 'stop', stores, transports });
    await first.publish(
      paymentMessage('o-1', -1, { id: 'a' }),
      paymentMessage('o-1', 2, { id: 'b' }),
      paymentMessage('o-2', 5, { id: 'c' }),
    );
    await until(async () => (await first.row('o-2')) !== undefined, 'the other key is handled');
    expect(await first.row('o-1')).toBeUndefined();
    expect(first.engine.status()).toMatchObject({ handled: 1, died: 0, skipped: 0 });
    const second = await Harness.make({ stores, transports, retry: ONCE });
    open.push(second);
    await first.engine.stop({ deadlineMs: 100 });
    await second.engine.start();
    await until(async () => ((await second.row('o-1')) as { trail?: string } | undefined)?.trail === 'a b', 'both are handled');
    expect(await second.allLetters()).toEqual([]);
  });

  it('keeps what fails for good with its reason, and later messages of its key behind it, in order', async () => {
    const { on } = fussy();
    const harness = await make({ on });
    await harness.publish(
      paymentMessage('o-1', 1, { id: 'a' }),
      paymentMessage('o-1', -1, { id: 'b' }),
      paymentMessage('o-1', 2, { id: 'c' }),
      paymentMessage('o-2', 5, { id: 'd' }),
      paymentMessage('o-1', 3, { id: 'e' }),
    );
    await settled(harness, 5);
    expect(await harness.allLetters()).toEqual(['/bank|b failed', '/bank|c behind', '/bank|e behind']);
    expect(await harness.row('o-1')).toMatchObject({ trail: 'a' });
    expect(await harness.row('o-2')).toMatchObject({ total: 5 });
    const details = await harness.letters.show('billing', '/bank|b');
    expect(details).toMatchObject({
      key: 'o-1',
      type: 'payment.received',
      message: 'below zero',
      attempts: 1,
      contents: { encoding: 'utf8' },
    });
    expect(details?.contents.data).toBe('{"orderId":"o-1","amount":-1}');
    expect(details?.stack).toContain('below zero');
  });

  it('handles a key again from its first letter, in order, once, and lets later ones flow', async () => {
    const state = fussy();
    const harness = await make({ on: state.on });
    await harness.publish(...['a', 'b', 'c'].map((id, at) => paymentMessage('o-1', at === 0 ? -1 : at, { id })));
    await settled(harness, 3);
    const again = await harness.letters.redrive({ consumer: 'billing' });
    expect(await harness.letters.waitUntilSettled(again.ticket)).toEqual({ pending: 0, settled: 0, failedAgain: 3 });
    expect(await harness.letters.show('billing', '/bank|a')).toMatchObject({ attempts: 2, reason: 'failed' });

    state.isBroken = false;
    const { requested, ticket } = await harness.letters.redrive({ messageId: '/bank|c', consumer: 'billing' });
    expect(requested).toBe(1);
    expect(await harness.letters.waitUntilSettled(ticket)).toMatchObject({ settled: 1, failedAgain: 0 });
    expect(await harness.allLetters()).toEqual([]);
    expect(await harness.row('o-1')).toMatchObject({ total: 2, trail: 'a b c' });
    await harness.publish(paymentMessage('o-1', -1, { id: 'a' }), paymentMessage('o-1', 9, { id: 'd' }));
    await until(async () => ((await harness.row('o-1')) as { trail: string }).trail === 'a b c d', 'the next one is handled');
    expect(harness.engine.status()).toMatchObject({ repeats: 1 });
  });

  it('edits a letter, with who, why, before and after kept', async () => {
    const { on } = fussy();
    const harness = await make({ on });
    await harness.publish(paymentMessage('o-1', -1, { id: 'a' }));
    await settled(harness, 1);
    const edit = { data: '{"orderId":"o-1","amount":7}', by: 'ann', reason: 'the sign was wrong' };
    const { ticket } = await harness.letters.editAndRedrive('billing', '/bank|a', edit);
    expect(await harness.letters.waitUntilSettled(ticket)).toMatchObject({ settled: 1 });
    expect(await harness.row('o-1')).toMatchObject({ total: 7 });
    const rows: unknown[] = [];
    for await (const row of harness.store.readModels.scan(DEAD_LETTER_CHANGES, { consumer: 'billing' })) rows.push(row);
    expect(rows).toEqual([
      expect.objectContaining({
        kind: 'edit',
        changed_by: 'ann',
        reason: 'the sign was wrong',
        data_before: '{"orderId":"o-1","amount":-1}',
        data_after: edit.data,
      }),
    ]);
    await expect(harness.letters.editAndRedrive('billing', '/bank|a', edit)).rejects.toMatchObject({ code: 'DEAD_LETTER_UNKNOWN' });
  });

  it('discards a letter with its reason, and has those behind it handled', async () => {
    const { on } = fussy();
    const harness = await make({ on });
    await harness.publish(paymentMessage('o-1', -1, { id: 'a' }), paymentMessage('o-1', 4, { id: 'b' }));
    await settled(harness, 2);
    expect(await harness.letters.discard({ messageId: '/bank|a', consumer: 'billing' }, { by: 'ann', reason: 'a test payment' })).toBe(1);
    await until(async () => (await harness.allLetters()).length === 0, 'the one behind is handled');
    expect(await harness.row('o-1')).toMatchObject({ total: 4, trail: 'b' });
    await expect(harness.letters.discard({ all: true }, { by: '', reason: 'x' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(harness.letters.redrive({})).rejects.toMatchObject({ code: 'DEAD_LETTER_SELECTION_INVALID' });
  });
}

describe('[memory] dead letters', () => suite(() => memory()));
describe('[sqlite] dead letters', () => suite(() => sqlite(join(folder, `${uniqueName('d')}.db`))));
describeWithEmulator('spanner', 'dead letters', () =>
  suite(async () =>
    spanner({
      project: 'p',
      instance: 'inbox',
      database: uniqueName('inbox'),
      emulatorHost: await emulatorHost('spanner'),
      migrate: 'auto',
    }),
  ),
);

describe('a consumer of a topic', () => {
  let harness: Harness;
  afterEach(() => harness.close());

  it('keeps whatever hostile message comes, with a code, and goes on', async () => {
    harness = await Harness.make({ unknownEvents: 'fail' });
    await harness.engine.start();
    const future = paymentMessage('o-1', 1, { id: 'future' });
    await harness.publish(
      { orderingKey: '', data: 'no envelope', attributes: { x: 'y' } },
      paymentMessage('o-2', 1, { id: 'text', data: 'no json' }),
      paymentMessage('o-3', 1, { id: 'hostile', data: '{"__proto__":{"x":1},"orderId":"o","amount":1}' }),
      paymentMessage('o-4', 1, { id: 'deep', data: `${'['.repeat(100)}${']'.repeat(100)}` }),
      paymentMessage('o-5', 1, { id: 'shape', data: '[]' }),
      paymentMessage('o-6', 1, { id: 'unknown', type: 'what.is-this' }),
      { ...future, attributes: { ...future.attributes, 'ce-schemaversion': '9' } },
      paymentMessage('o-7', 7, { id: 'good' }),
    );
    await until(() => harness.engine.status().died === 7 && harness.engine.status().handled === 1, 'all are settled');
    expect(await harness.row('o-7')).toMatchObject({ total: 7 });
    const codes: Record<string, string | undefined> = {};
    for await (const { messageId, code, reason } of harness.letters.list()) {
      expect(reason).toBe('unreadable');
      codes[messageId.replace(/^unreadable:.*/, 'unread')] = code;
    }
    expect(codes).toEqual({
      unread: 'MESSAGE_UNREADABLE',
      '/bank|shape': 'PAYLOAD_UNREADABLE',
      '/bank|unknown': 'EVENT_TYPE_UNKNOWN',
      '/bank|future': 'PAYLOAD_UNREADABLE',
    });
  });

  it('passes unknown types and known ones that it does not take, counted', async () => {
    harness = await Harness.make();
    await harness.engine.start();
    await harness.publish(
      paymentMessage('o-1', 1, { type: 'what.is-this' }),
      paymentMessage('o-1', 1, { type: 'payment.refunded', data: '{"orderId":"o-1"}' }),
    );
    await until(() => harness.engine.status().passed === 2, 'both are passed');
    expect(harness.engine.status()).toMatchObject({ passedUnknown: 1, died: 0, handled: 0 });
    expect(PaymentRefunded).toBeDefined();
  });

  it('tries transient failures again, and permanent ones not', async () => {
    let tries = 0;
    const on = [
      onMessage(PaymentReceived, ({ amount }) => {
        tries++;
        if (amount === 0) throw Object.assign(new Error('never'), { retryable: false });
        if (tries < 3) throw Object.assign(new Error('not yet'), { retryable: true });
      }),
    ];
    harness = await Harness.make({ on, retry: { attempts: 5, initialMs: 1, maxMs: 2 } });
    await harness.engine.start();
    await harness.publish(paymentMessage('o-1', 1));
    await until(() => harness.engine.status().handled === 1, 'it is handled');
    expect(harness.engine.status()).toMatchObject({ retries: 2 });
    tries = 0;
    await harness.publish(paymentMessage('o-2', 0, { id: 'p' }));
    await until(() => harness.engine.status().died === 1, 'it is dead');
    expect(tries).toBe(1);
  });

  it('opens its circuit in an outage instead of making dead letters of everything, and goes on after it', async () => {
    let isAway = true;
    let calls = 0;
    const on = [
      onMessage(PaymentReceived, () => {
        calls++;
        if (isAway) throw Object.assign(new Error('the bank is away'), { retryable: true });
      }),
    ];
    harness = await Harness.make({
      on,
      retry: { attempts: 2, initialMs: 1, maxMs: 2 },
      circuitBreaker: { failures: 5, openMs: 20, maxOpenMs: 20 },
    });
    await harness.engine.start();
    await harness.publish(...Array.from({ length: 50 }, (_, at) => paymentMessage(`o-${at}`, 1)));
    await until(() => harness.engine.status().circuit.state === 'open' && calls >= 8, 'it is open and has probed');
    const { died } = harness.engine.status();
    isAway = false;
    await until(() => harness.engine.status().inHand === 0, 'all are handled');
    expect(harness.engine.status()).toMatchObject({ circuit: { state: 'closed' }, handled: 50 - died });
    expect(died).toBe(0);
  });

  it('acknowledges nothing while dead letters cannot be kept, without a hot loop, and keeps them when they can', async () => {
    let isAway = true;
    let attempts = 0;
    const { on } = fussy();
    const wrapStore = (store: EventStore): EventStore => {
      const readModels = new Proxy(store.readModels, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (name !== 'openBatch') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          return async (options: Parameters<EventStore['readModels']['openBatch']>[0]) => {
            const batch = await target.openBatch(options);
            const commit = batch.commit.bind(batch);
            batch.commit = async (changes, advance) => {
              if (changes.some(({ table }) => table.name === 'dead_letters') && isAway) {
                attempts++;
                throw new EventspanError('STORE_UNAVAILABLE', { reason: 'a test' });
              }
              return commit(changes, advance);
            };
            return batch;
          };
        },
      });
      return new Proxy(store, {
        get: (target, name) => {
          const value: unknown = name === 'readModels' ? readModels : Reflect.get(target, name);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    };
    harness = await Harness.make({ on, retry: ONCE, wrapStore });
    await harness.engine.start();
    await harness.publish(
      paymentMessage('o-1', -1, { id: 'a' }),
      paymentMessage('o-1', 1, { id: 'b' }),
      paymentMessage('o-2', 5, { id: 'c' }),
    );
    await until(() => harness.engine.status().handled === 1 && attempts >= 2, 'it is tried again');
    expect(harness.engine.status()).toMatchObject({ inHand: 2, died: 0 });
    expect(attempts).toBeLessThan(20);
    isAway = false;
    await until(() => harness.engine.status().died === 2, 'they are kept');
    expect(await harness.allLetters()).toEqual(['/bank|a failed', '/bank|b behind']);
  });
});
