import { memory, runInContext } from 'eventspan';
import { FakeClock } from 'eventspan/testing';
import { firedAt, firedMessages, openTimers, ReminderDue, type TimersUnderTest } from './support.js';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('a timer', () => {
  let made: TimersUnderTest;
  beforeEach(async () => {
    made = await openTimers();
    await made.app.start();
    await made.clock.untilSleeping();
  });
  afterEach(() => made.app.stop());

  it('fires at its time, to the millisecond, and once', async () => {
    const { app, clock } = made;
    await app.timers.schedule({ message: new ReminderDue('later'), in: 90_000 });
    await app.timers.schedule({ message: new ReminderDue('soon'), in: 1 });
    await app.timers.schedule({ message: new ReminderDue('at'), at: new Date(clock.now() + 61_234) });
    await clock.advance(DAY);
    expect(await firedAt(app)).toEqual([
      ['soon', 1],
      ['at', 61_234],
      ['later', 90_000],
    ]);
    expect(await app.timers.next()).toBeUndefined();
  });

  it('whose time is over fires at once', async () => {
    const { app, clock } = made;
    await app.timers.schedule({ message: new ReminderDue('late'), at: new Date(clock.now() - DAY) });
    await app.timers.schedule({ message: new ReminderDue('now'), in: 0 });
    await clock.advance(1);
    expect((await firedAt(app)).map(([what]) => what).sort()).toEqual(['late', 'now']);
  });

  it('appends its message as the first event of a stream of its own, with its metadata', async () => {
    const { app, clock } = made;
    const at = new Date(clock.now() + SECOND);
    const scheduled = await runInContext({ correlationId: 'c-1', causationId: 'e-1', actor: 'ann' }, () =>
      app.timers.schedule({ message: new ReminderDue('call'), at }),
    );
    expect(scheduled).toEqual({ timerId: expect.any(String), dueAt: at, isNew: true });
    await clock.advance(SECOND);
    const [event] = await firedMessages(app);
    expect(event).toMatchObject({
      streamId: `eventspan.timer-${scheduled.timerId}`,
      version: 1,
      type: 'reminder.due',
      data: '{"what":"call"}',
    });
    expect(JSON.parse(event?.metadata ?? '')).toEqual({
      correlationId: 'c-1',
      causationId: 'e-1',
      actor: 'ann',
      source: 'eventspan',
      schemaVersion: 2,
      time: at.toISOString(),
      timerId: scheduled.timerId,
      dueAt: at.toISOString(),
    });
  });

  it('outlives the process, and fires late when the next one starts', async () => {
    const { app, clock, store } = made;
    await app.timers.schedule({ message: new ReminderDue('over night'), in: HOUR });
    await app.stop();
    await clock.advance(10 * HOUR);
    const next = await openTimers({ store, clock });
    await next.app.start();
    await clock.advance(SECOND);
    const [[what, at] = ['', 0]] = await firedAt(next.app);
    expect([what, at >= 10 * HOUR]).toEqual(['over night', true]);
    await next.app.stop();
  });

  it('can be taken back by its reference or its id, once', async () => {
    const { app, clock } = made;
    const one = await app.timers.schedule({ message: new ReminderDue('one'), in: HOUR });
    const two = await app.timers.schedule({ message: new ReminderDue('two'), in: HOUR });
    await app.timers.schedule({ message: new ReminderDue('three'), in: HOUR, id: 'three' });
    expect(await app.timers.cancel(one)).toBe(true);
    expect(await app.timers.cancel(one)).toBe(false);
    expect(await app.timers.cancel(two.timerId)).toBe(true);
    expect(await app.timers.cancel('three')).toBe(true);
    expect(await app.timers.cancel('three')).toBe(false);
    expect(await app.timers.cancel('never')).toBe(false);
    await clock.advance(DAY);
    expect(await firedAt(app)).toEqual([]);
  });

  it('is scheduled once by the id that a user gives', async () => {
    const { app, clock } = made;
    const first = await app.timers.schedule({ message: new ReminderDue('trial'), in: HOUR, id: 'trial-7' });
    await clock.advance(SECOND);
    const second = await app.timers.schedule({ message: new ReminderDue('trial'), in: HOUR, id: 'trial-7' });
    expect(second).toEqual({ timerId: 'trial-7', dueAt: first.dueAt, isNew: false });
    await clock.advance(DAY);
    expect(await app.timers.schedule({ message: new ReminderDue('trial'), in: HOUR, id: 'trial-7' })).toMatchObject({ isNew: false });
    await clock.advance(DAY);
    expect(await firedAt(app)).toEqual([['trial', HOUR]]);
  });

  it('is scheduled once by an id also by many at once', async () => {
    const { app, clock } = made;
    const scheduled = await Promise.all(
      Array.from({ length: 10 }, (_, n) => app.timers.schedule({ message: new ReminderDue('x'), in: SECOND + n, id: 'x' })),
    );
    expect(scheduled.filter(({ isNew }) => isNew)).toHaveLength(1);
    await clock.advance(DAY);
    expect(await firedAt(app)).toHaveLength(1);
  });

  it('is listed by its time, as far as one likes', async () => {
    const { app, clock } = made;
    for (const n of [30, 10, 50, 20, 40]) await app.timers.schedule({ message: new ReminderDue(`n${n}`), in: n * SECOND, id: `t-${n}` });
    const ids: string[] = [];
    for await (const { id } of app.timers.list()) ids.push(id);
    expect(ids).toEqual(['t-10', 't-20', 't-30', 't-40', 't-50']);
    const before: string[] = [];
    for await (const { id } of app.timers.list({ dueBefore: new Date(clock.now() + 20 * SECOND) })) before.push(id);
    expect(before).toEqual(['t-10', 't-20']);
    expect(await app.timers.next()).toMatchObject({ id: 't-10', type: 'reminder.due', data: '{"what":"n10"}' });
  });

  it.each([
    ['a time that is none', { at: new Date(Number.NaN) }],
    ['a time before 1970', { at: new Date(-1) }],
    ['a wait that is none', { in: -1 }],
    ['half a millisecond', { in: 0.5 }],
    ['an id with other characters', { in: 1, id: 'a@b' }],
    ['an empty id', { in: 1, id: '' }],
    ['cron without an id', { cron: '* * * * *' }],
    ['another word for missed', { cron: '* * * * *', id: 'x', missed: 'none' as never }],
  ])('with %s is refused', async (_, when) => {
    const request = { message: new ReminderDue('x'), ...when };
    await expect(made.app.timers.schedule(request)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('with a message that nobody could read is refused', async () => {
    class Unknown {}
    await expect(made.app.timers.schedule({ message: new Unknown(), in: 1 })).rejects.toMatchObject({ code: 'EVENT_NOT_REGISTERED' });
    const message = new ReminderDue(Number.NaN as unknown as string);
    await expect(made.app.timers.schedule({ message, in: 1 })).rejects.toMatchObject({ code: 'PAYLOAD_NOT_EXACT' });
  });
});

describe('a recurring timer', () => {
  it('fires at every time that its expression names, in its time zone, until it is cancelled', async () => {
    const { app, clock } = await openTimers();
    await app.start();
    await app.timers.schedule({ message: new ReminderDue('nightly'), cron: '30 2 * * *', timeZone: 'Europe/Berlin', id: 'nightly' });
    await clock.advance(3 * DAY);
    const night = 1.5 * HOUR;
    expect(await firedAt(app)).toEqual([0, 1, 2].map((day) => ['nightly', day * DAY + night]));
    expect((await firedMessages(app)).map(({ streamId }) => streamId)).toEqual(
      ['01', '02', '03'].map((day) => `eventspan.timer-nightly@2026-01-${day}T01:30:00.000Z`),
    );
    expect(await app.timers.next()).toMatchObject({ id: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin', missed: 'once' });
    expect(await app.timers.cancel('nightly')).toBe(true);
    await clock.advance(3 * DAY);
    expect(await firedAt(app)).toHaveLength(3);
    await app.stop();
  });

  it.each([
    ['once', [HOUR, 6 * HOUR]],
    ['all', [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 5 * HOUR, 6 * HOUR]],
  ] as const)('makes up for what it missed: %s', async (missed, dueTimes) => {
    const { app, clock, store } = await openTimers();
    await app.timers.schedule({ message: new ReminderDue('hourly'), cron: '0 * * * *', id: 'hourly', missed });
    await app.stop();
    await clock.advance(5.5 * HOUR);
    const next = await openTimers({ store, clock });
    await next.app.start();
    await clock.advance(HOUR);
    const due = (await firedMessages(next.app)).map(({ metadata }) => Date.parse((JSON.parse(metadata) as { dueAt: string }).dueAt));
    expect(due.map((at) => at - Date.UTC(2026, 0, 1))).toEqual(dueTimes);
    await next.app.stop();
  });

  it('that is scheduled again stays as it is, or becomes what is new', async () => {
    const { app, clock } = await openTimers();
    await app.start();
    const schedule = (what: string, cron: string): Promise<{ isNew: boolean }> =>
      app.timers.schedule({ message: new ReminderDue(what), cron, id: 'x' });
    expect(await schedule('a', '0 1 * * *')).toMatchObject({ isNew: true });
    expect(await schedule('a', '0 1 * * *')).toMatchObject({ isNew: false });
    expect(await schedule('a', '0 2 * * *')).toMatchObject({ isNew: true });
    expect(await schedule('b', '0 2 * * *')).toMatchObject({ isNew: true });
    await clock.advance(DAY);
    expect(await firedAt(app)).toEqual([['b', 2 * HOUR]]);
    await app.stop();
  });

  it('fires in the hour that the clocks leave out right after it, and in the one that comes twice once', async () => {
    for (const [day, hours] of [
      ['2026-03-28T12:00:00Z', ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']],
      ['2026-10-24T12:00:00Z', ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']],
    ] as const) {
      const { app, clock } = await openTimers({ clock: new FakeClock(Date.parse(day)) });
      await app.start();
      await app.timers.schedule({ message: new ReminderDue('x'), cron: '30 2 * * *', timeZone: 'Europe/Berlin', id: 'x' });
      await clock.advance(1.8 * DAY);
      const fired = (await firedMessages(app)).map(({ metadata }) => (JSON.parse(metadata) as { dueAt: string }).dueAt);
      expect(fired).toEqual(hours);
      await app.stop();
    }
  });

  it.each([
    ['too few fields', '* * *'],
    ['a field out of bounds', '61 * * * *'],
    ['a day that no month has', '0 0 30 2 *'],
    ['a date', '2030-01-01T00:00:00'],
  ])('with %s is refused', async (_, cron) => {
    const { app } = await openTimers();
    await expect(app.timers.schedule({ message: new ReminderDue('x'), cron, id: 'x' })).rejects.toMatchObject({ code: 'CRON_INVALID' });
    await app.stop();
  });

  it('with a time zone that is none is refused', async () => {
    const { app } = await openTimers();
    const request = { message: new ReminderDue('x'), cron: '* * * * *', timeZone: 'No/Where', id: 'x' };
    await expect(app.timers.schedule(request)).rejects.toMatchObject({ code: 'CRON_INVALID' });
    await app.stop();
  });
});

describe('several processes', () => {
  it('share the timers, and each timer fires once', async () => {
    const store = memory();
    const { app, clock } = await openTimers({ store, timers: {} });
    const others = await Promise.all([1, 2].map(() => openTimers({ store, clock, timers: {} })));
    const apps = [app, ...others.map((each) => each.app)];
    await Promise.all(apps.map((each) => each.start()));
    await clock.advance(30_000);
    const shards = apps.map((each) => (each.status().engines['timers'] as { shards: number[] }).shards);
    expect(shards.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    expect(shards.every((held) => held.length > 0)).toBe(true);
    for (let n = 0; n < 500; n++) await app.timers.schedule({ message: new ReminderDue(`n${n}`), in: 1_000 + (n % 50) * 20, id: `n-${n}` });
    await clock.advance(10_000);
    const fired = await firedAt(app);
    expect(new Set(fired.map(([what]) => what)).size).toBe(500);
    expect(fired).toHaveLength(500);
    await Promise.all(apps.map((each) => each.stop()));
  });

  it('fire in time what is due in the shards of one that hangs', async () => {
    const store = memory();
    const { app, clock } = await openTimers({ store, timers: {} });
    await app.start();
    await clock.advance(1_000);
    const hanging = await app.store.cursors.read('eventspan.timers');
    expect(hanging.cursors).toHaveLength(4);
    for (let n = 0; n < 20; n++) await app.timers.schedule({ message: new ReminderDue(`n${n}`), in: 5_000, id: `n-${n}` });
    // Its rows stay in its name, and it never comes back to them.
    app.store.readModels.readRanges = () => new Promise(() => undefined);
    const other = await openTimers({ store, clock, timers: {} });
    await other.app.start();
    await clock.advance(6_000);
    const times = (await firedAt(other.app)).map(([, at]) => at - 6_000);
    expect(times).toHaveLength(20);
    expect(Math.min(...times)).toBe(0);
    expect(Math.max(...times)).toBeGreaterThanOrEqual(250);
    expect(Math.max(...times)).toBeLessThan(750);
    const { fired, rescued } = other.app.status().engines['timers'] as { fired: number; rescued: number };
    expect([fired, rescued]).toEqual([20, times.filter((late) => late > 0).length]);
    await other.app.stop();
    await app.stop({ timeoutMs: 0 }).catch(() => undefined);
  });
});
