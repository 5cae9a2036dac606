import type { Constructor } from '../messages/constructor.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { checkProjector } from './check-projector.js';
import type { ProjectionContext, ProjectorDefinition } from './projector-definition.js';
import type { ProjectorOptions } from './projector.decorator.js';

/** A handler of one class of events; made with {@link on}. */
export interface EventHandler {
  readonly event: Constructor;
  readonly handle: (event: object, context: ProjectionContext) => Promise<void> | void;
  readonly policy?: HandlerPolicy;
}

/**
 * Pairs a class of events with the function that takes it, for {@link defineProjector}; the compiler checks that they fit. The policy says what is
 * to be done when the function fails; what it leaves out is as the projector says.
 */
export function on<E extends object>(
  event: Constructor<E>,
  handle: (event: E, context: ProjectionContext) => Promise<void> | void,
  policy?: HandlerPolicy,
): EventHandler {
  return { event, handle: handle as EventHandler['handle'], ...(policy !== undefined && { policy }) };
}

/**
 * The functional twin of `@Projector`: the same definition from plain functions. Throws `NAME_INVALID`, `PROJECTOR_INVALID`, and
 * `OPTION_INVALID` for a policy out of bounds.
 *
 *     defineProjector({ name: 'loan-book', tables: [loanBook], on: [on(LoanSubmitted, (event, { view }) => { ... })] })
 */
export function defineProjector(
  projector: ProjectorOptions & { readonly name: string; readonly on: readonly EventHandler[] },
): ProjectorDefinition {
  const { on: handlers, ...note } = projector;
  const byEvent = new Map(handlers.map((handler) => [handler.event, handler]));
  return checkProjector({
    version: 1,
    rows: 'shared',
    lifecycle: 'async',
    tables: [],
    ...note,
    events: handlers.map(({ event }) => event),
    policyOf: (event) => byEvent.get(event)?.policy,
    handle: (event, context) => byEvent.get(event.constructor as Constructor)?.handle(event, context),
  });
}
