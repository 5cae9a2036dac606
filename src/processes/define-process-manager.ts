import { describeCommandClass } from '../messages/command.decorator.js';
import type { Constructor } from '../messages/constructor.js';
import { createPayloadCodec } from '../messages/payload-codec.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import { checkProcess } from './check-process.js';
import type { CommandRefusal, ProcessContext } from './process-context.js';
import type { ProcessDefinition, ProcessOptions, ProcessStep } from './process-definition.js';

/** Decides on one message: answers the new state, or nothing where it stays. */
export type ProcessFunction<S, M> = (message: M, context: ProcessContext<S>) => S | void | Promise<S | void>;

/** A class of messages with its function; made by the `on` that is given. */
export interface ProcessRule<S> {
  readonly type: Constructor;
  readonly handle: ProcessFunction<S, never>;
  readonly policy?: HandlerPolicy;
}

/** Pairs a class of events with the function that takes it. */
export type OnProcessMessage<S> = <E extends object>(
  type: Constructor<E>,
  handle: ProcessFunction<S, E>,
  policy?: HandlerPolicy,
) => ProcessRule<S>;

/** Pairs a class of commands with the function that decides when one is refused. */
export type OnProcessRefusal<S> = (type: Constructor, handle: ProcessFunction<S, CommandRefusal>) => ProcessRule<S>;

/** A process manager as plain functions. */
export interface ProcessManagerDefinition<S> extends ProcessOptions {
  readonly name: string;
  /** The state before the first message: what JSON can carry. Called for each process, so that states share nothing. */
  readonly initialState: () => S;
  readonly startsOn: (on: OnProcessMessage<S>) => readonly ProcessRule<S>[];
  readonly on?: (on: OnProcessMessage<S>) => readonly ProcessRule<S>[];
  readonly refused?: (on: OnProcessRefusal<S>) => readonly ProcessRule<S>[];
}

/** The state stands in an object of its own, since it may be anything that JSON can carry. */
interface Held<S> {
  value: S;
}

/**
 * The functional twin of a class with `@ProcessManager`. Throws `NAME_INVALID`, `PROCESS_INVALID`, `HANDLER_DUPLICATE`, `CLASS_NOT_DECORATED` for
 * a command, `PAYLOAD_NOT_EXACT` for a state that cannot be stored, and `OPTION_INVALID` for a policy out of bounds.
 *
 * ```ts
 * const delivery = defineProcessManager({
 *   name: 'delivery',
 *   initialState: () => ({ parcels: 0 }),
 *   correlate: (message: { orderId: string }) => message.orderId,
 *   startsOn: (on) => [on(OrderPlaced, (order, { send }) => send(new PackOrder(order.orderId)))],
 *   on: (on) => [on(ParcelSent, (_, { state }) => ({ parcels: state.parcels + 1 }))],
 * });
 * ```
 */
export function defineProcessManager<S>(definition: ProcessManagerDefinition<S>): ProcessDefinition {
  const {
    name,
    initialState,
    correlate,
    version = 1,
    onRefused = 'compensate',
    startFrom = 'beginning',
    upcastState,
    ...rest
  } = definition;
  const { startsOn, on, refused, ...policy } = rest;
  const starts = byClass(name, 'startsOn', startsOn(rule));
  const handlers = byClass(name, 'on', on?.(rule) ?? []);
  const refusals = byClass(name, 'refused', refused?.(rule) ?? []);
  const codec = createPayloadCodec(Object, `the state of ${name}`);
  return checkProcess({
    ...policy,
    kind: 'process-manager',
    name,
    version,
    onRefused,
    startFrom,
    correlate: correlate as ProcessDefinition['correlate'],
    events: [...new Set([...starts.keys(), ...handlers.keys()])],
    startsOn: stepsOf(starts),
    on: stepsOf(handlers),
    refused: new Map([...refusals].map(([command, each]) => [describeCommandClass(command).name, stepOf(each) as never])),
    policyOf: (event) => ({ ...starts.get(event)?.policy, ...handlers.get(event)?.policy }),
    initial: () => ({ value: initialState() }),
    writeState: (state) => codec.serialize(state),
    readState: (state, fromVersion) => {
      const { value } = codec.deserialize(JSON.stringify(state)) as Held<unknown>;
      return { value: fromVersion === version ? value : upcastState?.(value as never, fromVersion) };
    },
    canUpcast: upcastState !== undefined,
  });
}

function rule<S>(type: Constructor, handle: ProcessFunction<S, never>, policy?: HandlerPolicy): ProcessRule<S> {
  return { type, handle, ...(policy !== undefined && { policy }) };
}

function byClass<S>(process: string, what: string, rules: readonly ProcessRule<S>[]): ReadonlyMap<Constructor, ProcessRule<S>> {
  const found = new Map<Constructor, ProcessRule<S>>();
  for (const each of rules) {
    if (found.has(each.type))
      throw new EventspanError('PROCESS_INVALID', { process, reason: `${what} has two rules for ${each.type.name}` });
    found.set(each.type, each);
  }
  return found;
}

function stepsOf<S>(rules: ReadonlyMap<Constructor, ProcessRule<S>>): ReadonlyMap<Constructor, ProcessStep> {
  return new Map([...rules].map(([type, each]) => [type, stepOf(each)]));
}

function stepOf<S>({ handle }: ProcessRule<S>): ProcessStep {
  return (message, context) => {
    const held = context.state as Held<S>;
    const inner = Object.create(context, { state: { value: held.value } }) as ProcessContext<S>;
    const keep = (next: S | void): void => void (next !== undefined && (held.value = next));
    const done = handle(message as never, inner);
    return done instanceof Promise ? done.then(keep) : keep(done);
  };
}
