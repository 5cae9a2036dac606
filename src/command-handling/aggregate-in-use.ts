import type { AggregateAt } from '../event-store/repository-loader.js';
import type { AggregateHandle } from '../event-store/repository.js';
import type { AggregateModel } from '../model/aggregate-model.js';
import type { AggregateRoot } from '../model/aggregate-root.js';
import { RECORDER } from '../model/event-recorder.js';

/** An aggregate in the hands of a plain command handler. */
export class AggregateInUse<S> implements AggregateHandle<S> {
  readonly streamId: string;
  readonly version: number;
  readonly loadMs: number;
  isSaved = false;
  private readonly recording: Recording<S>;

  constructor(
    readonly model: AggregateModel<S>,
    readonly aggregateId: string,
    { loaded, ms }: { readonly loaded: AggregateAt<S>; readonly ms: number },
  ) {
    this.loadMs = ms;
    this.streamId = loaded.streamId;
    this.version = loaded.version;
    this.recording = isInstance(loaded.state) ? new ClassRecording(loaded.state) : new StateRecording(model, loaded);
  }

  get aggregate(): S {
    return this.recording.state;
  }

  record(events: readonly object[]): void {
    for (const event of events) this.recording.record(event);
  }

  /** Ends the recording; what was recorded, in order. */
  finish(): Promise<readonly object[]> {
    return this.recording.finish();
  }
}

interface Recording<S> {
  readonly state: S;
  record(event: object): void;
  finish(): Promise<readonly object[]>;
}

/**
 * An instance records only while a handler runs on it. To the instance, the plain handler is one: it begins when the aggregate is
 * loaded and ends when the work is done.
 */
class ClassRecording<S extends AggregateRoot> implements Recording<S> {
  private end: () => void = () => undefined;
  private readonly decision: Promise<{ readonly events: readonly object[] }>;

  constructor(readonly state: S) {
    const ended = new Promise<void>((resolve) => {
      this.end = resolve;
    });
    this.decision = state[RECORDER]().decide(() => ended);
  }

  record(event: object): void {
    this.state[RECORDER]().record(event);
  }

  async finish(): Promise<readonly object[]> {
    this.end();
    return (await this.decision).events;
  }
}

/** The state of a `defineAggregate`, which is replaced by each event. */
class StateRecording<S> implements Recording<S> {
  state: S;
  private readonly events: object[] = [];

  constructor(
    private readonly model: AggregateModel<S>,
    private readonly loaded: AggregateAt<S>,
  ) {
    this.state = loaded.state;
  }

  record(event: object): void {
    const { streamId, version } = this.loaded;
    this.state = this.model.evolve(this.state, event, { streamId, version: version + this.events.length + 1 });
    this.events.push(event);
  }

  async finish(): Promise<readonly object[]> {
    return this.events;
  }
}

function isInstance(state: unknown): state is AggregateRoot {
  return typeof state === 'object' && state !== null && RECORDER in state;
}
