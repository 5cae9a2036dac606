import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { pairingsOf } from '../model/method-pairings.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { checkProjector } from './check-projector.js';
import { ON } from './on.decorator.js';
import type { ProjectionContext, ProjectorDefinition } from './projector-definition.js';
import { describeProjectorClass } from './projector.decorator.js';

type Handler = (event: object, context: ProjectionContext) => Promise<void> | void;

/**
 * The definition of a decorated class, or of an instance where the class needs things given to its constructor. One instance
 * serves all shards, also side by side, so state belongs into the view and not into fields.
 * Throws `CLASS_NOT_DECORATED`, `CLASS_EXPECTED`, `PROJECTOR_INVALID`, and `OPTION_INVALID` for a policy out of bounds.
 */
export function projectorDefinitionOf(projector: Constructor | object): ProjectorDefinition {
  const instance = instanceOf(projector);
  const type = instance.constructor as Constructor;
  const note = describeProjectorClass(type);
  const handlers = pairingsOf<HandlerPolicy | undefined>(type, ON);
  return checkProjector({
    ...note,
    events: [...handlers.keys()],
    policyOf: (event) => handlers.get(event)?.options,
    handle: (event, context) => {
      const pairing = handlers.get(event.constructor as Constructor);
      if (pairing === undefined) throw notTaken(note.name, event);
      return (instance as Record<string | symbol, Handler>)[pairing.method]?.(event, context);
    },
  });
}

function instanceOf(projector: Constructor | object): object {
  if (typeof projector === 'object' && projector !== null) return projector;
  const type = projector as new () => object;
  const { name } = describeProjectorClass(type);
  if (type.length === 0) return new type();
  const reason = `the constructor of ${type.name} takes arguments; pass an instance of it`;
  throw new EventspanError('PROJECTOR_INVALID', { projector: name, reason });
}

function notTaken(projector: string, event: object): EventspanError {
  return new EventspanError('PROJECTOR_INVALID', { projector, reason: `it has no handler for ${event.constructor.name}` });
}
