import {
  Command,
  commandHandler,
  defineWorkQueue,
  Event,
  Eventspan,
  inProcess,
  memory,
  On,
  onTask,
  runInContext,
  Task,
  WorkQueue,
  type EventspanOptions,
  type QueueOptions,
  type TaskContext,
} from 'eventspan';
import { FakeClock } from 'eventspan/testing';
import { until } from '../support/until.js';
import { SendEmail, SENT } from './support.js';

@Command('booking.book')
class Book {
  constructor(readonly what: string) {}
}

@Command('booking.remind')
class Remind {}

@Event('booking.booked')
class Booked {
  constructor(readonly what: string) {}
}

const opened: Eventspan[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.stop({ timeoutMs: 1_000 }).catch(() => undefined)));
});

async function open(options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
  const app = await Eventspan.open({ store: memory(), transport: inProcess(), ...options });
  opened.push(app);
  return app;
}

type Handle = (task: SendEmail, context: TaskContext) => Promise<void> | void;

const emails = (handle: Handle, options: QueueOptions = {}): ReturnType<typeof defineWorkQueue> =>
  defineWorkQueue({ name: 'emails', retry: { initialMs: 1, maxMs: 5 }, tables: [SENT], ...options, on: [onTask(SendEmail, handle)] });

const sending: Handle = ({ to }, { taskId, attempt, view }) => view.insert(SENT, { id: taskId, to, attempt });

async function isEmpty(app: Eventspan): Promise<boolean> {
  const { waiting, dead } = await app.tasks.depth('emails');
  return waiting + dead === 0;
}

async function sent(app: Eventspan): Promise<string[]> {
  const found: string[] = [];
  for await (const row of app.store.readModels.scan(SENT)) found.push(String(row['to']));
  return found.toSorted();
}

describe('a task', () => {
  it('is done once, with its effects, by workers of any process', async () => {
    const store = memory();
    const transport = inProcess();
    const apps = await Promise.all([1, 2, 3].map(() => open({ store, transport, workQueues: [emails(sending)] })));
    await Promise.all(apps.map((app) => app.start()));
    const [app] = apps as [Eventspan];
    const to = Array.from({ length: 300 }, (_, n) => `t${String(n).padStart(3, '0')}`);
    await Promise.all(to.map((each) => app.enqueue(new SendEmail(each, 'hello'))));
    await until(() => isEmpty(app), 'all tasks are done');
    expect(await sent(app)).toEqual(to);
    const done = apps.map((each) => (each.status().engines['queue.emails'] as { done: number }).done);
    expect(done.reduce((sum, n) => sum + n, 0)).toBe(300);
  });

  it('is done by the method of a class, with what was enqueued', async () => {
    const taken: SendEmail[] = [];
    @WorkQueue('emails', { concurrency: 1 })
    class Emails {
      @On(SendEmail)
      send(task: SendEmail, { attempt }: TaskContext): void {
        if (attempt === 1) taken.push(task);
      }
    }
    const app = await open({ workQueues: [Emails] });
    await app.start();
    await app.enqueue(new SendEmail('ann', 'ü'));
    await until(() => isEmpty(app), 'it is done');
    expect(taken).toEqual([new SendEmail('ann', 'ü')]);
    expect(taken[0]).toBeInstanceOf(SendEmail);
  });

  it('carries correlation, and its handler knows which try it is and a key for effects elsewhere', async () => {
    const seen: TaskContext[] = [];
    const app = await open({ workQueues: [emails((_, context) => void seen.push(context))] });
    await app.start();
    const { taskId } = await runInContext({ correlationId: 'c-1', actor: 'ann' }, () => app.enqueue(new SendEmail('a', 'b')));
    await until(() => isEmpty(app), 'it is done');
    expect(seen).toMatchObject([
      { queue: 'emails', taskId, attempt: 1, idempotencyKey: taskId, metadata: { correlationId: 'c-1', actor: 'ann' } },
    ]);
  });

  it('that fails is tried again, with nothing of the failed tries left', async () => {
    let tries = 0;
    const failures: unknown[] = [];
    const queue = emails(
      (task, context) => {
        void sending(task, context);
        if (++tries < 4) throw new Error(`no ${tries}`);
      },
      { onError: (error, failed) => failures.push([(error as Error).message, failed.attempt, failed.isDead]) },
    );
    const app = await open({ workQueues: [queue] });
    await app.start();
    await app.enqueue(new SendEmail('a', 'b'));
    await until(() => isEmpty(app), 'it is done');
    expect(await sent(app)).toEqual(['a']);
    expect(failures).toEqual([
      ['no 1', 1, false],
      ['no 2', 2, false],
      ['no 3', 3, false],
    ]);
  });

  it('is dead after its tries, with the reason, until it is edited and retried, which is kept', async () => {
    const queue = emails(
      ({ to }, { view }) => {
        if (to === 'nobody') throw new Error('no such address');
        view.insert(SENT, { id: to, to, attempt: 1 });
      },
      { maxAttempts: 3 },
    );
    const app = await open({ workQueues: [queue] });
    await app.start();
    const { taskId } = await app.enqueue(new SendEmail('nobody', 'x'));
    const key = { queue: 'emails', taskId };
    await until(async () => (await app.tasks.depth('emails')).dead === 1, 'it is dead');
    expect(await app.tasks.show(key)).toMatchObject({
      state: 'dead',
      attempts: 3,
      failure: { message: 'no such address', stack: expect.any(String) },
    });
    const dead: string[] = [];
    for await (const task of app.tasks.list({ queue: 'emails', state: 'dead' })) dead.push(task.taskId);
    expect(dead).toEqual([taskId]);
    await expect(app.tasks.retry(key, { by: '', reason: 'x' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await app.tasks.retry(key, { by: 'ann', reason: 'try once more' });
    await until(async () => (await app.tasks.show(key))?.attempts === 3, 'it is dead again');
    await app.tasks.retry(key, { by: 'ann', reason: 'a typo', data: { to: 'somebody', text: 'x' } });
    await until(() => isEmpty(app), 'it is done');
    expect(await sent(app)).toEqual(['somebody']);
  });

  it('is dead at once by an error that will not get better, and can be given up', async () => {
    const queue = emails(() => {
      throw Object.assign(new Error('never'), { retryable: false });
    });
    const app = await open({ workQueues: [queue] });
    await app.start();
    const { taskId } = await app.enqueue(new SendEmail('a', 'b'));
    const key = { queue: 'emails', taskId };
    await until(async () => (await app.tasks.depth('emails')).dead === 1, 'it is dead');
    expect(await app.tasks.show(key)).toMatchObject({ attempts: 1 });
    expect(await app.tasks.discard(key, { by: 'ann', reason: 'not wanted' })).toMatchObject({ by: 'ann', task: { taskId } });
    expect(await app.tasks.show(key)).toBeUndefined();
    await expect(app.tasks.discard(key, { by: 'ann', reason: 'again' })).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  it('that takes too long fails, and what it does afterwards happens to nothing', async () => {
    let isFirst = true;
    const queue = emails(
      async (task, context) => {
        if (isFirst) {
          isFirst = false;
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
          context.view.insert(SENT, { id: 'late', to: 'late', attempt: 0 });
          return;
        }
        await sending(task, context);
      },
      { timeoutMs: 20 },
    );
    const app = await open({ workQueues: [queue] });
    await app.start();
    await app.enqueue(new SendEmail('a', 'b'));
    await until(() => isEmpty(app), 'it is done');
    expect(await sent(app)).toEqual(['a']);
  });

  it('with a key is enqueued once, also after it is done', async () => {
    const app = await open({ workQueues: [emails(sending)] });
    await app.start();
    const first = await app.enqueue(new SendEmail('a', 'b'), { dedupeKey: 'order-7' });
    const second = await app.enqueue(new SendEmail('a', 'b'), { dedupeKey: 'order-7' });
    expect([first.isNew, second.isNew, second.taskId]).toEqual([true, false, first.taskId]);
    await until(() => isEmpty(app), 'it is done');
    expect(await app.enqueue(new SendEmail('a', 'b'), { dedupeKey: 'order-7' })).toMatchObject({ isNew: false });
    await app.enqueue(new SendEmail('c', 'd'), { dedupeKey: 'order-8' });
    await until(async () => (await sent(app)).length === 2, 'the other is done');
    expect(await sent(app)).toEqual(['a', 'c']);
  });

  it('enqueues others and sends timers in the commit of its own end', async () => {
    const queue = emails((task, context) => {
      void sending(task, context);
      if (task.to !== 'first') return;
      context.enqueue(new SendEmail('second', 'x'));
      context.enqueue(new SendEmail('third', 'x'), { dedupeKey: 'third' });
      context.enqueue(new SendEmail('third', 'x'), { dedupeKey: 'third' });
      context.enqueue(new SendEmail('fourth', 'x'), { delayMs: 20 });
    });
    const app = await open({ workQueues: [queue] });
    await app.start();
    await app.enqueue(new SendEmail('first', 'x'));
    await until(async () => (await sent(app)).length === 4 && (await isEmpty(app)), 'all are done');
    expect(await sent(app)).toEqual(['first', 'fourth', 'second', 'third']);
  });

  it('of an unknown class or with options out of bounds is refused', async () => {
    @Task('other.task', { queue: 'others' })
    class Other {}
    const app = await open({ workQueues: [emails(sending)] });
    await expect(app.enqueue(new Other())).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
    const task = new SendEmail('a', 'b');
    for (const options of [{ delayMs: -1 }, { priority: 101 }, { dedupeKey: '' }, { dedupeKey: 'x'.repeat(201) }]) {
      await expect(app.enqueue(task, options)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    }
    await expect(open({ workQueues: [emails(sending), emails(sending)] })).rejects.toMatchObject({ code: 'QUEUE_INVALID' });
    const wrong = defineWorkQueue({ name: 'emails', on: [onTask(Other, () => undefined)] });
    await expect(open({ workQueues: [wrong] })).rejects.toMatchObject({ code: 'QUEUE_INVALID' });
    await expect(open({ workQueues: [emails(sending, { topic: 'none' })] })).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' });
  });
});

describe('a queue', () => {
  it('does the tasks of the highest priority first, of those at hand, and not more at a time than it may', async () => {
    const order: string[] = [];
    let running = 0;
    let most = 0;
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const queue = emails(
      async ({ to }) => {
        most = Math.max(most, ++running);
        order.push(to);
        if (to === 'first') await gate;
        running--;
      },
      { concurrency: 1 },
    );
    const app = await open({ workQueues: [queue] });
    await app.start();
    await app.enqueue(new SendEmail('first', ''));
    await until(() => order.length === 1, 'the first one is at work');
    for (const [n, priority] of [0, 5, -5, 100, 5].entries()) await app.enqueue(new SendEmail(`${priority}/${n}`, ''), { priority });
    const atHand = (): number => (app.status().engines['queue.emails'] as { atHand: number }).atHand;
    await until(() => atHand() === 5, 'the others are at hand');
    go();
    await until(() => isEmpty(app), 'all are done');
    expect(order[1]).toBe('100/3');
    expect(order.map((to) => Number(to.split('/')[0])).slice(1)).toEqual([100, 5, 5, 0, -5]);
    expect(most).toBe(1);
  });

  it('takes no more at hand than it may, and leaves the others in the log', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let most = 0;
    const handle = (): Promise<void> => ((most = Math.max(most, atHand())), gate);
    const app = await open({ workQueues: [emails(handle, { concurrency: 2, prefetch: 10 })] });
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => app.enqueue(new SendEmail(`t${n}`, ''))));
    await app.start();
    const atHand = (): number => (app.status().engines['queue.emails'] as { atHand: number }).atHand;
    await until(() => atHand() >= 10, 'it is full');
    expect((await app.tasks.depth('emails')).waiting).toBe(1_000);
    go();
    await until(() => isEmpty(app), 'all are done', 20_000);
    // The batches of four shards may be under way when it is full.
    expect(most).toBeGreaterThanOrEqual(10);
    expect(most).toBeLessThan(10 + 4 * 100);
  });

  it('whose process ends gives back what it has not begun, and the next one does it', async () => {
    const store = memory();
    const never: Handle = () => new Promise(() => undefined);
    const first = await open({ store, workQueues: [emails(never, { concurrency: 1 })] });
    await first.start();
    await Promise.all([1, 2, 3, 4].map((n) => first.enqueue(new SendEmail(`t${n}`, ''))));
    const status = (): { atHand: number; running: number } => first.status().engines['queue.emails'] as { atHand: number; running: number };
    await until(() => status().atHand === 3 && status().running === 1, 'all are at hand');
    await first.stop({ timeoutMs: 10 }).catch(() => undefined);
    const second = await open({ store, workQueues: [emails(sending, { visibilityMs: 1_000 })] });
    await second.start();
    await until(() => isEmpty(second), 'all are done', 20_000);
    expect(await sent(second)).toEqual(['t1', 't2', 't3', 't4']);
  });

  it('delays a task to the millisecond', async () => {
    const clock = new FakeClock();
    const at: number[] = [];
    const queue = emails(() => void at.push(clock.now()));
    const app = await open({ clock, workQueues: [queue], timers: { pollMs: 60_000 }, roles: ['commands', 'consumers', 'timers'] });
    await app.start();
    const start = clock.now();
    await app.enqueue(new SendEmail('a', ''), { delayMs: 3_600_000 });
    await clock.advance(3_599_999);
    expect(at).toEqual([]);
    expect((await app.tasks.depth('emails')).waiting).toBe(0);
    await clock.advance(5_000);
    expect(at).toHaveLength(1);
    expect((at[0] as number) - start).toBeGreaterThanOrEqual(3_600_000);
    expect((at[0] as number) - start).toBeLessThanOrEqual(3_601_000);
  });
});

describe('a command', () => {
  it('enqueues tasks and schedules timers in its own commit, or nothing', async () => {
    const book = commandHandler(Book, ({ what }, { repository, enqueue, schedule }) => {
      repository.appendEvents(`booking-${what}`, [new Booked(what)], { expectedVersion: 'none' });
      enqueue(new SendEmail(what, 'booked'));
      schedule(new Booked('reminder'), { in: 86_400_000 });
      if (what === 'nothing') throw new Error('refused');
    });
    const remind = commandHandler(Remind, (_, { schedule }) => void schedule(new Booked('later'), { in: 86_400_000 }));
    const app = await open({ workQueues: [emails(sending)], commandHandlers: [book, remind], events: [Booked] });
    await app.start();
    await app.execute(new Book('a'), { commandId: 'book-a' });
    await app.execute(new Book('a'), { commandId: 'book-a' });
    await expect(app.execute(new Book('nothing'))).rejects.toThrow('refused');
    await expect(app.execute(new Book('a'))).rejects.toMatchObject({ code: 'COMMAND_CONFLICTED' });
    await app.execute(new Remind());
    await until(() => isEmpty(app), 'all are done');
    expect(await sent(app)).toEqual(['a']);
    const timers: string[] = [];
    for await (const { data } of app.timers.list()) timers.push(data);
    expect(timers).toEqual(['{"what":"reminder"}', '{"what":"later"}']);
  });
});
