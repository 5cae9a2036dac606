import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import type { AggregateModel, CommandHandling } from './aggregate-model.js';
import { checkRecordsApplied, snapshotPolicyOf } from './aggregate-options.js';
import type { AggregateRoot } from './aggregate-root.js';
import { describeAggregateClass, type AggregateDescription } from './aggregate.decorator.js';
import { RECORDER } from './event-recorder.js';
import { DEFAULT_STREAM_REQUIREMENT, type HandleOptions } from './handle.decorator.js';
import { pairingsOf, type MethodPairing } from './method-pairings.js';
import { SnapshotFormat } from './snapshot-format.js';
import type { SnapshotPolicy } from './snapshot-policy.js';
import { targetedCommand } from './targeted-command.js';

/** An aggregate class that can be instantiated. */
export type AggregateClass<T extends AggregateRoot = AggregateRoot> = new () => T;

/**
 * The model of a decorated class; read once, so keep it. Throws `AGGREGATE_INVALID`, `CLASS_NOT_DECORATED`, for what
 * it `records` `EVENT_NOT_APPLIED`, for the commands of its handlers `COMMAND_TARGET_UNKNOWN`, and, where it takes snapshots, `CLASS_NOT_STORABLE`.
 */
export function aggregateModelOf<T extends AggregateRoot>(type: Constructor<T>): AggregateModel<T> {
  const concrete = checkClass(type);
  return new ClassAggregate(concrete, describeAggregateClass(type));
}

function checkClass<T extends AggregateRoot>(type: Constructor<T>): AggregateClass<T> {
  const name = typeof type === 'function' ? type.name : String(type);
  if (typeof type !== 'function' || typeof (type.prototype as Partial<AggregateRoot> | undefined)?.[RECORDER] !== 'function') {
    throw new EventspanError('AGGREGATE_INVALID', { className: name, reason: 'does not extend AggregateRoot' });
  }
  if (pairingsOf(type, '@Handle').size > 0 && pairingsOf(type, '@Apply').size === 0) {
    throw new EventspanError('AGGREGATE_INVALID', { className: name, reason: 'handles commands and has no @Apply method' });
  }
  return type as unknown as AggregateClass<T>;
}

class ClassAggregate<T extends AggregateRoot> implements AggregateModel<T> {
  readonly name: string;
  readonly events: readonly Constructor[];
  readonly commands: ReadonlyMap<Constructor, CommandHandling<T>>;
  readonly snapshots?: SnapshotPolicy;
  readonly #snapshots: SnapshotFormat;

  constructor(
    private readonly type: AggregateClass<T>,
    description: AggregateDescription,
  ) {
    this.name = description.name;
    this.events = [...pairingsOf(type, '@Apply').keys()];
    checkRecordsApplied(this.name, description, this.events);
    this.commands = handlingsOf(type);
    const label = `a snapshot of ${type.name}`;
    this.#snapshots = new SnapshotFormat(type, { label, revision: description.snapshotRevision, initial: () => new type() });
    const policy = snapshotPolicyOf(description);
    if (policy === undefined) return;
    this.snapshots = policy;
    this.#snapshots.check();
  }

  get snapshotRevision(): string {
    return this.#snapshots.revision;
  }

  initial(streamId: string): T {
    return this.#attached(new this.type(), streamId, 0);
  }

  evolve(state: T, event: object, context: { readonly streamId: string; readonly version: number }): T {
    state[RECORDER]().apply(event, context);
    return state;
  }

  passOver(state: T, version: number): void {
    state[RECORDER]().version = version;
  }

  toSnapshot(state: T, version: number): string {
    return this.#snapshots.write(state, version);
  }

  fromSnapshot(streamId: string, text: string): T {
    const { state, version } = this.#snapshots.read(text);
    return this.#attached(state as T, streamId, version);
  }

  #attached(instance: T, streamId: string, version: number): T {
    instance[RECORDER]().attach({ streamId, id: streamId.slice(this.name.length + 1) }, version);
    return instance;
  }
}

function handlingsOf<T extends AggregateRoot>(type: AggregateClass<T>): ReadonlyMap<Constructor, CommandHandling<T>> {
  const pairings = pairingsOf<HandleOptions>(type, '@Handle');
  return new Map([...pairings].map(([command, pairing]) => [command, handlingOf<T>(type, pairing)]));
}

function handlingOf<T extends AggregateRoot>(type: AggregateClass<T>, pairing: MethodPairing<HandleOptions>): CommandHandling<T> {
  const { method, options } = pairing;
  return {
    command: targetedCommand(pairing.type, `${type.name}.${String(method)}`),
    stream: options.stream ?? DEFAULT_STREAM_REQUIREMENT,
    async decide(state, command) {
      const handlers = state as unknown as Record<string | symbol, (command: object) => unknown>;
      const { events, value } = await state[RECORDER]().decide(() => handlers[method]?.(command));
      return { events, state, value };
    },
  };
}
