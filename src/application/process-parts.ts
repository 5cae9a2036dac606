import { createProcessEngine } from '../processes/process-engine.js';
import type { AppEngine } from './app-engine.js';
import type { EngineParts } from './engine-parts.js';
import { commonSubscriptionOptions } from './subscription-parts.js';

/** One engine a process manager; none without the role `consumers`. Throws `OPTION_INVALID`, `EVENT_NOT_REGISTERED`. */
export function createProcessParts(parts: EngineParts): readonly AppEngine[] {
  const { composition, registry, options, outgoing, onAppended } = parts;
  if (!composition.roles.has('consumers')) return [];
  const common = { ...options.processes, ...commonSubscriptionOptions(parts), outgoing, onAppended };
  const { events, processManagers } = registry;
  return processManagers.map((definition) => createProcessEngine({ ...common, definition, events, source: composition.name }));
}
