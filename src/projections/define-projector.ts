import type { Constructor } from '../messages/constructor.js';
import { checkProjector } from './check-projector.js';
import type { ProjectionContext, ProjectorDefinition } from './projector-definition.js';
import type { ProjectorOptions } from './projector.decorator.js';

/** A handler of one class of events; made with {@link on}. */
export interface EventHandler {
  readonly event: Constructor;
  readonly handle: (event: object, context: ProjectionContext) => Promise<void> | void;
}

/** Pairs a class of events with the function that takes it, for {@link defineProjector}; the compiler checks that they fit. */
export function on<E extends object>(
  event: Constructor<E>,
  handle: (event: E, context: ProjectionContext) => Promise<void> | void,
): EventHandler {
  return { event, handle: handle as EventHandler['handle'] };
}

/**
 * The functional twin of `@Projector`: the same definition from plain functions. Throws `NAME_INVALID` and `PROJECTOR_INVALID`.
 *
 *     defineProjector({ name: 'loan-book', tables: [loanBook], on: [on(LoanSubmitted, (event, { view }) => { ... })] })
 */
export function defineProjector(
  projector: ProjectorOptions & { readonly name: string; readonly on: readonly EventHandler[] },
): ProjectorDefinition {
  const { on: handlers, ...note } = projector;
  const byEvent = new Map(handlers.map(({ event, handle }) => [event, handle]));
  return checkProjector({
    version: 1,
    rows: 'shared',
    tables: [],
    ...note,
    events: handlers.map(({ event }) => event),
    handle: (event, context) => byEvent.get(event.constructor as Constructor)?.(event, context),
  });
}
