import fc from 'fast-check';
import { comparePositions, formatPosition, parsePosition } from '../../src/event-store/position.js';
import { murmur3 } from '../../src/support/murmur3.js';
import { uuidV7 } from '../../src/support/uuid-v7.js';
import { nextDelayMs } from '../../src/support/backoff.js';
import { KeyMutex } from '../../src/support/key-mutex.js';

const parts = fc.record({
  commitTime: fc.constantFrom('2026-11-24T05:22:37.123456000Z', '2026-11-24T05:22:37.123457000Z'),
  commitIndex: fc.integer({ min: 0, max: 3 }),
  streamId: fc.string({ minLength: 1, maxLength: 4, unit: 'binary' }),
  version: fc.integer({ min: 1, max: 12 }),
});

describe('a position', () => {
  it('round-trips through its text', () => {
    fc.assert(fc.property(parts, (value) => expect(parsePosition(formatPosition(value))).toEqual(value)));
  });

  it('is ordered by commit time, index, stream id by code point, version', () => {
    const key = (p: typeof parts extends fc.Arbitrary<infer T> ? T : never) =>
      [p.commitTime, String(p.commitIndex), Buffer.from(p.streamId).toString('hex'), String(p.version).padStart(3, '0')] as const;
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const wanted = key(a).reduce((order, part, at) => order || (part < key(b)[at]! ? -1 : part > key(b)[at]! ? 1 : 0), 0);
        expect(Math.sign(comparePositions(formatPosition(a), formatPosition(b)))).toBe(wanted);
      }),
    );
  });

  it('refuses other texts', () => {
    expect(() => parsePosition('x')).toThrow(expect.objectContaining({ code: 'POSITION_INVALID' }));
  });
});

describe('the shard hash', () => {
  it('is MurmurHash3 x86 32', () => {
    expect([murmur3(''), murmur3('a'), murmur3('hello'), murmur3('hello, world'), murmur3('ü€😀')].slice(0, 4)).toEqual([
      0, 0x3c2569b2, 0x248bfa47, 0x149bbb7f,
    ]);
  });
});

describe('uuidV7', () => {
  it('gives valid, ascending, unique ids, also when the clock stands or steps back', () => {
    let now = 1_700_000_000_000;
    const next = uuidV7(() => (now += [0, 0, 0, 1, -5][Math.floor(Math.random() * 5)]!));
    const ids = Array.from({ length: 20_000 }, next);
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('carries the milliseconds', () => {
    expect(
      parseInt(
        uuidV7(() => 0x0123456789ab)()
          .replace('-', '')
          .slice(0, 12),
        16,
      ),
    ).toBe(0x0123456789ab);
  });
});

describe('backoff', () => {
  it('stays within its ceiling', () => {
    const backoff = { initialMs: 10, factor: 2, maxMs: 100 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 0.999999, noNaN: true }), (attempt, chance) => {
        const delay = nextDelayMs(backoff, attempt, () => chance);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(100, 10 * 2 ** (attempt - 1)));
      }),
    );
  });
});

describe('KeyMutex', () => {
  it('runs tasks of one key in order and forgets the key', async () => {
    const mutex = new KeyMutex();
    const seen: number[] = [];
    await Promise.allSettled(
      [1, 2, 3].map((n) =>
        mutex.run('k', async () => {
          await Promise.resolve();
          seen.push(n);
          if (n === 2) throw new Error('two');
        }),
      ),
    );
    await Promise.resolve();
    expect(seen).toEqual([1, 2, 3]);
    expect(mutex.size).toBe(0);
  });
});
