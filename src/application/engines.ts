import type { Transport } from '../messaging/transport.js';
import { Relay } from '../relay/relay.js';
import type { AppEngine } from './app-engine.js';
import type { EngineParts } from './engine-parts.js';
import { createProjectionParts, type ProjectionParts } from './projection-parts.js';

/** The engines of one process. */
export interface Engines {
  readonly relay: Relay | undefined;
  readonly projections: ProjectionParts;
  /** In the order in which they are started; they are stopped in the other. */
  readonly others: readonly AppEngine[];
}

/** Makes the engines that the roles need; nothing runs yet. Throws `OPTION_INVALID`, `EVENT_NOT_REGISTERED`. */
export function createEngines(parts: EngineParts): Engines {
  const { composition, transport } = parts;
  const relay = transport !== undefined && composition.roles.has('relay') ? relayOf(parts, transport) : undefined;
  return { relay, projections: createProjectionParts(parts), others: [] };
}

function relayOf({ owner, store, environment, options, composition, telemetry }: EngineParts, transport: Transport): Relay {
  const { clock, random, logger } = environment;
  return new Relay({ ...options.relay, store, transport, owner, clock, random, logger, telemetry, source: composition.name });
}
