import { EventspanError, isEventspanError } from '../../errors/eventspan-error.js';
import type { CallOptions } from '../../event-store/call-options.js';
import { EventReader } from '../../event-store/event-reader.js';
import type { ReadModels, RowChange } from '../../event-store/read-models.js';
import type { EventRegistry } from '../../messages/event-registry.js';
import type { ProjectorDefinition } from '../projector-definition.js';
import { ViewBuffer } from '../view-buffer.js';
import type { ViewTables } from '../view-tables.js';
import type { AfterCommit } from './after-commit.js';
import { inlineContext, type InlineEvent } from './inline-event.js';
import { messageOf } from '../../support/message-of.js';

/** An inline projector with the tables of its live generation. */
export interface InlineTarget {
  readonly projector: ProjectorDefinition;
  readonly tables: ViewTables;
}

/** What the handlers of one projector made of one append. */
export interface InlineOutcome {
  readonly projector: string;
  readonly changes: readonly RowChange[];
  readonly effects: readonly AfterCommit[];
}

/** Runs an inline projector over the events of one append, in order, with one view. */
export class InlineRun {
  private readonly reader: EventReader;

  constructor(
    private readonly readModels: ReadModels,
    private readonly events: EventRegistry,
  ) {
    this.reader = new EventReader(events);
  }

  /**
   * 1 Read a row that handlers ask for. Throws `INLINE_PROJECTION_FAILED` with what a handler threw as its cause, the other `INLINE_` errors,
   * and the store's errors of the Reads.
   */
  async over(target: InlineTarget, events: readonly InlineEvent[], options: CallOptions): Promise<InlineOutcome> {
    const { projector, tables } = target;
    const view = new ViewBuffer(projector.name, tables, { get: (table, keys) => this.readModels.get(table, keys, options) });
    const effects: AfterCommit[] = [];
    try {
      for (const event of events) {
        const context = inlineContext(projector.name, event, { view, afterCommit: (effect) => void effects.push(effect) });
        const thrown = await this.handle(projector, event, context);
        // A read that failed makes the whole of it void, whatever the handler made of that.
        if (view.fault !== undefined) throw asRead(view.fault.error);
        if (thrown !== undefined) throw failed(projector, event, thrown.error);
      }
      return { projector: projector.name, changes: view.rowChanges(), effects };
    } finally {
      view.close();
    }
  }

  private async handle(
    projector: ProjectorDefinition,
    { stored }: InlineEvent,
    context: ReturnType<typeof inlineContext>,
  ): Promise<{ readonly error: unknown } | undefined> {
    const becomes = this.events.becomes(stored.type);
    if (!projector.events.some((type) => becomes.has(type))) return undefined;
    try {
      for (const event of await this.reader.read(stored)) {
        if (projector.events.some((type) => Object.getPrototypeOf(event) === type.prototype)) await projector.handle(event, context);
      }
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}

function asRead(error: unknown): Error {
  return error instanceof Error ? error : new EventspanError('STORE_FAILED', { operation: 'the read of a row', reason: String(error) });
}

function failed({ name }: ProjectorDefinition, { stored }: InlineEvent, error: unknown): EventspanError {
  if (isEventspanError(error) && error.code.startsWith('INLINE_')) return error;
  const { type, streamId } = stored;
  const reason = messageOf(error);
  return new EventspanError('INLINE_PROJECTION_FAILED', { projector: name, type, streamId, reason }, { cause: error });
}
