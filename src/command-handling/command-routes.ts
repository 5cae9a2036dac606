import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import type { DomainModel } from '../model/domain-model.js';
import type { AggregateRoute } from './aggregate-executor.js';
import type { CommandHandlerDefinition } from './command-handler.js';
import { commandHandlerOf } from './command-handler.decorator.js';

/** A plain handler. */
export interface PlainRoute {
  readonly kind: 'plain';
  readonly handler: CommandHandlerDefinition;
}

export type CommandRoute = AggregateRoute | PlainRoute;

/**
 * Who takes which command class. Throws `COMMAND_HANDLER_TAKEN` when two take the same, `COMMAND_HANDLER_INVALID` for what is
 * no handler.
 */
export function commandRoutes(domain: DomainModel, handlers: readonly object[]): ReadonlyMap<Constructor, CommandRoute> {
  const routes = new Map<Constructor, CommandRoute>();
  for (const [type, { model, handling }] of domain.commands) routes.set(type, { kind: 'aggregate', model, handling });
  for (const handler of handlers.map(commandHandlerOf)) {
    const { type, name } = handler.command;
    const other = routes.get(type);
    if (other !== undefined) {
      throw new EventspanError('COMMAND_HANDLER_TAKEN', { command: name, first: labelOf(other), second: handler.label });
    }
    routes.set(type, { kind: 'plain', handler });
  }
  return routes;
}

/** The wire name of the command a route takes. */
export function commandNameOf(route: CommandRoute): string {
  return route.kind === 'aggregate' ? route.handling.command.name : route.handler.command.name;
}

function labelOf(route: CommandRoute): string {
  return route.kind === 'aggregate' ? `the aggregate ${route.model.name}` : route.handler.label;
}
