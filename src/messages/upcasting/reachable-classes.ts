import type { Constructor } from '../constructor.js';
import { keyOf, type ChainMap, type EventVersion } from './chain-map.js';
import { edges } from './check-chains.js';

/** The classes that stored events of each wire name may be read as, in whatever version they are. By name and alias. */
export function reachableClasses(chains: ChainMap): ReadonlyMap<string, ReadonlySet<Constructor>> {
  const next = edges(chains);
  const today = new Map(chains.events.map((event) => [keyOf(event), event.type]));
  const starts: EventVersion[] = [...chains.steps.values()].map(({ from }) => from);
  const classes = new Map<string, Set<Constructor>>();
  for (const { name, aliases, type } of chains.events) {
    const own = new Set([type]);
    for (const known of [name, ...aliases]) classes.set(known, own);
  }
  for (const start of [...starts, ...chains.merges.flatMap(({ members }) => members)]) {
    const found = classes.get(start.name) ?? new Set();
    classes.set(start.name, found);
    collect(keyOf(start), { next, today, found });
  }
  return classes;
}

interface Walk {
  readonly next: ReadonlyMap<string, readonly string[]>;
  readonly today: ReadonlyMap<string, Constructor>;
  readonly found: Set<Constructor>;
}

/** The chains have no circle: they are checked before. */
function collect(key: string, walk: Walk): void {
  const type = walk.today.get(key);
  if (type !== undefined) walk.found.add(type);
  for (const target of walk.next.get(key) ?? []) collect(target, walk);
}
