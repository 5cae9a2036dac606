import type { EventspanError } from '../../errors/eventspan-error.js';
import type { Constructor } from '../constructor.js';
import type { EventDescription } from '../event-description.js';
import { DEFAULT_PAYLOAD_LIMITS, type PayloadLimits } from '../payload-limits.js';
import { ChainMap } from './chain-map.js';
import { checkChains, missingUpcaster } from './check-chains.js';
import { Downcasting } from './downcasting.js';
import { MergeRules } from './merge-rules.js';
import { PlainJson } from './plain-json.js';
import { reachableClasses } from './reachable-classes.js';
import { listUpcasters } from './upcaster-notes.js';
import { Upcasting } from './upcasting.js';
import type { UpcasterSource } from './upcaster.js';

/** How the stored versions of an application's events become those of today, and back. */
export interface Evolution {
  /** By stored wire name: what events of that name may be read as. */
  readonly classes: ReadonlyMap<string, ReadonlySet<Constructor>>;
  readonly upcasting: Upcasting;
  /** Absent where only today counts. */
  readonly downcasting: Downcasting | undefined;
  /** Absent where nothing is merged. */
  readonly merges: MergeRules | undefined;
  /** A version that nothing reads. */
  missing(type: string, version: number): EventspanError;
}

interface EvolutionOptions {
  readonly upcasters: readonly UpcasterSource[];
  readonly isChecked: boolean;
  readonly limits: Partial<PayloadLimits>;
}

/** Throws what {@link checkChains} and {@link Downcasting} throw, where it is to be checked. */
export function createEvolution(events: readonly EventDescription[], { upcasters, isChecked, limits }: EvolutionOptions): Evolution {
  const list = listUpcasters(upcasters);
  const chains = new ChainMap(events, list);
  if (isChecked) checkChains(chains);
  const json = new PlainJson({ ...DEFAULT_PAYLOAD_LIMITS, ...limits });
  const upcasting = new Upcasting(chains, json);
  return {
    classes: reachableClasses(chains),
    upcasting,
    downcasting: isChecked ? new Downcasting({ chains, json, upcasting, downs: list.downs }) : undefined,
    merges: chains.merges.length > 0 ? new MergeRules(chains) : undefined,
    missing: (type, version) => missingUpcaster({ name: type, version }, 'it is not the version of today', chains.classOf(type)),
  };
}
