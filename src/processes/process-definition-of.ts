import { EventspanError } from '../errors/eventspan-error.js';
import { describeCommandClass } from '../messages/command.decorator.js';
import type { Constructor } from '../messages/constructor.js';
import { createPayloadCodec } from '../messages/payload-codec.js';
import { pairingsOf, type MethodPairing } from '../model/method-pairings.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { ON } from '../projections/on.decorator.js';
import { checkProcess } from './check-process.js';
import { ON_REFUSED } from './on-refused.decorator.js';
import type { ProcessDefinition, ProcessStep } from './process-definition.js';
import { describeProcessClass } from './process-manager.decorator.js';
import { STARTS_ON } from './starts-on.decorator.js';

type Method = (message: object, context: object) => unknown;
type Pairings = ReadonlyMap<Constructor, MethodPairing<HandlerPolicy | undefined>>;

/**
 * The definition of a decorated class. Throws `CLASS_NOT_DECORATED`, `CLASS_EXPECTED`, `PROCESS_INVALID`, `CLASS_NOT_STORABLE`,
 * `PAYLOAD_NOT_EXACT` for a state that cannot be stored, and `OPTION_INVALID` for a policy out of bounds.
 */
export function processDefinitionOf(type: Constructor): ProcessDefinition {
  const note = describeProcessClass(type);
  const concrete = type as new () => object;
  if (concrete.length > 0) {
    throw new EventspanError('PROCESS_INVALID', { process: note.name, reason: `the constructor of ${type.name} takes arguments` });
  }
  const { correlate, version = 1, onRefused = 'compensate', startFrom = 'beginning', upcastState, ...policy } = note;
  const codec = createPayloadCodec(type, `the state of ${type.name}`);
  const starts = pairingsOf<HandlerPolicy | undefined>(type, STARTS_ON);
  const handlers = pairingsOf<HandlerPolicy | undefined>(type, ON);
  const refusals = pairingsOf(type, ON_REFUSED);
  return checkProcess({
    ...policy,
    kind: 'process-manager',
    version,
    onRefused,
    startFrom,
    correlate: correlate as ProcessDefinition['correlate'],
    events: [...new Set([...starts.keys(), ...handlers.keys()])],
    startsOn: stepsOf(starts),
    on: stepsOf(handlers),
    refused: new Map([...refusals].map(([command, { method }]) => [describeCommandClass(command).name, stepOf(method) as never])),
    policyOf: (event) => ({ ...starts.get(event)?.options, ...handlers.get(event)?.options }),
    initial: () => new concrete(),
    writeState: (state) => codec.serialize(state),
    readState: (state, fromVersion) => {
      const today = fromVersion === version ? state : upcastState?.(state as never, fromVersion);
      // What the stored state does not name has its initialiser's value.
      return Object.assign(new concrete(), codec.deserialize(JSON.stringify(today)));
    },
    canUpcast: upcastState !== undefined,
  });
}

function stepsOf(pairings: Pairings): ReadonlyMap<Constructor, ProcessStep> {
  return new Map([...pairings].map(([event, { method }]) => [event, stepOf(method)]));
}

/** The instance is the state: what its methods do to it is the new one. */
function stepOf(method: string | symbol): ProcessStep {
  return (message, context) => {
    const done = (context.state as Record<string | symbol, Method>)[method]?.(message, context);
    return isThenable(done) ? done.then(() => undefined) : undefined;
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
