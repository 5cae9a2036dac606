import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  commandHandler,
  Event,
  Eventspan,
  Handle,
  inProcess,
  On,
  Projector,
  readModelTable,
  type EventspanOptions,
  type ProjectionContext,
  type StoreProvider,
} from 'eventspan';

@Event('shop.sold')
export class Sold {
  constructor(
    readonly amount: number,
    readonly what: string,
  ) {}
}

/** Taken by no projector. */
@Event('shop.looked')
export class Looked {
  readonly looked = true;
}

@Command('shop.sell', { aggregateId: (command: Sell) => command.shopId })
export class Sell {
  constructor(
    readonly shopId: string,
    readonly amounts: readonly number[],
    readonly what = 'bread',
  ) {}
}

@Command('shop.look', { aggregateId: (command: Look) => command.shopId })
export class Look {
  constructor(readonly shopId: string) {}
}

/** By a plain handler, to a stream that it has not read. */
@Command('shop.import')
export class Import {
  constructor(
    readonly shopId: string,
    readonly what: string,
  ) {}
}

@Aggregate('shop')
export class Shop extends AggregateRoot {
  private sold = 0;

  @Handle(Sell, { stream: 'any' })
  sell({ amounts, what }: Sell): number {
    for (const amount of amounts) this.record(new Sold(amount, what));
    return this.sold;
  }

  @Handle(Look, { stream: 'any' })
  look(): void {
    this.record(new Looked());
  }

  @Apply(Sold)
  protected onSold({ amount }: Sold): void {
    this.sold += amount;
  }

  @Apply(Looked)
  protected onLooked(): void {
    // Nothing is kept of it.
  }
}

export const importing = commandHandler(Import, ({ shopId, what }, { repository }) => {
  repository.appendEvents(`shop-${shopId}`, [new Sold(1, what)]);
});

export const takings = readModelTable('takings', {
  key: ['shop'],
  columns: { shop: 'string', sales: 'integer', total: 'integer', version: 'integer', at: 'timestamp' },
});
export const receipts = readModelTable('receipts', {
  key: ['shop', 'version'],
  columns: { shop: 'string', version: 'integer', amount: 'integer' },
});

/** Side effects, as far as the context of a handler has them. */
interface WithEffects {
  readonly afterCommit?: (effect: () => void) => void;
}

/** Reads its row, so that an event handled twice or in another order would show. `what` makes it misbehave. */
@Projector('takings', { lifecycle: 'inline', rows: 'stream', tables: [takings, receipts] })
export class Takings {
  /** What handlers gave to `afterCommit`. */
  readonly told: string[] = [];

  @On(Sold)
  async sold(event: Sold, context: ProjectionContext): Promise<void> {
    await this.misbehave(event, context);
    const { view, streamId: shop, time: at } = context;
    if (event.what === 'imported') return view.upsert('takings', { shop, at });
    const { version } = context;
    const row = await view.get('takings', { shop });
    const [sales, total] = [Number(row?.['sales'] ?? 0), Number(row?.['total'] ?? 0)];
    view.upsert('takings', { shop, sales: sales + 1, total: total + event.amount, version, at });
    view.insert('receipts', { shop, version, amount: event.amount });
    (context as WithEffects).afterCommit?.(() => {
      if (event.what === 'bad news') throw new Error('nobody listens');
      this.told.push(`${shop}@${version}`);
    });
  }

  private async misbehave({ what }: Sold, context: ProjectionContext): Promise<void> {
    if (what === 'poison') throw new Error('poison was sold');
    if (what === 'placed') context.view.upsert('takings', { shop: context.position });
    if (what === 'endless') await new Promise(() => undefined);
    if (what === 'wide')
      for (let version = 1_000; version < 1_400; version++) context.view.insert('receipts', { shop: 'wide', version, amount: 1 });
    if (what === 'unknown table') context.view.upsert('nowhere', { shop: 's' });
  }
}

export const SHOP: Pick<EventspanOptions, 'aggregates' | 'commandHandlers'> = { aggregates: [Shop], commandHandlers: [importing] };

/** An application that does nothing by itself. */
export function openShop(store: StoreProvider, options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
  return Eventspan.open({ store, transport: inProcess(), ...SHOP, projectors: [Takings], ...options });
}
