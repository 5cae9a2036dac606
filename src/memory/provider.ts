import { checkShardCount } from '../event-store/read-plan.js';
import { DEFAULT_SHARD_COUNT } from '../event-store/shard.js';
import type { StoreProvider } from '../event-store/store-provider.js';
import { MemoryEventStore } from './event-store.js';
import { MemoryLog } from './log.js';

export interface MemoryOptions {
  /** Shards of the log, 1..1,024. Default 16. */
  readonly shards?: number;
}

/**
 * A store in the process's memory, for tests and trials. It behaves as the others do (same conformance suite); what it holds
 * lives as long as the provider: opened again, the same provider shows the same log, as a restart would.
 *
 * Throws `OPTION_INVALID` for a number of shards out of bounds.
 */
export function memory(options: MemoryOptions = {}): StoreProvider {
  const log = new MemoryLog(checkShardCount(options.shards ?? DEFAULT_SHARD_COUNT));
  return {
    name: 'memory',
    open: async (environment) => new MemoryEventStore(log, environment),
    migrate: async () => [],
  };
}
