import fc from 'fast-check';
import { createEventRegistry, downcast, Event, upcast, upcastChain, type UpcasterSource } from '../../src/index.js';
import type { EventspanError } from '../../src/errors/eventspan-error.js';
import { AddressSet, LineSet, NoteAdded, OrderPlaced, OrderUpcasters, ParcelSent, ParcelUpcasters, UPCASTERS } from './order-history.js';

const ORDER_EVENTS = [OrderPlaced, LineSet, AddressSet, NoteAdded];

function refusal(run: () => unknown): EventspanError {
  try {
    run();
  } catch (error) {
    return error as EventspanError;
  }
  throw new Error('nothing was refused');
}

const registryWith = (upcasters: readonly UpcasterSource[]) => () => createEventRegistry(ORDER_EVENTS, { upcasters });

describe('the chains of upcasters', () => {
  it('are complete', () => {
    expect(registryWith(UPCASTERS)().events).toHaveLength(4);
  });

  it('with a gap are refused, with the code that is missing', () => {
    const error = refusal(registryWith([OrderUpcasters]));
    expect(error.code).toBe('UPCASTER_MISSING');
    expect(error.details).toMatchObject({ event: 'order.placed', version: 3 });
    expect(error.message).toContain('upcast(OrderPlaced, { from: 3 }');
  });

  it.each([
    ['two for one step', [...UPCASTERS, upcast.unchanged(OrderPlaced, { from: 1 })], 'UPCASTER_DUPLICATE'],
    ['one from the version of today', [...UPCASTERS, upcast.unchanged(OrderPlaced, { from: 4 })], 'UPCASTER_UNREACHABLE'],
    [
      'one into an event that nobody knows',
      [...UPCASTERS, upcast('a', { from: 1, into: { event: 'b', version: 1 } }, () => ({}))],
      'UPCASTER_TARGET_UNKNOWN',
    ],
    [
      'a circle',
      [
        ...UPCASTERS,
        upcast('a', { from: 1, into: { event: 'b', version: 1 } }, () => ({})),
        upcast('b', { from: 1, into: { event: 'a', version: 1 } }, () => ({})),
      ],
      'UPCASTER_CYCLE',
    ],
  ])('with %s are refused', (_, upcasters, code) => {
    expect(refusal(registryWith(upcasters as readonly UpcasterSource[])).code).toBe(code);
  });

  it('of any length come to the same as their functions one after another', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 8 }), fc.nat(20), (steps, start) => {
        @Event('sum', { version: steps.length + 1 })
        class Sum {
          constructor(readonly n: number) {}
        }
        const upcasters = steps.map((step, at) => upcast(Sum, { from: at + 1 }, ({ n }: { n: number }) => ({ n: n * 3 + step })));
        const registry = createEventRegistry([Sum], { upcasters });
        for (let version = 1; version <= steps.length + 1; version++) {
          const [event] = registry.read({ stored: stored({ n: start }), schemaVersion: version }) as [Sum];
          expect(event.n).toBe(steps.slice(version - 1).reduce((n, step) => n * 3 + step, start));
        }
      }),
    );
  });
});

function stored(payload: object, type = 'sum') {
  const position = '2026-01-01T00:00:00.000000000Z/000000/7/s-1';
  return { eventId: 'e', type, data: JSON.stringify(payload), metadata: '{}', streamId: 's-1', version: 7, position };
}

describe('a typed chain', () => {
  @Event('typed', { version: 3 })
  class Typed {
    constructor(readonly total: { readonly amount: number; readonly currency: string }) {}
  }
  const chain = upcastChain<Typed, { amount: number }>(Typed, { from: 1 })
    .next((data) => ({ ...data, currency: 'EUR' }))
    .next((total) => ({ total }));

  it('takes each step from the one before, and ends with the class', () => {
    const registry = createEventRegistry([Typed], { upcasters: chain.today() });
    const [event] = registry.read({ stored: stored({ amount: 3 }, 'typed'), schemaVersion: 1 });
    expect(event).toEqual(new Typed({ amount: 3, currency: 'EUR' }));
  });

  it('that ends with another shape does not compile', () => {
    const short = upcastChain<Typed, { amount: number }>(Typed, { from: 2 }).next(({ amount }) => ({ amount }));
    // @ts-expect-error the class wants a total
    expect(short.today()).toHaveLength(1);
  });
});

describe('an upcaster', () => {
  it('that throws is named, with the event and its place', () => {
    @Event('thing', { version: 2 })
    class Thing {
      constructor(readonly n: number) {}
    }
    const fails = upcast(Thing, { from: 1 }, (): { n: number } => {
      throw new RangeError('no n');
    });
    const registry = createEventRegistry([Thing], { upcasters: [fails] });
    const error = refusal(() => registry.read({ stored: stored({}, 'thing'), schemaVersion: 1 }));
    expect(error.code).toBe('UPCAST_FAILED');
    expect(error.details).toMatchObject({ event: 'thing', schemaVersion: 1, streamId: 's-1', version: 7, reason: 'no n' });
    expect(error.cause).toBeInstanceOf(RangeError);
  });

  it.each([
    ['no object', () => 7],
    ['a promise', () => Promise.resolve({})],
    ['what JSON cannot carry', () => ({ n: 1n })],
  ])('that gives %s is refused', (_, run) => {
    @Event('thing', { version: 2 })
    class Thing {
      constructor(readonly n: number) {}
    }
    const registry = createEventRegistry([Thing], { upcasters: [upcast(Thing, { from: 1 }, run as unknown as () => { n: number })] });
    const error = refusal(() => registry.read({ stored: stored({}, 'thing'), schemaVersion: 1 }));
    expect(error.code).toBe('UPCAST_RESULT_INVALID');
  });
});

describe('an event that is written in an older version', () => {
  const registry = createEventRegistry([ParcelSent], { upcasters: [ParcelUpcasters] });

  it('has the old shape and version in the log, and comes back as today', () => {
    const written = registry.serialize(new ParcelSent({ name: 'post' }, 3));
    expect(written).toEqual({ type: 'parcel.sent', schemaVersion: 1, data: '{"carrier":"post","weight":3}' });
    const [event] = registry.read({ stored: { ...stored({}, 'parcel.sent'), data: written.data }, schemaVersion: 1 });
    expect(event).toEqual(new ParcelSent({ name: 'post' }, 3));
  });

  it('is refused when it would lose something', () => {
    const lossy = [ParcelUpcasters, downcast(ParcelSent, { to: 1 }, ({ carrier }) => ({ carrier: carrier.name, weight: 0 }))];
    expect(refusal(() => createEventRegistry([ParcelSent], { upcasters: lossy })).code).toBe('UPCASTER_DUPLICATE');
    const up = upcast(ParcelSent, { from: 1 }, ({ carrier, weight }: { carrier: string; weight: number }) => ({
      carrier: { name: carrier },
      weight,
    }));
    const one = createEventRegistry([ParcelSent], { upcasters: [up, lossy[1] as UpcasterSource] });
    const error = refusal(() => one.serialize(new ParcelSent({ name: 'post' }, 3)));
    expect(error.code).toBe('DOWNCAST_LOSSY');
    expect(error.details['path']).toBe('$.weight');
  });

  it('needs its downcaster', () => {
    const up = upcast(ParcelSent, { from: 1 }, ({ carrier, weight }: { carrier: string; weight: number }) => ({
      carrier: { name: carrier },
      weight,
    }));
    expect(refusal(() => createEventRegistry([ParcelSent], { upcasters: [up] })).code).toBe('DOWNCASTER_MISSING');
  });
});

describe('a schema', () => {
  /** A Standard Schema by hand: amounts are positive. */
  const positive = {
    '~standard': {
      version: 1 as const,
      vendor: 'hand',
      validate: (value: unknown) => {
        const { amount } = value as { amount: number };
        return amount > 0 ? { value } : { issues: [{ message: 'must be positive', path: ['amount'] }] };
      },
    },
  };

  @Event('paid', { schema: positive, validate: 'both' })
  class Paid {
    constructor(readonly amount: number) {}
  }

  it('is asked when an event is recorded, and when it is read where that is wanted', () => {
    const registry = createEventRegistry([Paid]);
    expect(registry.serialize(new Paid(1)).data).toBe('{"amount":1}');
    const error = refusal(() => registry.serialize(new Paid(-1)));
    expect([error.code, error.details['issues']]).toEqual(['PAYLOAD_REFUSED', '$.amount: must be positive']);
    expect(refusal(() => registry.deserialize({ type: 'paid', data: '{"amount":0}' })).code).toBe('PAYLOAD_REFUSED');
  });

  it('must answer at once, and must not change what is recorded', () => {
    const schemaOf = (validate: (value: unknown) => unknown) => ({
      '~standard': { version: 1 as const, vendor: 'hand', validate: validate as never },
    });
    @Event('late', { schema: schemaOf(async (value) => ({ value })) })
    class Late {}
    @Event('changed', { schema: schemaOf(() => ({ value: { other: 1 } })) })
    class Changed {}
    const registry = createEventRegistry([Late, Changed]);
    expect(refusal(() => registry.serialize(new Late())).code).toBe('SCHEMA_FAILED');
    expect(refusal(() => registry.serialize(new Changed())).code).toBe('PAYLOAD_REFUSED');
  });
});
