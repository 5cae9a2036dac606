import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import type { AggregateModel, CommandHandling, Decision } from './aggregate-model.js';
import { checkAggregateOptions, checkRecordsApplied, snapshotPolicyOf, type AggregateOptions } from './aggregate-options.js';
import { messageClassOf, messageLabel } from './message-class.js';
import { assertMessageClass } from './paired-class.js';
import { DEFAULT_STREAM_REQUIREMENT, type HandleOptions } from './handle.decorator.js';
import { SnapshotFormat } from './snapshot-format.js';
import { targetedCommand } from './targeted-command.js';

/** What a decide function gives: the new events in order, none for `[]`, or the events and a value for the command's result. */
export type Decided = readonly object[] | { readonly events: readonly object[]; readonly value: unknown };

/** Decides on one command: looks at the state, gives events, throws to refuse. May be async. */
export type DecideFunction<S, C> = (command: C, state: S) => Decided | Promise<Decided>;

/** The state after one event. Pure: it follows from its arguments alone, changes none of them, and never waits. */
export type EvolveFunction<S, E> = (state: S, event: E) => S;

/** A command class with its function; made by the `on` that `decide` is given. */
export interface DecideRule<S> {
  readonly type: Constructor;
  readonly options: HandleOptions;
  readonly decide: DecideFunction<S, never>;
}

/** An event class with its function; made by the `on` that `evolve` is given. */
export interface EvolveRule<S> {
  readonly type: Constructor;
  readonly evolve: EvolveFunction<S, never>;
}

/** Pairs a command class with the function that decides on it. */
export interface OnCommand<S> {
  <C extends object>(type: Constructor<C>, decide: DecideFunction<S, C>): DecideRule<S>;
  <C extends object>(type: Constructor<C>, options: HandleOptions, decide: DecideFunction<S, C>): DecideRule<S>;
}

/** Pairs an event class with the function that applies it. */
export type OnEvent<S> = <E extends object>(type: Constructor<E>, evolve: EvolveFunction<S, E>) => EvolveRule<S>;

/** An aggregate as plain functions. */
export interface AggregateDefinition<S> extends AggregateOptions {
  /** Its streams are `<name>-<aggregate id>`. */
  readonly name: string;
  /** The state before the first event; called for each stream, so that states share nothing. */
  readonly initialState: (streamId: string) => S;
  readonly decide: (on: OnCommand<S>) => readonly DecideRule<S>[];
  readonly evolve: (on: OnEvent<S>) => readonly EvolveRule<S>[];
}

/**
 * The functional twin of a class with `@Aggregate`: the same model from plain functions. The types of `command`, `state` and
 * `event` follow from the classes and from `initialState`. The state must be plain JSON where snapshots are taken.
 *
 * Throws `NAME_INVALID`, `OPTION_INVALID`, `HANDLER_DUPLICATE`, `CLASS_EXPECTED`, `COMMAND_TARGET_UNKNOWN`, `AGGREGATE_INVALID`.
 *
 * ```ts
 * const loan = defineAggregate({
 *   name: 'loan',
 *   initialState: (): LoanState => ({ status: 'new' }),
 *   decide: (on) => [
 *     on(SubmitLoan, { stream: 'new' }, (command) => [new LoanSubmitted(command.applicant, command.amount)]),
 *     on(ApproveLoan, (command, state) => (state.status === 'submitted' ? [new LoanApproved()] : [])),
 *   ],
 *   evolve: (on) => [
 *     on(LoanSubmitted, (state) => ({ ...state, status: 'submitted' })),
 *     on(LoanApproved, (state) => ({ ...state, status: 'approved' })),
 *   ],
 * });
 * ```
 */
export function defineAggregate<S>(definition: AggregateDefinition<S>): AggregateModel<S> {
  const { name } = definition;
  checkAggregateOptions(name, definition, `defineAggregate(${name})`);
  const decide = uniqueByClass(name, 'decide', definition.decide(onCommand));
  const evolve = uniqueByClass(name, 'evolve', definition.evolve(onEvent));
  if (decide.size > 0 && evolve.size === 0) {
    throw new EventspanError('AGGREGATE_INVALID', { className: name, reason: 'decides on commands and evolves by no event' });
  }
  checkRecordsApplied(name, definition, [...evolve.keys()]);
  const evolution = evolutionOf(name, evolve);
  const snapshots = snapshotPolicyOf(definition);
  const format = formatOf(definition);
  return {
    name,
    events: [...evolve.keys()],
    commands: new Map([...decide].map(([type, rule]) => [type, handlingOf(name, rule, evolution)])),
    ...(snapshots !== undefined && { snapshots }),
    get snapshotRevision() {
      return format.revision;
    },
    initial: definition.initialState,
    evolve: evolution,
    toSnapshot: (state, version) => format.write({ value: state }, version),
    fromSnapshot: (_, text) => (format.read(text).state as { value: S }).value,
  };
}

function onCommand<C extends object, S>(
  type: Constructor<C>,
  ...rest: [DecideFunction<S, C>] | [HandleOptions, DecideFunction<S, C>]
): DecideRule<S> {
  const [options, decide] = rest.length === 1 ? [{}, rest[0]] : rest;
  return { type, options, decide };
}

function onEvent<E extends object, S>(type: Constructor<E>, evolve: EvolveFunction<S, E>): EvolveRule<S> {
  return { type, evolve };
}

function uniqueByClass<R extends { readonly type: Constructor }>(
  name: string,
  what: string,
  rules: readonly R[],
): ReadonlyMap<Constructor, R> {
  const byClass = new Map<Constructor, R>();
  rules.forEach((rule, at) => {
    assertMessageClass(`on of ${name}.${what}`, rule.type);
    const other = byClass.get(rule.type);
    if (other !== undefined) {
      const first = `rule ${rules.indexOf(other) + 1}`;
      const message = rule.type.name;
      throw new EventspanError('HANDLER_DUPLICATE', { className: name, decorator: what, message, first, second: `rule ${at + 1}` });
    }
    byClass.set(rule.type, rule);
  });
  return byClass;
}

type Evolve<S> = (state: S, event: object) => S;

function evolutionOf<S>(name: string, rules: ReadonlyMap<Constructor, EvolveRule<S>>): Evolve<S> {
  return (state, event) => {
    const type = messageClassOf(event);
    const rule = type && rules.get(type);
    if (rule === undefined) throw new EventspanError('EVENT_NOT_APPLIED', { aggregate: name, type: messageLabel(event) });
    return rule.evolve(state, event as never);
  };
}

function handlingOf<S>(name: string, rule: DecideRule<S>, evolve: Evolve<S>): CommandHandling<S> {
  return {
    command: targetedCommand(rule.type, `decide of ${name}`),
    stream: rule.options.stream ?? DEFAULT_STREAM_REQUIREMENT,
    async decide(state, command): Promise<Decision<S>> {
      const decided = await rule.decide(command as never, state);
      const { events, value } = 'events' in decided ? decided : { events: decided, value: undefined };
      return { events, value, state: events.reduce<S>((at, event) => evolve(at, event), state) };
    },
  };
}

/** The state stands in an object of its own, since it may be anything that JSON can carry. */
function formatOf<S>({ name, snapshotRevision, initialState }: AggregateDefinition<S>): SnapshotFormat {
  const initial = (): object => ({ value: initialState(`${name}-shape`) });
  return new SnapshotFormat(Object, { label: `a snapshot of ${name}`, revision: snapshotRevision, initial });
}
