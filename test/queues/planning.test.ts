import { defineWorkQueue, onTask, type TaskEntry } from 'eventspan';
import { resolveQueue } from '../../src/queues/queue-definition.js';
import { isLost, type SweepOptions } from '../../src/queues/sweep.js';
import { fromTaskMessage, toTaskMessage } from '../../src/queues/task-channel.js';
import { TaskPool, type PooledTask } from '../../src/queues/task-pool.js';
import { cutFirings } from '../../src/timers/fire-timers.js';
import type { TimerEntry } from '../../src/timers/timer-entry.js';
import { SendEmail } from './support.js';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

function task(taskId: string, priority = 0): PooledTask {
  return { queue: 'emails', taskId, priority, sentAtMs: NOW, settle: () => undefined, refuse: () => undefined };
}

describe('the tasks at hand', () => {
  it('come out by priority, then in order of arrival, each once', async () => {
    const pool = new TaskPool(3);
    for (const [n, priority] of [0, 7, 0, 7, -1].entries()) expect(pool.put(task(`t${n}`, priority))).toBe(true);
    expect(pool.put(task('t0'))).toBe(false);
    const ids: (string | undefined)[] = [];
    while (pool.size > 0) ids.push((await pool.take())?.taskId);
    expect(ids).toEqual(['t1', 't3', 't0', 't2', 't4']);
  });

  it('have room again once fewer than the bound are left, and end for those who wait when it is closed', async () => {
    const pool = new TaskPool(2);
    pool.put(task('a'));
    pool.put(task('b'));
    let hasRoom = false;
    const room = pool.room().then(() => (hasRoom = true));
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    await pool.take();
    await room;
    expect(pool.close().map(({ taskId }) => taskId)).toEqual(['b']);
    expect(await pool.take()).toBeUndefined();
    expect(pool.put(task('c'))).toBe(false);
  });
});

describe('a task of which nobody says anything', () => {
  const queue = resolveQueue(defineWorkQueue({ name: 'emails', visibilityMs: MINUTE, on: [onTask(SendEmail, () => undefined)] }));
  const entry = (more: Partial<TaskEntry>): TaskEntry => ({
    queue: 'emails',
    taskId: 't',
    state: 'waiting',
    type: 'email.send',
    schemaVersion: 1,
    data: '{}',
    metadata: '{}',
    priority: 0,
    attempts: 0,
    enqueuedAt: new Date(NOW - 10 * MINUTE),
    unanswered: 0,
    audit: [],
    ...more,
  });
  const lost = (more: Partial<TaskEntry>, options: Partial<SweepOptions> = {}): boolean =>
    isLost(entry(more), { queue, overtakenMs: NOW, nowMs: NOW, isAtHand: () => false, ...options } as SweepOptions);
  const sent = (minutesAgo: number): { publishedAt: Date } => ({ publishedAt: new Date(NOW - minutesAgo * MINUTE) });

  it.each([
    ['was given away long ago', true, sent(1), {}],
    ['was given away just now', false, sent(0.9), {}],
    ['was never given away', false, {}, {}],
    ['is dead', false, { ...sent(5), state: 'dead' as const }, {}],
    ['is at hand here', false, sent(5), { isAtHand: () => true }],
    ['is behind others on their way', false, sent(5), { overtakenMs: NOW - 4.5 * MINUTE }],
    ['failed and waits for its next try', false, { ...sent(5), retryAt: new Date(NOW + MINUTE) }, {}],
    ['failed and should have been tried', true, { ...sent(5), retryAt: new Date(NOW - MINUTE) }, {}],
    ['was given back', true, { publishedAt: new Date(0), retryAt: new Date(NOW) }, {}],
  ])('is given to workers again where it %s: %s', (_, isGiven, more, options) => {
    expect(lost(more, options)).toBe(isGiven);
  });
});

describe('a message on the topic of a queue', () => {
  it('names a task, and anything else is none', () => {
    const notice = { queue: 'emails', taskId: 't', priority: 3, sentAtMs: NOW };
    expect(fromTaskMessage(toTaskMessage(notice), 'emails')).toEqual(notice);
    for (const data of [
      '',
      '{',
      'null',
      '[]',
      '{"queue":"emails"}',
      JSON.stringify({ ...notice, queue: 'x' }),
      JSON.stringify({ ...notice, priority: 'x' }),
    ]) {
      expect(fromTaskMessage({ data }, 'emails')).toBeUndefined();
    }
  });
});

describe('timers that are due at once', () => {
  it('fire in commits of bounded size, never twice the same in one', () => {
    const timer = (timerId: string, characters = 1): TimerEntry => {
      return {
        timerId,
        dueAt: new Date(NOW),
        type: 'x',
        data: 'x'.repeat(characters),
        metadata: '',
        isNamed: false,
        createdAt: new Date(NOW),
      };
    };
    const cut = (...entries: TimerEntry[]): string[] =>
      cutFirings(entries, { timers: 3, characters: 10 }).map((batch) => batch.map(({ timerId }) => timerId).join(''));
    expect(cut(...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => timer(id)))).toEqual(['abc', 'def', 'g']);
    expect(cut(timer('a', 6), timer('b', 6), timer('c', 50), timer('d'))).toEqual(['a', 'b', 'c', 'd']);
    expect(cut(timer('a'), timer('a'), timer('b'))).toEqual(['a', 'ab']);
    expect(cut()).toEqual([]);
  });
});
