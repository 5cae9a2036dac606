import { EventspanError } from '../errors/eventspan-error.js';
import type { StreamWrite } from '../event-store/append.js';
import type { ExpectedVersion } from '../event-store/expected-version.js';
import type { AggregateLoader } from '../event-store/repository-loader.js';
import type { AggregateHandle, AggregateModels, LoadableAggregate } from '../event-store/repository.js';
import { streamIdOf } from '../model/aggregate-model.js';
import { AggregateInUse } from './aggregate-in-use.js';
import type { CommandExecution } from './command-execution.js';
import type { CommandRepository } from './command-repository.js';
import type { CommandTools } from './command-tools.js';
import { snapshotFor } from './snapshot-for.js';

export interface UnitOfWorkOptions {
  readonly execution: CommandExecution;
  readonly tools: CommandTools;
  readonly loader: AggregateLoader;
  readonly models: AggregateModels;
}

interface BlindWrite {
  readonly expectedVersion: ExpectedVersion;
  readonly events: object[];
}

/** Collects what one run of a plain handler writes. */
export class UnitOfWork implements CommandRepository {
  private readonly loaded = new Map<string, Promise<AggregateInUse<unknown>>>();
  private readonly inUse = new Set<AggregateInUse<unknown>>();
  private readonly blind = new Map<string, BlindWrite>();
  private isDone = false;

  constructor(private readonly options: UnitOfWorkOptions) {}

  async load<S>(source: LoadableAggregate<S>, aggregateId: string): Promise<AggregateHandle<S>> {
    const model = this.options.models.of(source);
    const streamId = streamIdOf(model.name, aggregateId);
    this.checkOpen(streamId);
    const known = this.loaded.get(streamId);
    if (known !== undefined) return known as Promise<AggregateInUse<S>>;
    const { loader, execution, tools } = this.options;
    const loading = tools
      .timed(() => execution.deadline.reading((options) => loader.load(model, streamId, options)))
      .then((at) => this.use(new AggregateInUse(model, aggregateId, at)));
    this.loaded.set(streamId, loading);
    return loading;
  }

  save<S>(handle: AggregateHandle<S>, events: readonly object[] = []): void {
    this.checkOpen(handle.streamId);
    if (!(handle instanceof AggregateInUse) || !this.inUse.has(handle)) {
      throw this.invalid(handle.streamId, 'it was not loaded by the repository of this run');
    }
    handle.record(events);
    handle.isSaved = true;
  }

  appendEvents(streamId: string, events: readonly object[], options: { readonly expectedVersion?: ExpectedVersion } = {}): void {
    this.checkOpen(streamId);
    const { expectedVersion } = options;
    const known = this.blind.get(streamId);
    if (known !== undefined && expectedVersion !== undefined && expectedVersion !== known.expectedVersion) {
      throw this.invalid(streamId, `it is expected at ${known.expectedVersion} and at ${expectedVersion}`);
    }
    const write = known ?? { expectedVersion: expectedVersion ?? 'any', events: [] };
    write.events.push(...events);
    this.blind.set(streamId, write);
  }

  /** Closes it; later calls are refused. */
  close(): void {
    this.isDone = true;
  }

  /** Closes it and gives all that is to be appended, in order of first use. Throws `COMMAND_EVENTS_UNSAVED`, `COMMAND_WRITE_INVALID`. */
  async finish(): Promise<readonly StreamWrite[]> {
    this.close();
    const writes: StreamWrite[] = [];
    for (const aggregate of this.inUse) {
      const write = await this.writeOf(aggregate);
      if (write !== undefined) writes.push(write);
    }
    for (const [streamId, { expectedVersion, events }] of this.blind) {
      if (this.loaded.has(streamId)) throw this.invalid(streamId, 'it is loaded in the same run, so that its events belong into save');
      if (events.length > 0) writes.push({ streamId, expectedVersion, events: this.record(events) });
    }
    return writes;
  }

  private use<S>(aggregate: AggregateInUse<S>): AggregateInUse<S> {
    this.inUse.add(aggregate);
    return aggregate;
  }

  private async writeOf(aggregate: AggregateInUse<unknown>): Promise<StreamWrite | undefined> {
    const { streamId, version, loadMs, model } = aggregate;
    const recorded = await aggregate.finish();
    if (recorded.length === 0) return undefined;
    if (!aggregate.isSaved) {
      const command = this.options.execution.name;
      throw new EventspanError('COMMAND_EVENTS_UNSAVED', { command, streamId, count: recorded.length });
    }
    const after = version + recorded.length;
    const step = { streamId, before: version, after, loadMs, events: recorded, state: aggregate.aggregate };
    const snapshot = snapshotFor(model, step, this.options.tools.warnings);
    const write = { streamId, expectedVersion: version === 0 ? ('none' as const) : version, events: this.record(recorded) };
    return snapshot === undefined ? write : { ...write, snapshot };
  }

  private record(events: readonly object[]): StreamWrite['events'] {
    return this.options.tools.record(this.options.execution, events);
  }

  private checkOpen(streamId: string): void {
    if (this.isDone) throw this.invalid(streamId, 'the handler is done');
  }

  private invalid(streamId: string, reason: string): EventspanError {
    return new EventspanError('COMMAND_WRITE_INVALID', { command: this.options.execution.name, streamId, reason });
  }
}
