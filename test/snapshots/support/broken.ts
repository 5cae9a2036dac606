import type { EventStore } from 'eventspan';
import { order, snapshotText } from './order-snapshot.js';
import { ItemAdded, stored } from './orders.js';

/** A stream of five events with this text as the snapshot of the last. */
export async function streamWith(store: EventStore, id: string, snapshot: string | undefined): Promise<void> {
  const events = stored(...Array.from({ length: 5 }, () => new ItemAdded(1)));
  const write = { streamId: `order-${id}`, expectedVersion: 'none' as const, events };
  await store.append({ writes: [snapshot === undefined ? write : { ...write, snapshot }] });
}

/** One of everything: good, without a snapshot, of another revision, corrupt, and one that gives another total. */
export async function oneOfEverything(store: EventStore): Promise<void> {
  await streamWith(store, 'good', snapshotText(5));
  await streamWith(store, 'none', undefined);
  await streamWith(store, 'old', snapshotText(5).replace(order.snapshotRevision, '1-00000000'));
  await streamWith(store, 'rubbish', 'rubbish');
  await streamWith(store, 'wrong', snapshotText(5).replace('"total":5', '"total":50'));
}
