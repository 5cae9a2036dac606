import type { CommandBus } from '../command-handling/command-bus.js';
import { createCommandBus } from '../command-handling/create-command-bus.js';
import { OutgoingCommands } from '../command-handling/outgoing-commands.js';
import type { AppendResult } from '../event-store/append.js';
import type { Outgoing } from '../messaging/outgoing.js';
import type { Transport } from '../messaging/transport.js';
import { Relay } from '../relay/relay.js';
import { createParkedStreams, type ParkedStreams } from '../subscriptions/parked-streams.js';
import type { AppEngine } from './app-engine.js';
import { createConsumers } from './consumer-parts.js';
import { createDispatcher } from './dispatcher-parts.js';
import type { EngineParts, ProcessParts } from './engine-parts.js';
import { createInbox, type InboxParts } from './inbox-parts.js';
import { createOutgoing } from './outgoing-parts.js';
import { createPublications } from './publication-parts.js';
import { createProcessParts } from './process-parts.js';
import { createProjectionParts, type ProjectionParts } from './projection-parts.js';
import type { EnqueueParts } from '../queues/enqueue.js';
import type { StoredTasks } from '../queues/stored-tasks.js';
import { createEnqueueing, createQueues, createStoredTasks } from './queue-parts.js';
import { createTimerParts, type TimerParts } from './timer-parts.js';

/** The engines of one process. */
export interface Engines {
  readonly relay: Relay | undefined;
  readonly projections: ProjectionParts;
  /** Absent without the role `commands`. */
  readonly bus: CommandBus | undefined;
  readonly outgoingCommands: OutgoingCommands;
  /** Tells the relay of an append. */
  readonly onAppended: (result: AppendResult) => void;
  readonly timers: TimerParts;
  readonly enqueueing: EnqueueParts;
  readonly tasks: StoredTasks;
  /** In the order in which they are started; they are stopped in the other. */
  readonly others: readonly AppEngine[];
  /** Streams that wait because one of their events could not be handled. */
  readonly parked: ParkedStreams;
  /** Consumers of topics, and their dead letters. */
  readonly inbox: InboxParts;
}

/**
 * Makes the engines that the roles need; nothing runs yet. Publications are started last, so that consumers of the same process are there
 * before what they consume. Throws `OPTION_INVALID`, `EVENT_NOT_REGISTERED`, `TOPIC_UNKNOWN`.
 */
export function createEngines(process: ProcessParts): Engines {
  const { composition, transport, registry, environment } = process;
  const { clock } = environment;
  const relay = transport !== undefined && composition.roles.has('relay') ? relayOf(process, transport) : undefined;
  const projections = createProjectionParts(process);
  const onAppended = ({ streams }: AppendResult): void => relay?.nudge(streams.map(({ shard }) => shard));
  const outgoingCommands = new OutgoingCommands({ commands: registry.commands, source: composition.name, clock });
  const timers = createTimerParts(process, onAppended);
  const enqueueing = createEnqueueing(process, timers, onAppended);
  const outgoing = createOutgoing(outgoingCommands, timers.outgoing, enqueueing.outgoing);
  const bus = composition.roles.has('commands') ? busOf(process, { projections, onAppended, outgoing }) : undefined;
  const parts: EngineParts = { ...process, bus, outgoingCommands, outgoing, onAppended };
  const queues = createQueues(parts);
  const inbox = createInbox(parts);
  const others: readonly AppEngine[] = [
    ...timers.engines,
    ...queues,
    ...createDispatcher(parts),
    ...createConsumers(parts),
    ...inbox.engines,
    ...createProcessParts(parts),
    ...createPublications(parts),
  ];
  return {
    relay,
    projections,
    bus,
    outgoingCommands,
    onAppended,
    timers,
    enqueueing,
    tasks: createStoredTasks(process, queues),
    others,
    parked: parkedOf(process, projections, others),
    inbox,
  };
}

function parkedOf(
  { store, environment, options }: ProcessParts,
  projections: ProjectionParts,
  others: readonly AppEngine[],
): ParkedStreams {
  const notify = (consumer: string): void => {
    projections.set?.lookForRequests(consumer);
    for (const engine of others) engine.lookForRequests?.(consumer);
  };
  return createParkedStreams({ store, clock: environment.clock, notify, ...(options.ids && { ids: options.ids }) });
}

function relayOf({ owner, store, environment, options, composition, telemetry }: ProcessParts, transport: Transport): Relay {
  const { clock, random, logger } = environment;
  return new Relay({ ...options.relay, store, transport, owner, clock, random, logger, telemetry, source: composition.name });
}

function busOf(
  { options, composition, registry, store, telemetry }: ProcessParts,
  {
    projections,
    onAppended,
    outgoing,
  }: { readonly projections: ProjectionParts; readonly onAppended: Engines['onAppended']; readonly outgoing: Outgoing },
): CommandBus {
  const { clock, random, ids, logger } = options;
  return createCommandBus({
    ...options.commands,
    store,
    domain: registry.domain,
    events: registry.events,
    handlers: options.commandHandlers ?? [],
    source: composition.name,
    telemetry,
    companion: projections.inline,
    onAppended,
    outgoing,
    ...(clock && { clock }),
    ...(random && { random }),
    ...(ids && { ids }),
    ...(logger && { logger }),
  });
}
