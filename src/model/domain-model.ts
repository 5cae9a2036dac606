import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { describeEventClass } from '../messages/event.decorator.js';
import type { AggregateModel, CommandHandling } from './aggregate-model.js';
import type { AggregateRoot } from './aggregate-root.js';
import { aggregateModelOf } from './class-aggregate.js';

/** What an application lists: a class with `@Aggregate`, or what `defineAggregate` gave. */
// The state is each aggregate's own; to the framework it is opaque.
// oxlint-disable-next-line typescript/no-explicit-any
export type AggregateSource = Constructor<AggregateRoot> | AggregateModel<any>;

/** A command with the aggregate that takes it. */
export interface AggregateCommand {
  readonly model: AggregateModel;
  readonly handling: CommandHandling<unknown>;
}

/** The aggregates, commands and events of one application, checked against each other. */
export interface DomainModel {
  /** By name. */
  readonly aggregates: ReadonlyMap<string, AggregateModel>;
  /** By command class. */
  readonly commands: ReadonlyMap<Constructor, AggregateCommand>;
  /** Those of the aggregates and those listed beside them, each once; what the event registry is made of. */
  readonly events: readonly Constructor[];
}

export interface DomainModelOptions {
  readonly aggregates: readonly AggregateSource[];
  /** Events that no aggregate of this application applies, as those of other services that projectors follow. Default none. */
  readonly events?: readonly Constructor[];
}

/**
 * Reads and checks the domain. Throws what {@link aggregateModelOf} throws, and `AGGREGATE_NAME_TAKEN`, `COMMAND_HANDLED_TWICE`,
 * `COMMAND_NAME_TAKEN`, and `CLASS_NOT_DECORATED` for an event class without `@Event`.
 */
export function createDomainModel({ aggregates: sources, events = [] }: DomainModelOptions): DomainModel {
  const listed = sources.map((source) => ({ model: modelOf(source), label: labelOf(source) }));
  checkNames(listed);
  const models = listed.map(({ model }) => model);
  const allEvents = [...new Set([...models.flatMap((model) => model.events), ...events])];
  for (const event of allEvents) describeEventClass(event);
  return { aggregates: new Map(models.map((model) => [model.name, model])), commands: commandsOf(models), events: allEvents };
}

interface ListedAggregate {
  readonly model: AggregateModel;
  /** What the developer calls it. */
  readonly label: string;
}

/** The model of anything an application may list as an aggregate. */
export function modelOf(source: AggregateSource): AggregateModel {
  return typeof source === 'object' && source !== null ? source : aggregateModelOf(source);
}

function labelOf(source: AggregateSource): string {
  return typeof source === 'function' ? source.name : `defineAggregate(${source.name})`;
}

/** Streams are `<name>-<id>`: `loan` with the id `offer-1` and `loan-offer` with the id `1` would share a stream. */
function checkNames(listed: readonly ListedAggregate[]): void {
  listed.forEach(({ model, label }, at) => {
    const other = listed.slice(0, at).find((earlier) => namesMeet(earlier.model.name, model.name));
    if (other === undefined) return;
    throw new EventspanError('AGGREGATE_NAME_TAKEN', {
      first: other.label,
      second: label,
      firstName: other.model.name,
      secondName: model.name,
    });
  });
}

function namesMeet(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}-`) || b.startsWith(`${a}-`);
}

function commandsOf(models: readonly AggregateModel[]): ReadonlyMap<Constructor, AggregateCommand> {
  const commands = new Map<Constructor, AggregateCommand>();
  const classes = new Map<string, Constructor>();
  for (const model of models) {
    for (const [type, handling] of model.commands) {
      const other = commands.get(type);
      if (other !== undefined) {
        throw new EventspanError('COMMAND_HANDLED_TWICE', { command: type.name, first: other.model.name, second: model.name });
      }
      checkCommandName(classes, handling.command.name, type);
      commands.set(type, { model, handling });
    }
  }
  return commands;
}

function checkCommandName(classes: Map<string, Constructor>, name: string, type: Constructor): void {
  const other = classes.get(name);
  if (other !== undefined) throw new EventspanError('COMMAND_NAME_TAKEN', { name, first: other.name, second: type.name });
  classes.set(name, type);
}
