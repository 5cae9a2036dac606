import { EventspanError } from '../../errors/eventspan-error.js';
import type { Constructor } from '../../messages/constructor.js';
import { createEventRegistry } from '../../messages/create-event-registry.js';
import type { EventRegistry } from '../../messages/event-registry.js';
import { streamIdOf, type AggregateModel, type CommandHandling, type Decision } from '../../model/aggregate-model.js';

/** How a command ended. */
export type SpecResult<S> = { readonly decision: Decision<S> } | { readonly error: unknown };

/** Runs one command as an application would: target, stream requirement, replay, decision, serialisation. */
export class SpecRun<S> {
  readonly #registry: EventRegistry;
  #result: Promise<SpecResult<S>> | undefined;

  constructor(
    private readonly model: AggregateModel<S>,
    private readonly past: readonly object[],
    private readonly command: object,
  ) {
    this.#registry = createEventRegistry(model.events, { onlyToday: true });
  }

  /** Runs the command the first time it is asked for. */
  result(): Promise<SpecResult<S>> {
    this.#result ??= this.#decide().then(
      (decision) => ({ decision }),
      (error: unknown) => ({ error }),
    );
    return this.#result;
  }

  /** The events as they are after being stored and loaded. */
  stored(events: readonly object[]): readonly object[] {
    return events.map((event) => this.#registry.deserialize(this.#registry.serialize(event)));
  }

  async #decide(): Promise<Decision<S>> {
    const handling = this.#handling();
    const streamId = this.#streamId(handling);
    checkStream(handling, streamId, this.past.length);
    const decision = await handling.decide(this.#load(streamId), this.command);
    return { ...decision, events: this.stored(decision.events) };
  }

  #handling(): CommandHandling<S> {
    const type = this.command.constructor as Constructor;
    const handling = this.model.commands.get(type);
    if (handling === undefined) throw new EventspanError('COMMAND_UNKNOWN', { command: type.name });
    return handling;
  }

  #streamId({ command }: CommandHandling<S>): string {
    const id: unknown = command.aggregateId?.(this.command);
    if (typeof id !== 'string' || id === '') {
      throw new EventspanError('COMMAND_TARGET_INVALID', { command: command.name, value: String(id) });
    }
    return streamIdOf(this.model.name, id);
  }

  #load(streamId: string): S {
    const { model } = this;
    const events = this.stored(this.past);
    const state = events.reduce<S>(
      (at, event, index) => model.evolve(at, event, { streamId, version: index + 1 }),
      model.initial(streamId),
    );
    return model.snapshots === undefined || events.length === 0 ? state : this.#throughSnapshot(streamId, state);
  }

  #throughSnapshot(streamId: string, state: S): S {
    const text = this.model.toSnapshot(state, this.past.length);
    try {
      return this.model.fromSnapshot(streamId, text);
    } catch (cause) {
      const reason = `its state cannot be read back from the snapshot ${text}`;
      throw new EventspanError('SPEC_FAILED', { aggregate: this.model.name, reason }, { cause });
    }
  }
}

function checkStream<S>({ stream, command }: CommandHandling<S>, streamId: string, version: number): void {
  if (stream === 'new' && version > 0) throw new EventspanError('STREAM_EXISTS', { command: command.name, streamId });
  if (stream === 'existing' && version === 0) throw new EventspanError('STREAM_MISSING', { command: command.name, streamId });
}
