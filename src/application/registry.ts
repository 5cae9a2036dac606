import { EventspanError } from '../errors/eventspan-error.js';
import { commandRoutes } from '../command-handling/command-routes.js';
import type { TopicConsumer } from '../inbox/topic-consumer.js';
import { topicConsumerOf } from '../inbox/topic-consumer-of.js';
import type { CommandRegistry } from '../messages/command-registry.js';
import type { Constructor } from '../messages/constructor.js';
import { createCommandRegistry } from '../messages/create-command-registry.js';
import { createEventRegistry } from '../messages/create-event-registry.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { ConsumerDefinition } from '../consumers/consumer-definition.js';
import { consumerDefinitionOf } from '../consumers/consumer-definition-of.js';
import { createDomainModel, type DomainModel } from '../model/domain-model.js';
import type { ProcessDefinition } from '../processes/process-definition.js';
import { processOf } from '../processes/process-of.js';
import type { ProjectorDefinition } from '../projections/projector-definition.js';
import { projectorDefinitionOf } from '../projections/projector-definition-of.js';
import type { PublicationDefinition } from '../publications/publication-definition.js';
import { checkTogether } from '../publications/check-together.js';
import { publicationDefinitionOf } from '../publications/publication-definition-of.js';
import type { ProjectorCode } from '../projections/rebuild/projection-set.js';
import { TaskRegistry } from '../messages/task-registry.js';
import { queueInvalid, resolveQueue, type ResolvedQueue } from '../queues/queue-definition.js';
import { queueDefinitionOf } from '../queues/work-queue.decorator.js';
import type { EventspanOptions } from './options.js';

/** Everything an application consists of, checked before anything runs. */
export interface Registry {
  readonly domain: DomainModel;
  readonly events: EventRegistry;
  /** By name; versions ascending. */
  readonly projectors: ProjectorCode;
  readonly publications: readonly PublicationDefinition[];
  /** Each once. */
  readonly queues: readonly ResolvedQueue[];
  readonly tasks: TaskRegistry;
  /** Of the log. */
  readonly consumers: readonly ConsumerDefinition[];
  /** Of topics. */
  readonly topicConsumers: readonly TopicConsumer[];
  readonly processManagers: readonly ProcessDefinition[];
  /** Commands that can be sent: those handled here, and those that another service takes. */
  readonly commands: CommandRegistry;
  /** Those handled here. */
  readonly handledCommands: CommandRegistry;
  /** Their classes. */
  readonly handled: ReadonlySet<Constructor>;
}

/**
 * Throws what the parts throw, `PROJECTOR_NAME_TAKEN`, `PROJECTOR_TABLE_TAKEN`, `COMMAND_NAME_TAKEN`, `CONSUMER_NAME_TAKEN`,
 * `CONSUMER_TABLE_TAKEN`, `QUEUE_INVALID`, `TASK_NAME_TAKEN`, `PROCESS_NAME_TAKEN` and, for publications that get in each other's way,
 * `PUBLICATION_INVALID`.
 */
export function createRegistry(options: EventspanOptions): Registry {
  const definitions = (options.projectors ?? []).map(definitionOf);
  const projectors = byName(definitions);
  const { consumers, topicConsumers } = consumersOf(options);
  checkTables([...definitions, ...topicConsumers]);
  const publications = (options.publications ?? []).map(publicationDefinitionOf);
  checkTogether(publications);
  const processManagers = (options.processManagers ?? []).map(processOf);
  const taken = [...definitions, ...publications, ...consumers, ...topicConsumers, ...processManagers].flatMap(({ events }) => events);
  const domain = createDomainModel({ aggregates: options.aggregates ?? [], events: [...taken, ...(options.events ?? [])] });
  checkProcessNames(processManagers, domain);
  const events = createEventRegistry(domain.events, { upcasters: options.upcasters ?? [] });
  const parts = { publications, consumers, topicConsumers, processManagers, ...queuesOf(options), ...commandsOf(domain, options) };
  return { domain, events, projectors, ...parts };
}

function byName(definitions: readonly ProjectorDefinition[]): ProjectorCode {
  const projectors = new Map<string, readonly ProjectorDefinition[]>();
  for (const definition of definitions) {
    const { name, version } = definition;
    const versions = projectors.get(name) ?? [];
    if (versions.some((each) => each.version === version)) throw new EventspanError('PROJECTOR_NAME_TAKEN', { projector: name, version });
    projectors.set(
      name,
      [...versions, definition].toSorted((a, b) => a.version - b.version),
    );
  }
  return projectors;
}

function commandsOf(domain: DomainModel, options: EventspanOptions): Pick<Registry, 'commands' | 'handledCommands' | 'handled'> {
  const handled = new Set(commandRoutes(domain, options.commandHandlers ?? []).keys());
  const commands = createCommandRegistry([...handled, ...(options.remoteCommands ?? [])]);
  return { commands, handledCommands: createCommandRegistry([...handled]), handled };
}

function queuesOf({ workQueues = [], tasks = [] }: EventspanOptions): Pick<Registry, 'queues' | 'tasks'> {
  const queues = workQueues.map((source) => resolveQueue(queueDefinitionOf(source)));
  const names = new Set<string>();
  for (const { name } of queues) {
    if (names.has(name)) throw queueInvalid(name, 'it is listed twice');
    names.add(name);
  }
  return { queues, tasks: new TaskRegistry([...queues.flatMap((queue) => queue.tasks), ...tasks]) };
}

/** Those of the log and those of topics, told apart by whether they name one. */
function consumersOf({ consumers: sources = [] }: Pick<EventspanOptions, 'consumers'>): Pick<Registry, 'consumers' | 'topicConsumers'> {
  const topicConsumers = sources.flatMap((source) => topicConsumerOf(source) ?? []);
  const consumers = sources.filter((source) => topicConsumerOf(source) === undefined).map(consumerDefinitionOf);
  checkConsumers([...consumers, ...topicConsumers]);
  return { consumers, topicConsumers };
}

/** Streams are named by process managers and aggregates alike. */
function checkProcessNames(processManagers: readonly ProcessDefinition[], domain: DomainModel): void {
  const taken = new Map([...domain.aggregates.keys()].map((name) => [name, 'aggregate']));
  for (const { name } of processManagers) {
    const what = taken.get(name);
    if (what !== undefined) throw new EventspanError('PROCESS_NAME_TAKEN', { process: name, what });
    taken.set(name, 'process manager');
  }
}

/** A table belongs to one projector, which creates, fills and drops it. */
function checkTables(definitions: readonly Pick<ProjectorDefinition, 'name' | 'tables'>[]): void {
  const owners = new Map<string, string>();
  for (const { name, tables } of definitions) {
    for (const table of tables.map((each) => each.name.toLowerCase())) {
      const owner = owners.get(table) ?? name;
      if (owner !== name) throw new EventspanError('PROJECTOR_TABLE_TAKEN', { table, projectors: [owner, name] });
      owners.set(table, owner);
    }
  }
}

/** As {@link checkTables}; the names of consumers are for good, so each is there once. */
function checkConsumers(consumers: readonly Pick<ConsumerDefinition, 'name' | 'tables'>[]): void {
  const names = new Set<string>();
  const owners = new Map<string, string>();
  for (const { name: consumer, tables } of consumers) {
    if (names.has(consumer)) throw new EventspanError('CONSUMER_NAME_TAKEN', { consumer });
    names.add(consumer);
    for (const table of tables.map((each) => each.name.toLowerCase())) {
      const owner = owners.get(table);
      if (owner !== undefined) throw new EventspanError('CONSUMER_TABLE_TAKEN', { table, consumers: [owner, consumer] });
      owners.set(table, consumer);
    }
  }
}

/** Throws what a projector is checked for. */
export function definitionOf(source: object): ProjectorDefinition {
  return isDefinition(source) ? source : projectorDefinitionOf(source);
}

function isDefinition(source: object): source is ProjectorDefinition {
  return typeof source === 'object' && Object.getPrototypeOf(source) === Object.prototype && 'handle' in source;
}
