import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  Event,
  Handle,
  On,
  Projector,
  counterTable,
  readModelTable,
  type ProjectionContext,
} from 'eventspan';

@Event('counter.counted')
export class Counted {
  constructor(readonly by: number) {}
}

@Command('counter.count', { aggregateId: (command: Count) => command.id })
export class Count {
  constructor(
    readonly id: string,
    readonly by: number,
  ) {}
}

@Aggregate('counter')
export class Counter extends AggregateRoot {
  private total = 0;

  @Handle(Count, { stream: 'any' })
  count(command: Count): number {
    this.record(new Counted(command.by));
    return this.total;
  }

  @Apply(Counted)
  protected onCounted(event: Counted): void {
    this.total += event.by;
  }
}

@Projector('totals', {
  rows: 'stream',
  tables: [
    readModelTable('totals', { key: ['id'], columns: { id: 'string', total: 'integer' } }),
    counterTable('all_counts', { key: { what: 'string' }, counters: ['n', 'sum'] }),
  ],
})
export class Totals {
  @On(Counted)
  async counted(event: Counted, { view, streamId }: ProjectionContext): Promise<void> {
    const row = await view.get('totals', { id: streamId });
    view.upsert('totals', { id: streamId, total: Number(row?.['total'] ?? 0) + event.by });
    view.increment('all_counts', { what: 'counted' }, { n: 1, sum: event.by });
  }
}
