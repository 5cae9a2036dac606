import { createEventRegistry, createRegistry, createRepository, memory, type EventStore } from 'eventspan';
import { FACTS, Order, UPCASTERS } from '../../evolution/order-history.js';

const { domain, events } = createRegistry({ store: memory(), aggregates: [Order], upcasters: UPCASTERS });

/** Today's code, with the upcasters. */
export const orderRegistry = events;
/** Today's code, which cannot read what is older. */
export const todayRegistry = createEventRegistry(domain.events, { onlyToday: true });

export const FACT_TEXTS = FACTS.map(([fact]) => fact);

export async function factsOf(store: EventStore, id: string, registry = todayRegistry): Promise<readonly string[]> {
  return (await createRepository({ store, events: registry }).load(Order, id)).aggregate.facts;
}

/** Ids that begin with a name and count up. */
export function counting(name: string): () => string {
  let last = 0;
  return () => `${name}-${++last}`;
}
