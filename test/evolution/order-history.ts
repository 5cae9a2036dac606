import {
  Aggregate,
  AggregateRoot,
  Apply,
  becomes,
  Downcast,
  Event,
  On,
  Projector,
  readModelTable,
  upcast,
  Upcast,
  type EventStore,
  type EventToAppend,
  type ProjectionContext,
} from '../../src/index.js';

/** Version 1: { amount }. 2: { amount, currency }. 3: { total: { amount, currency } }. 4: { total, channel }. */
@Event('order.placed', { version: 4, aliases: ['order.created'] })
export class OrderPlaced {
  constructor(
    readonly total: { readonly amount: number; readonly currency: string },
    readonly channel: string,
  ) {}
}

/** What `order.lines-changed` of version 1 said in one event, one event a line today. */
@Event('order.line-set')
export class LineSet {
  constructor(
    readonly product: string,
    readonly quantity: number,
  ) {}
}

/** What `order.street-set` and `order.city-set`, recorded in one append, said together. */
@Event('order.address-set')
export class AddressSet {
  constructor(
    readonly street: string,
    readonly city: string,
  ) {}
}

@Event('order.note-added')
export class NoteAdded {
  constructor(readonly text: string) {}
}

interface PlacedV1 {
  readonly amount: number;
}
interface PlacedV2 extends PlacedV1 {
  readonly currency: string;
}

// oxlint-disable-next-line typescript/no-extraneous-class -- that is how upcasters are decorated
export class OrderUpcasters {
  @Upcast(OrderPlaced, { from: 1 })
  static withCurrency(data: PlacedV1): PlacedV2 {
    return { ...data, currency: 'EUR' };
  }

  @Upcast(OrderPlaced, { from: 2 })
  static withTotal({ amount, currency }: PlacedV2): object {
    return { total: { amount, currency } };
  }
}

export const UPCASTERS = [
  OrderUpcasters,
  upcast(OrderPlaced, { from: 3 }, (data: { total: OrderPlaced['total'] }, { metadata }) => ({
    ...data,
    channel: metadata.actor === 'shop' ? 'web' : 'phone',
  })),
  upcast('order.lines-changed', { from: 1, into: [LineSet] }, ({ lines }: { lines: readonly (readonly [string, number])[] }) =>
    lines.map(([product, quantity]) => becomes(LineSet, { product, quantity })),
  ),
  upcast('order.remark', { from: 1, into: NoteAdded }, ({ remark }: { remark: string }) => ({ text: remark })),
  upcast.drop('order.viewed', { from: 1 }),
  upcast(
    [
      { event: 'order.street-set', from: 1 },
      { event: 'order.city-set', from: 1 },
    ],
    { into: AddressSet },
    ([{ street }, { city }]: [{ street: string }, { city: string }]) => ({ street, city }),
  ),
  upcast('order.street-set', { from: 1, into: AddressSet }, ({ street }: { street: string }) => ({ street, city: '' })),
  upcast('order.city-set', { from: 1, into: AddressSet }, ({ city }: { city: string }) => ({ street: '', city })),
];

@Aggregate('order')
export class Order extends AggregateRoot {
  readonly facts: string[] = [];

  @Apply(OrderPlaced)
  protected placed({ total, channel }: OrderPlaced): void {
    this.facts.push(`placed ${total.amount} ${total.currency} by ${channel}`);
  }

  @Apply(LineSet)
  protected line({ product, quantity }: LineSet): void {
    this.facts.push(`${quantity} of ${product}`);
  }

  @Apply(AddressSet)
  protected address({ street, city }: AddressSet): void {
    this.facts.push(`to ${street}, ${city}`);
  }

  @Apply(NoteAdded)
  protected note({ text }: NoteAdded): void {
    this.facts.push(`note ${text}`);
  }
}

export const ORDER_FACTS = readModelTable('order_facts', {
  key: ['stream'],
  columns: { stream: 'string', facts: 'json', versions: 'json' },
});

@Projector('order-facts', { rows: 'stream', tables: [ORDER_FACTS] })
export class OrderFacts {
  @On(OrderPlaced)
  placed({ total, channel }: OrderPlaced, context: ProjectionContext): Promise<void> {
    return this.add(`placed ${total.amount} ${total.currency} by ${channel}`, context);
  }

  @On(LineSet)
  line({ product, quantity }: LineSet, context: ProjectionContext): Promise<void> {
    return this.add(`${quantity} of ${product}`, context);
  }

  @On(AddressSet)
  address({ street, city }: AddressSet, context: ProjectionContext): Promise<void> {
    return this.add(`to ${street}, ${city}`, context);
  }

  @On(NoteAdded)
  note({ text }: NoteAdded, context: ProjectionContext): Promise<void> {
    return this.add(`note ${text}`, context);
  }

  private async add(fact: string, { view, streamId, version }: ProjectionContext): Promise<void> {
    const row = (await view.get('order_facts', { stream: streamId })) as { facts: string[]; versions: number[] } | undefined;
    const facts = [...(row?.facts ?? []), fact];
    view.upsert('order_facts', { stream: streamId, facts, versions: [...(row?.versions ?? []), version] });
  }
}

/** Appends of one order as programs of four ages made them: `[type, schema version, payload]` by append. */
export const HISTORY: readonly (readonly (readonly [string, number, object])[])[] = [
  [['order.placed', 1, { amount: 10 }]],
  [
    [
      'order.lines-changed',
      1,
      {
        lines: [
          ['pen', 2],
          ['ink', 1],
        ],
      },
    ],
  ],
  [['order.viewed', 1, { by: 'x' }]],
  [
    ['order.street-set', 1, { street: 'Main 1' }],
    ['order.city-set', 1, { city: 'Bonn' }],
  ],
  [['order.street-set', 1, { street: 'Side 2' }]],
  [['order.city-set', 1, { city: 'Ulm' }]],
  [['order.placed', 2, { amount: 20, currency: 'CHF' }]],
  [['order.created', 3, { total: { amount: 30, currency: 'USD' } }]],
  [['order.remark', 1, { remark: 'ring twice' }]],
  [
    ['order.placed', 4, { total: { amount: 40, currency: 'EUR' }, channel: 'app' }],
    ['order.street-set', 1, { street: 'Last 3' }],
    ['order.city-set', 1, { city: 'Jena' }],
    ['order.note-added', 1, { text: 'end' }],
  ],
];

/** What it comes to today, with the version of the stream at which each fact stands. */
export const FACTS: readonly (readonly [string, number])[] = [
  ['placed 10 EUR by web', 1],
  ['2 of pen', 2],
  ['1 of ink', 2],
  ['to Main 1, Bonn', 5],
  ['to Side 2, ', 6],
  ['to , Ulm', 7],
  ['placed 20 CHF by web', 8],
  ['placed 30 USD by web', 9],
  ['note ring twice', 10],
  ['placed 40 EUR by app', 11],
  ['to Last 3, Jena', 13],
  ['note end', 14],
];

/** Appends the history to a stream as it was once stored. */
export async function appendHistory(store: EventStore, streamId: string, ids: () => string): Promise<void> {
  let version = 0;
  for (const append of HISTORY) {
    const events = append.map(([type, schemaVersion, payload]): EventToAppend => {
      const metadata = { correlationId: 'c', actor: 'shop', time: '2020-01-01T00:00:00.000Z', schemaVersion };
      return { eventId: ids(), type, data: JSON.stringify(payload), metadata: JSON.stringify(metadata) };
    });
    await store.append({ writes: [{ streamId, expectedVersion: version, events }] });
    version += events.length;
  }
}

/** The same event in a shape that old programs read: version 1 of two. */
@Event('parcel.sent', { version: 2, writeVersion: 1 })
export class ParcelSent {
  constructor(
    readonly carrier: { readonly name: string },
    readonly weight: number,
  ) {}
}

// oxlint-disable-next-line typescript/no-extraneous-class -- that is how upcasters are decorated
export class ParcelUpcasters {
  @Upcast(ParcelSent, { from: 1 })
  static toObject({ carrier, weight }: { carrier: string; weight: number }): object {
    return { carrier: { name: carrier }, weight };
  }

  @Downcast(ParcelSent, { to: 1 })
  static toText({ carrier, weight }: ParcelSent): object {
    return { carrier: carrier.name, weight };
  }
}
