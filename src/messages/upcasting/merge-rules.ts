import type { ChainMap, EventVersion, MergeStep } from './chain-map.js';
import { keyOf } from './chain-map.js';
import type { VersionedRecord } from './upcasting.js';

/** What becomes of one event of a run: read by itself, gone into a later one, or the last of a merge, which stands for all of it. */
export type MergeRole = 'alone' | 'gone' | { readonly merge: MergeStep; readonly first: number };

/**
 * Decides which consecutive events become one. A run is everything that merges could take, side by side in one append of one stream: as
 * it is cut by nothing but the stored events, the answer is the same on every path.
 */
export class MergeRules {
  private readonly members: ReadonlySet<string>;
  /** Longest first, then in the order in which they are listed. */
  private readonly merges: readonly MergeStep[];

  constructor(private readonly chains: ChainMap) {
    this.merges = chains.merges.toSorted((a, b) => b.members.length - a.members.length);
    this.members = new Set(chains.merges.flatMap(({ members }) => members.map(keyOf)));
  }

  /** Whether the event could go into a merge, so that its neighbours matter. */
  isMember({ stored, schemaVersion }: VersionedRecord): boolean {
    return this.members.has(keyOf(this.versionOf({ stored, schemaVersion })));
  }

  /** One role for each event of a whole run; from the left, the longest merge that fits. */
  plan(run: readonly VersionedRecord[]): readonly MergeRole[] {
    const keys = run.map((record) => keyOf(this.versionOf(record)));
    const roles: MergeRole[] = [];
    while (roles.length < run.length) {
      const first = roles.length;
      const merge = this.merges.find(({ members }) => members.every((member, at) => keys[first + at] === keyOf(member)));
      if (merge === undefined) roles.push('alone');
      else roles.push(...merge.members.slice(1).map(() => 'gone' as const), { merge, first });
    }
    return roles;
  }

  private versionOf({ stored, schemaVersion }: VersionedRecord): EventVersion {
    return { name: this.chains.canonical(stored.type), version: schemaVersion };
  }
}
