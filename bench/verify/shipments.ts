import {
  Aggregate,
  AggregateRoot,
  Apply,
  becomes,
  Command,
  Event,
  Handle,
  On,
  onEvents,
  Projector,
  readModelTable,
  upcast,
  Upcast,
  type ProjectionContext,
} from 'eventspan';

interface Address {
  readonly street: string;
  readonly city: string;
}

/** Version 1: { to }. 2: { street, city }. 3: { address }, under today's name. 4: { address, express }. */
@Event('shipment.booked', {
  version: 4,
  aliases: ['shipment.ordered'],
  fields: { address: { street: 'string', city: 'string' }, express: 'boolean' },
})
export class Booked {
  constructor(
    readonly address: Address,
    readonly express: boolean,
  ) {}
}

/** What `shipment.packed` said of all items in one event. */
@Event('shipment.item-added', { fields: { product: 'string', quantity: 'integer' } })
export class ItemAdded {
  constructor(
    readonly product: string,
    readonly quantity: number,
  ) {}
}

/** What `shipment.weighed` and `shipment.measured` said, in one append. */
@Event('shipment.sized', { fields: { grams: 'integer', litres: 'integer' } })
export class Sized {
  constructor(
    readonly grams: number,
    readonly litres: number,
  ) {}
}

/** What was called `shipment.remark`. */
@Event('shipment.note-added', { fields: { text: 'string' } })
export class NoteAdded {
  constructor(readonly text: string) {}
}

@Command('shipment.mark', { aggregateId: ({ id }: Mark) => id })
export class Mark {
  constructor(
    readonly id: string,
    readonly text: string,
  ) {}
}

// oxlint-disable-next-line typescript/no-extraneous-class -- that is how upcasters are decorated
class BookedUpcasters {
  @Upcast(Booked, { from: 1 })
  static splitAddress({ to }: { readonly to: string }): Address {
    const [street = '', city = ''] = to.split(', ');
    return { street, city };
  }

  @Upcast(Booked, { from: 2 })
  static nestAddress(address: Address): object {
    return { address };
  }
}

type Item = readonly [product: string, quantity: number];

export const UPCASTERS = [
  BookedUpcasters,
  upcast(Booked, { from: 3 }, (data: { readonly address: Address }, { metadata }) => ({ ...data, express: metadata.actor === 'desk' })),
  upcast('shipment.packed', { from: 1, into: [ItemAdded] }, ({ items }: { readonly items: readonly Item[] }) =>
    items.map(([product, quantity]) => becomes(ItemAdded, { product, quantity })),
  ),
  upcast.drop('shipment.scanned', { from: 1 }),
  upcast(
    [
      { event: 'shipment.weighed', from: 1 },
      { event: 'shipment.measured', from: 1 },
    ],
    { into: Sized },
    ([{ grams }, { litres }]: [{ grams: number }, { litres: number }]) => ({ grams, litres }),
  ),
  upcast('shipment.weighed', { from: 1, into: Sized }, ({ grams }: { grams: number }) => ({ grams, litres: 0 })),
  upcast('shipment.measured', { from: 1, into: Sized }, ({ litres }: { litres: number }) => ({ grams: 0, litres })),
  upcast('shipment.remark', { from: 1, into: NoteAdded }, ({ remark }: { remark: string }) => ({ text: remark })),
];

const wordsOf = {
  booked: ({ address, express }: Booked): string => `to ${address.street} in ${address.city}${express ? ' by express' : ''}`,
  item: ({ product, quantity }: ItemAdded): string => `${quantity} of ${product}`,
  sized: ({ grams, litres }: Sized): string => `${grams} g, ${litres} l`,
  note: ({ text }: NoteAdded): string => `note ${text}`,
};

/** Its state is what it was told, in order. A mark takes a snapshot along. */
@Aggregate('shipment', { snapshots: onEvents(NoteAdded), records: [NoteAdded] })
export class Shipment extends AggregateRoot {
  readonly facts: string[] = [];

  @Handle(Mark)
  mark({ text }: Mark): void {
    this.record(new NoteAdded(text));
  }

  @Apply(Booked)
  protected booked(event: Booked): void {
    this.facts.push(wordsOf.booked(event));
  }

  @Apply(ItemAdded)
  protected item(event: ItemAdded): void {
    this.facts.push(wordsOf.item(event));
  }

  @Apply(Sized)
  protected sized(event: Sized): void {
    this.facts.push(wordsOf.sized(event));
  }

  @Apply(NoteAdded)
  protected note(event: NoteAdded): void {
    this.facts.push(wordsOf.note(event));
  }
}

const SHEETS = readModelTable('sheets', { key: ['stream'], columns: { stream: 'string', facts: 'json', versions: 'json' } });

/** The same facts as rows, with the version of the event that each came from. */
@Projector('sheets', { rows: 'stream', tables: [SHEETS] })
export class Sheets {
  @On(Booked)
  booked(event: Booked, context: ProjectionContext): Promise<void> {
    return this.add(wordsOf.booked(event), context);
  }

  @On(ItemAdded)
  item(event: ItemAdded, context: ProjectionContext): Promise<void> {
    return this.add(wordsOf.item(event), context);
  }

  @On(Sized)
  sized(event: Sized, context: ProjectionContext): Promise<void> {
    return this.add(wordsOf.sized(event), context);
  }

  @On(NoteAdded)
  note(event: NoteAdded, context: ProjectionContext): Promise<void> {
    return this.add(wordsOf.note(event), context);
  }

  private async add(fact: string, { view, streamId, version }: ProjectionContext): Promise<void> {
    const row = (await view.get('sheets', { stream: streamId })) as { facts: string[]; versions: number[] } | undefined;
    const facts = [...(row?.facts ?? []), fact];
    view.upsert('sheets', { stream: streamId, facts, versions: [...(row?.versions ?? []), version] });
  }
}
