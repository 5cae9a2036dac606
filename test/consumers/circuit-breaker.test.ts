import fc from 'fast-check';
import {
  circuitPauseMs,
  CLOSED,
  nextCircuit,
  type CircuitBreakerOptions,
  type CircuitEvent,
  type CircuitState,
} from '../../src/consumers/circuit-breaker.js';

const options: CircuitBreakerOptions = { failures: 3, openMs: 1_000, maxOpenMs: 5_000 };
const step = (state: CircuitState, event: CircuitEvent, now = 0): CircuitState => nextCircuit(state, event, { now, options });

describe('a circuit breaker', () => {
  it('opens after so many failures in a row, and a success starts the count anew', () => {
    const two = step(step(CLOSED, 'failed'), 'failed');
    expect(two).toEqual({ kind: 'closed', failures: 2 });
    expect(step(two, 'failed', 5)).toEqual({ kind: 'open', until: 1_005, openings: 1 });
    expect(step(two, 'succeeded')).toEqual(CLOSED);
  });

  it('lets one through when its time is over; that closes it, or opens it for twice as long, up to a bound', () => {
    const open: CircuitState = { kind: 'open', until: 1_000, openings: 1 };
    expect(step(open, 'begin', 999)).toBe(open);
    const probing = step(open, 'begin', 1_000);
    expect(probing).toEqual({ kind: 'half-open', openings: 1 });
    expect(circuitPauseMs(probing, 1_000, options)).toBeGreaterThan(0);
    expect(step(probing, 'succeeded', 1_010)).toEqual(CLOSED);
    expect(step(probing, 'failed', 1_010)).toEqual({ kind: 'open', until: 3_010, openings: 2 });
    expect(step({ kind: 'half-open', openings: 40 }, 'failed')).toEqual({ kind: 'open', until: 5_000, openings: 41 });
  });

  it('is open for the next probe at once when one says nothing', () => {
    expect(step({ kind: 'half-open', openings: 2 }, 'ended', 7)).toEqual({ kind: 'open', until: 7, openings: 2 });
    expect(step(CLOSED, 'ended')).toBe(CLOSED);
  });

  const events = fc.array(
    fc.record({ event: fc.constantFrom<CircuitEvent>('begin', 'succeeded', 'failed', 'ended'), after: fc.nat(3_000) }),
    { maxLength: 60 },
  );
  const bounds = fc.record({ failures: fc.integer({ min: 1, max: 5 }), openMs: fc.integer({ min: 10, max: 2_000 }), more: fc.nat(10_000) });

  it('whatever happens: never pauses longer than it may, is open only after so many failures, and can always be closed', () => {
    fc.assert(
      fc.property(bounds, events, ({ failures, openMs, more }, happenings) => {
        const given = { failures, openMs, maxOpenMs: openMs + more };
        let state: CircuitState = CLOSED;
        let now = 0;
        let inRow = 0;
        for (const { event, after } of happenings) {
          now += after;
          const before = state;
          state = nextCircuit(state, event, { now, options: given });
          inRow = event === 'failed' ? inRow + 1 : event === 'succeeded' && before.kind !== 'open' ? 0 : inRow;
          if (before.kind === 'closed' && state.kind === 'open') expect(inRow).toBeGreaterThanOrEqual(failures);
          const pause = circuitPauseMs(state, now, given);
          expect(pause).toBeGreaterThanOrEqual(0);
          expect(pause).toBeLessThanOrEqual(given.maxOpenMs);
          expect(pause === 0 || state.kind !== 'closed').toBe(true);
          if (state.kind === 'half-open') expect(event === 'begin' || before.kind === 'half-open').toBe(true);
        }
        if (state.kind === 'open') state = nextCircuit(state, 'begin', { now: now + given.maxOpenMs, options: given });
        expect(nextCircuit(state, 'succeeded', { now: now + given.maxOpenMs, options: given })).toEqual(CLOSED);
      }),
    );
  });
});
