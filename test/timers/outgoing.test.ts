import { OutgoingTimers } from '../../src/timers/outgoing-timers.js';
import { createEventRegistry } from '../../src/messages/create-event-registry.js';
import { timerShardsOf } from '../../src/timers/timer-entry.js';
import { firedMessages, openTimers, ReminderDue } from './support.js';

const origin = {
  id: 'checkout/7/3',
  ordinal: 0,
  metadata: { correlationId: 'c', causationId: 'e' },
  process: { name: 'checkout', id: '7' },
};

function outgoingAt(now: () => number, scheduled: number[] = []): OutgoingTimers {
  const events = createEventRegistry([ReminderDue]);
  return new OutgoingTimers({ events, source: 'shop', shards: timerShardsOf(16), now, onScheduled: (at) => scheduled.push(at) });
}

describe('a timer that a handler schedules', () => {
  it('is in the commit of its sender, and fires with the process that sent it', async () => {
    const { app, clock } = await openTimers();
    await app.start();
    const scheduled: number[] = [];
    const timer = outgoingAt(() => clock.now(), scheduled).timer(new ReminderDue('pay'), { in: 5_000 }, origin);
    expect(scheduled).toEqual([timer.dueAt.getTime()]);
    await (await app.store.readModels.openBatch({ rows: 'stream' })).commit(timer.changes);
    await clock.advance(60_000);
    const [event] = await firedMessages(app);
    expect(event?.streamId).toBe(`eventspan.timer-${timer.timerId}`);
    expect(JSON.parse(event?.metadata ?? '')).toMatchObject({
      correlationId: 'c',
      causationId: 'e',
      source: 'shop',
      processName: 'checkout',
      processId: '7',
      timerId: timer.timerId,
      dueAt: timer.dueAt.toISOString(),
    });
    await app.stop();
  });

  it('is the same timer when the same work is done again, and fires once however often its row was written', async () => {
    const { app, clock } = await openTimers();
    await app.start();
    const outgoing = outgoingAt(() => clock.now());
    for (const wait of [1_000, 1_000, 2_000, 90_000]) {
      const { timerId, changes } = outgoing.timer(new ReminderDue('x'), { in: wait }, origin);
      const batch = await app.store.readModels.openBatch({ rows: 'stream' });
      await batch.commit(changes.map((change) => ({ ...change, kind: 'upsert' as const })));
      expect(timerId).toBe(outgoing.timer(new ReminderDue('x'), { in: 1 }, origin).timerId);
    }
    expect(outgoing.timer(new ReminderDue('x'), { in: 1 }, { ...origin, ordinal: 1 }).timerId).not.toBe(
      outgoing.timer(new ReminderDue('x'), { in: 1 }, origin).timerId,
    );
    await clock.advance(300_000);
    expect(await firedMessages(app)).toHaveLength(1);
    expect(await app.timers.next()).toBeUndefined();
    await app.stop();
  });

  it('is taken back in a commit too; one that has fired is left alone', async () => {
    const { app, clock } = await openTimers();
    await app.start();
    const outgoing = outgoingAt(() => clock.now());
    const commit = async (changes: ReturnType<OutgoingTimers['cancelTimer']>['changes']): Promise<void> => {
      await (await app.store.readModels.openBatch({ rows: 'stream' })).commit(changes);
    };
    const kept = outgoing.timer(new ReminderDue('kept'), { in: 1_000 }, origin);
    const gone = outgoing.timer(new ReminderDue('gone'), { in: 1_000 }, { ...origin, ordinal: 1 });
    await commit([...kept.changes, ...gone.changes]);
    await commit(outgoing.cancelTimer(gone).changes);
    await clock.advance(120_000);
    await commit(outgoing.cancelTimer(kept).changes);
    expect((await firedMessages(app)).map(({ data }) => data)).toEqual(['{"what":"kept"}']);
    await app.stop();
  });
});
