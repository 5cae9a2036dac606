import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  createEventRegistry,
  defineAggregate,
  Event,
  everyEvents,
  Handle,
  type EventToAppend,
} from 'eventspan';

@Event('order.item-added')
export class ItemAdded {
  constructor(readonly quantity: number) {}
}

@Event('order.grown')
export class Grown {
  constructor(readonly characters: number) {}
}

@Event('order.closed')
export class OrderClosed {
  readonly closed = true;
}

@Command('order.add', { aggregateId: (command: AddItem) => command.orderId })
export class AddItem {
  constructor(
    readonly orderId: string,
    readonly quantity = 1,
  ) {}
}

@Command('order.grow', { aggregateId: (command: Grow) => command.orderId })
export class Grow {
  constructor(
    readonly orderId: string,
    readonly characters: number,
  ) {}
}

/** A snapshot at every fifth event. */
@Aggregate('order', { snapshots: everyEvents(5) })
export class Order extends AggregateRoot {
  total = 0;
  ballast = '';

  @Handle(AddItem, { stream: 'any' })
  add({ quantity }: AddItem): number {
    this.record(new ItemAdded(quantity));
    return this.total;
  }

  @Handle(Grow, { stream: 'any' })
  grow({ characters }: Grow): void {
    this.record(new Grown(characters));
  }

  @Apply(ItemAdded)
  protected onAdded({ quantity }: ItemAdded): void {
    this.total += quantity;
  }

  @Apply(Grown)
  protected onGrown({ characters }: Grown): void {
    this.ballast = 'x'.repeat(characters);
  }

  @Apply(OrderClosed)
  protected onClosed(): void {
    this.ballast = '';
  }
}

@Command('tally.add', { aggregateId: (command: AddTally) => command.tallyId })
export class AddTally {
  constructor(readonly tallyId: string) {}
}

/** The same in functions. */
export const tally = defineAggregate({
  name: 'tally',
  snapshotEvery: 5,
  initialState: () => ({ total: 0 }),
  decide: (on) => [on(AddTally, { stream: 'any' }, (_, { total }) => ({ events: [new ItemAdded(1)], value: total + 1 }))],
  evolve: (on) => [on(ItemAdded, ({ total }, { quantity }) => ({ total: total + quantity }))],
});

export const registry = createEventRegistry([ItemAdded, Grown, OrderClosed]);

/** Events as a store takes them. */
export function stored(...events: readonly object[]): EventToAppend[] {
  return events.map((event) => {
    const { type, data, schemaVersion } = registry.serialize(event);
    const metadata = JSON.stringify({ correlationId: 'c', time: '2026-01-01T00:00:00.000Z', schemaVersion });
    return { eventId: crypto.randomUUID(), type, data, metadata };
  });
}
