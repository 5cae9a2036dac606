import type { EventStore } from '../event-store/event-store.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { Transport } from '../messaging/transport.js';
import { ProjectionEngine } from '../projections/projection-engine.js';
import type { ProjectorDefinition } from '../projections/projector-definition.js';
import { Relay } from '../relay/relay.js';
import type { Composition, EventspanOptions } from './options.js';
import type { Registry } from './registry.js';

interface EngineParts {
  readonly composition: Composition;
  readonly owner: string;
  readonly registry: Registry;
  readonly store: EventStore;
  readonly transport: Transport | undefined;
  readonly environment: AdapterEnvironment;
  readonly options: EventspanOptions;
}

/** The engines of one process. */
export interface Engines {
  readonly relay: Relay | undefined;
  /**
   * By projector name. Also without the role projectors, since `caughtUp` asks them; then they are never started.
   */
  readonly projections: ReadonlyMap<string, ProjectionEngine>;
}

/** Makes the engines that the roles need; nothing runs yet. Throws `OPTION_INVALID`, `EVENT_NOT_REGISTERED`. */
export function createEngines(parts: EngineParts): Engines {
  const { composition, transport, registry } = parts;
  if (transport === undefined) return { relay: undefined, projections: new Map() };
  const relay = composition.roles.has('relay') ? relayOf(parts, transport) : undefined;
  const engines = [...registry.projectors.values()].map((projector) => [projector.name, engineOf(parts, transport, projector)] as const);
  return { relay, projections: new Map(engines) };
}

function relayOf({ owner, store, environment, options, composition }: EngineParts, transport: Transport): Relay {
  const { clock, random, logger } = environment;
  return new Relay({ ...options.relay, store, transport, owner, clock, random, logger, source: composition.name });
}

function engineOf(parts: EngineParts, transport: Transport, projector: ProjectorDefinition): ProjectionEngine {
  const { owner, store, environment, options, registry } = parts;
  const { clock, random, logger } = environment;
  const { foreign = {}, ...settings } = options.projections ?? {};
  const elsewhere = Object.hasOwn(foreign, projector.name) ? foreign[projector.name] : undefined;
  return new ProjectionEngine({
    ...settings,
    projector,
    events: registry.events,
    store,
    transport,
    owner,
    clock,
    random,
    logger,
    ...(elsewhere && { foreign: elsewhere }),
  });
}
