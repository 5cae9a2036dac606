import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import { callOptionsOf } from './call-options-of.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { EventRegistry } from '../messages/event-registry.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import { formatEventLine } from './event-line.js';
import { EXPORT_FORMAT, finishedLine, startedLine, type ExportHeader } from './export-header.js';
import type { HistoryProgress } from './history-progress.js';
import { HistoryTally, type HistoryCounts } from './history-tally.js';
import { fixSelection, selectEvents, type EventSelection, type FixedSelection } from './select-events.js';
import { transformLog } from './transformed-log.js';
import { upcastTransform } from './upcast-transform.js';

export interface ExportOptions extends EventSelection, CallOptions {
  readonly store: EventStore;
  /** `source` of the CloudEvents, 1..128 characters. Default `eventspan`. */
  readonly source?: string;
  /**
   * Exports the events as today's classes have them, read through the upcasters of this registry; versions count what is left. Default: as
   * they are stored, to the byte.
   */
  readonly upcast?: EventRegistry;
  /** Called about every 256 KiB; synchronous. With it, the events of the whole log are counted first. */
  readonly onProgress?: (progress: HistoryProgress) => void;
}

export interface ExportResult extends HistoryCounts {
  readonly header: ExportHeader;
  /** Of the last event; `after` of a later export that goes on from there. Absent when there is none. */
  readonly last?: Position;
}

const DEFAULT_SOURCE = 'eventspan';
/** One write. */
const CHUNK_CHARACTERS = 262_144;

/** What an interrupted export has already: its first line, and everything counted. */
export interface ExportBeginning {
  readonly header: ExportHeader;
  readonly counted: HistoryTally;
}

/** One export under way, as chunks of whole lines. */
export class ExportRun {
  readonly header: ExportHeader;
  private readonly tally: HistoryTally;
  private total: number | undefined;

  private constructor(
    private readonly options: ExportOptions,
    private readonly selection: FixedSelection,
    private readonly beginning: ExportBeginning | undefined,
  ) {
    this.header = { format: EXPORT_FORMAT, ...selection, ...(options.upcast !== undefined && { upcast: true }) };
    this.tally = beginning?.counted ?? new HistoryTally(selection.after !== undefined);
  }

  /** From the beginning, or after what an interrupted export has. Throws as `exportEvents`. 1 `currentTime`. */
  static async begin(options: ExportOptions, beginning?: ExportBeginning): Promise<ExportRun> {
    checkSource(options.source ?? DEFAULT_SOURCE);
    const given = beginning === undefined ? options : { ...options, asOf: beginning.header.asOf };
    const selection = await fixSelection(options.store, given, callOptionsOf(options));
    return new ExportRun(options, selection, beginning);
  }

  result(): ExportResult {
    const { last } = this.tally;
    return { header: this.header, ...this.tally.counts(), ...(last !== undefined && { last }) };
  }

  async *chunks(): AsyncGenerator<string> {
    const { source = DEFAULT_SOURCE } = this.options;
    await this.countTotal();
    let chunk = this.beginning === undefined ? `${startedLine(this.header, source)}\n` : '';
    for await (const event of this.remaining()) {
      const fault = this.tally.add(event);
      if (fault !== undefined) throw new EventspanError('STORE_FAILED', { operation: 'the export', reason: fault });
      chunk += `${formatEventLine(event, source)}\n`;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      yield chunk;
      chunk = '';
      this.tell();
    }
    yield `${chunk}${finishedLine(this.header, source, this.tally.counts())}\n`;
    this.tell();
  }

  /** What upcasters make is numbered from the beginning, so that a continued export goes over it once more. */
  private async *remaining(): AsyncGenerator<StoredEvent> {
    const { store, upcast } = this.options;
    const call = callOptionsOf(this.options);
    if (upcast === undefined) {
      const { last } = this.tally;
      yield* selectEvents(store, last === undefined ? this.selection : { ...this.selection, after: last }, call);
      return;
    }
    let passed = this.tally.events;
    for await (const event of transformLog(selectEvents(store, this.selection, call), [upcastTransform(upcast, store)])) {
      if (passed > 0) passed--;
      else yield event;
    }
  }

  private async countTotal(): Promise<void> {
    const { prefix, streams, after } = this.selection;
    const isWhole = prefix === undefined && streams === undefined && after === undefined;
    if (this.options.onProgress === undefined || !isWhole) return;
    const extents = await this.options.store.describeShards(callOptionsOf(this.options));
    this.total = extents.reduce((sum, { events }) => sum + events, 0);
  }

  private tell(): void {
    this.options.onProgress?.({ events: this.tally.events, ...(this.total !== undefined && { total: this.total }) });
  }
}

function checkSource(source: string): void {
  if (/^.{1,128}$/s.test(source)) return;
  throw new EventspanError('OPTION_INVALID', { path: 'source', value: source, bound: 'text of 1 to 128 characters' });
}
