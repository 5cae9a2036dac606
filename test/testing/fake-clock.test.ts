import { FakeClock, sequentialIds } from '../../src/testing/index.js';

describe('the fake clock', () => {
  it('stands still until it is advanced', async () => {
    const clock = new FakeClock(1_000);
    expect(clock.now()).toBe(1_000);
    await clock.advance(250);
    expect(clock.now()).toBe(1_250);
  });

  it('ends sleeps by due time, and those due together in the order in which they began', async () => {
    const clock = new FakeClock(0);
    const woken: string[] = [];
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(`${name}@${clock.now()}`);
    };
    const all = [sleep('c', 30), sleep('a', 10), sleep('b', 20), sleep('a2', 10), sleep('never', 31)];
    await clock.advance(30);
    expect(woken).toEqual(['a@10', 'a2@10', 'b@20', 'c@30']);
    expect(clock.sleeping).toBe(1);
    expect(clock.nextDueAt).toBe(31);
    await clock.advance(1);
    await Promise.all(all);
    expect(woken.at(-1)).toBe('never@31');
  });

  it('stops at the sleeps that woken code begins on the way', async () => {
    const clock = new FakeClock(0);
    const times: number[] = [];
    const loop = (async () => {
      for (let at = 0; at < 5; at++) {
        await clock.sleep(10);
        await Promise.resolve();
        times.push(clock.now());
      }
    })();
    await clock.advance(35);
    expect(times).toEqual([10, 20, 30]);
    await clock.advance(15);
    await loop;
    expect(times).toEqual([10, 20, 30, 40, 50]);
  });

  it('lets go of a sleep whose signal is aborted, with the reason of the signal', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const sleep = clock.sleep(10, controller.signal);
    controller.abort(new RangeError('stop'));
    await expect(sleep).rejects.toThrow('stop');
    expect(clock.sleeping).toBe(0);
    await expect(clock.sleep(10, controller.signal)).rejects.toThrow('stop');
  });

  it('tells when code under test has come to rest', async () => {
    const clock = new FakeClock();
    const rest = clock.untilSleeping(2);
    const sleeps = [clock.sleep(1), clock.sleep(2)];
    await rest;
    await clock.untilSleeping();
    await clock.advance(2);
    await Promise.all(sleeps);
    expect(clock.sleeping).toBe(0);
  });

  it('does not keep a sleep of no time waiting', async () => {
    await expect(new FakeClock().sleep(0)).resolves.toBeUndefined();
  });
});

describe('sequential ids', () => {
  it('have the form of a UUID version 7, ascend, and repeat from run to run', () => {
    const next = sequentialIds();
    const ids = Array.from({ length: 20 }, () => next());
    expect(ids[0]).toBe('00000000-0000-7000-8000-000000000001');
    expect(ids[19]).toBe('00000000-0000-7000-8000-000000000014');
    expect(ids.toSorted()).toEqual(ids);
    const again = sequentialIds();
    expect(ids).toEqual(ids.map(() => again()));
  });

  it('of different series never meet', () => {
    expect(sequentialIds(1)()).toBe('00000001-0000-7000-8000-000000000001');
    expect(sequentialIds(2)()).not.toBe(sequentialIds(3)());
  });
});
