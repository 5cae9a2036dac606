import {
  Publisher,
  Publishes,
  inProcess,
  memory,
  publication,
  publicationDefinitionOf,
  publish,
  Eventspan,
  type EventspanOptions,
  type PublicationContext,
} from 'eventspan';
import {
  OrderPaid,
  OrderPlaced,
  ordersPublic,
  placed,
  PublicOrderPaid,
  PublicOrderPlaced,
  PublicOrderPlacedNext,
} from './support/orders.js';

class Rates {
  constructor(readonly perCent: number) {}
}

@Publisher('orders-public', { topic: 'orders', emits: [PublicOrderPlaced, PublicOrderPaid], onError: 'stop' })
class OrdersPublic {
  constructor(private readonly rates: Rates) {}

  @Publishes(OrderPlaced)
  placed(event: OrderPlaced, { streamId }: PublicationContext): PublicOrderPlaced {
    return new PublicOrderPlaced(streamId, event.cents * this.rates.perCent);
  }

  @Publishes(OrderPaid, { onError: 'skip' })
  paid(_event: OrderPaid, { streamId }: PublicationContext): PublicOrderPaid {
    return new PublicOrderPaid(streamId);
  }
}

const context = { streamId: 'order-1' } as PublicationContext;
const base = { name: 'p', topic: 'orders' };
const taking = (...events: ReturnType<typeof publish>[]) => publication({ ...base, events });

describe('a decorated publication', () => {
  it('is what its functional twin is', () => {
    const definition = publicationDefinitionOf(new OrdersPublic(new Rates(2)));
    expect(definition).toMatchObject({ name: 'orders-public', topic: 'orders', onError: 'stop', events: [OrderPlaced, OrderPaid] });
    expect(definition.emits).toEqual([PublicOrderPlaced, PublicOrderPaid]);
    expect(definition.policyOf?.(OrderPaid)).toEqual({ onError: 'skip' });
    expect(definition.map(new OrderPlaced('ann', 4, ''), context)).toEqual(new PublicOrderPlaced('order-1', 8));
  });

  it('whose constructor takes arguments is given as an instance', () => {
    expect(() => publicationDefinitionOf(OrdersPublic)).toThrow(expect.objectContaining({ code: 'PUBLICATION_INVALID' }));
    class Plain {}
    expect(() => publicationDefinitionOf(Plain)).toThrow(expect.objectContaining({ code: 'CLASS_NOT_DECORATED' }));
  });
});

describe('a publication is refused', () => {
  class NoEvent {}

  it.each<[string, string, () => unknown]>([
    ['without events', 'PUBLICATION_INVALID', () => taking()],
    ['with two mappings for one event', 'PUBLICATION_INVALID', () => taking(publish(OrderPlaced, placed), publish(OrderPlaced, placed))],
    ['with a name that names nothing', 'NAME_INVALID', () => publication({ ...base, name: 'a b', events: [publish(OrderPlaced, placed)] })],
    ['with a topic that names nothing', 'NAME_INVALID', () => publication({ ...base, topic: '', events: [publish(OrderPlaced, placed)] })],
    [
      'emitting a class that is no event',
      'CLASS_NOT_DECORATED',
      () => publication({ ...base, emits: [NoEvent], events: [publish(OrderPlaced, placed)] }),
    ],
    [
      'emitting one version of a name twice',
      'PUBLICATION_INVALID',
      () => publication({ ...base, emits: [PublicOrderPlaced, PublicOrderPlaced], events: [publish(OrderPlaced, placed)] }),
    ],
    [
      'with a policy out of bounds',
      'OPTION_INVALID',
      () => publication({ ...base, timeoutMs: -1, events: [publish(OrderPlaced, placed)] }),
    ],
    ['with a mapping whose policy is', 'OPTION_INVALID', () => taking(publish(OrderPlaced, placed, { timeoutMs: 0.5 }))],
  ])('%s', (_, code, make) => {
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it('emits two versions of one name', () => {
    expect(
      publication({ ...base, emits: [PublicOrderPlaced, PublicOrderPlacedNext], events: [publish(OrderPlaced, placed)] }).emits,
    ).toHaveLength(2);
  });
});

describe('an application with publications', () => {
  const open = (given: Partial<EventspanOptions>) =>
    Eventspan.open({ store: memory(), transport: inProcess(), topics: { orders: inProcess() }, publications: [ordersPublic], ...given });

  it.each<[string, string, Partial<EventspanOptions>]>([
    ['a topic that is not there', 'TOPIC_UNKNOWN', { topics: {} }],
    [
      'a topic that is not there but on every object',
      'TOPIC_UNKNOWN',
      { publications: [publication({ ...base, topic: 'constructor', events: [publish(OrderPlaced, placed)] })] },
    ],
    ['two of one name', 'PUBLICATION_INVALID', { publications: [ordersPublic, ordersPublic] }],
    [
      'two that publish one event to one topic',
      'PUBLICATION_INVALID',
      { publications: [ordersPublic, taking(publish(OrderPaid, () => undefined))] },
    ],
    ['a topic whose name names nothing', 'OPTION_INVALID', { topics: { 'a b': inProcess() } }],
    ['a topic that is none', 'OPTION_INVALID', { topics: { orders: {} as never } }],
    ['settings out of bounds', 'OPTION_INVALID', { publishing: { publishDeadlineMs: 0 } }],
  ])('is refused with %s', async (_, code, given) => {
    await expect(open(given)).rejects.toMatchObject({ code });
  });

  it('may publish one event to two topics, and knows the events without their being listed elsewhere', async () => {
    const second = publication({ name: 'second', topic: 'archive', events: [publish(OrderPlaced, placed)] });
    const app = await open({ topics: { orders: inProcess(), archive: inProcess() }, publications: [ordersPublic, second] });
    await app.start();
    expect(Object.keys(app.status().engines).filter((name) => name.startsWith('publish.'))).toEqual([
      'publish.orders-public',
      'publish.second',
    ]);
    await app.stop();
  });

  it('without the role consumers opens no topic and publishes nothing', async () => {
    let opened = 0;
    const topic = { ...inProcess(), open: () => (opened++, Promise.reject(new Error('opened'))) };
    const app = await open({ topics: { orders: topic }, roles: ['commands'] });
    expect(app.status().engines).toEqual({});
    expect(opened).toBe(0);
    await app.stop();
    await expect(open({ topics: { orders: topic } })).rejects.toThrow('opened');
  });
});
