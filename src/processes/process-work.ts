import type { StreamWrite } from '../event-store/append.js';
import type { RowChange } from '../event-store/read-models.js';
import { commitTimeOf, type EventToAppend, type StoredEvent } from '../event-store/stored-event.js';
import { commandSentEvent, commandStreamOf } from '../messages/framework/command-events.js';
import { frameworkEvent } from '../messages/framework/framework-event.js';
import { PROCESS_ADVANCED, type ProcessAdvanced, type ProcessRecord } from '../messages/framework/process-advanced.js';
import type { Effects, Origin, Outgoing } from '../messaging/outgoing.js';
import type { Clock } from '../support/clock.js';
import { derivedId } from '../support/derived-id.js';
import { processRow, type StoredProcess } from './process-rows.js';
import { processStreamOf } from './process-stream.js';
import type { SentCommand, Transition } from './transition.js';

/** What leads to a transition. */
export interface Cause {
  readonly event: StoredEvent;
  readonly origin: Omit<Origin, 'ordinal'>;
  readonly request?: ProcessAdvanced['request'];
}

/** With what transitions become texts. */
export interface WritingParts {
  readonly process: string;
  readonly outgoing: Pick<Outgoing, 'cancelTimer'>;
  /** `metadata.source` of what is written. */
  readonly source: string;
  readonly clock: Clock;
}

/**
 * One process while the messages of a batch are handled: what it is after those handled so far, and what has to be committed for them. Nothing
 * is written here.
 */
export class ProcessWork {
  record: ProcessRecord | undefined;
  private readonly base: number;
  private readonly events: EventToAppend[] = [];
  private readonly sent: StreamWrite[] = [];
  private readonly changes: RowChange[] = [];
  private lastData = '';

  constructor(
    readonly processId: string,
    stored: StoredProcess | undefined,
    private readonly parts: WritingParts,
  ) {
    this.record = stored?.record;
    this.base = stored?.version ?? 0;
  }

  get streamId(): string {
    return processStreamOf(this.parts.process, this.processId);
  }

  /** Transitions behind it. */
  get version(): number {
    return this.base + this.events.length;
  }

  get hasChanged(): boolean {
    return this.events.length > 0;
  }

  /** Takes a transition, with the effects that its handler has made already; commands that are not in them are written here. */
  advance(transition: Transition, cause: Cause, made: Effects): void {
    const metadata = this.metadataOf(cause);
    const { process, clock, outgoing } = this.parts;
    const data = JSON.stringify(this.payloadOf(transition, cause));
    const eventId = derivedId(`process/${process}/${this.processId}/${this.version + 1}/${cause.event.eventId}`);
    this.events.push(frameworkEvent(PROCESS_ADVANCED, data, { eventId, metadata, nowMs: clock.now() }));
    const written = new Set(made.writes.map(({ streamId }) => streamId));
    const others = transition.sent.filter(({ commandId }) => !written.has(commandStreamOf(commandId)));
    this.sent.push(...made.writes, ...others.map((command) => this.commandWrite(command, metadata)));
    this.changes.push(...made.changes);
    for (const { timerId, dueAt } of transition.cancelled) {
      const { writes, changes } = outgoing.cancelTimer({ timerId, dueAt: new Date(dueAt) });
      this.sent.push(...writes);
      this.changes.push(...changes);
    }
    this.record = transition.record;
    this.lastData = data;
  }

  /** What has to be committed, together with that of other processes. */
  effects(): Effects {
    if (!this.hasChanged) return { writes: [], changes: [] };
    const { process, clock } = this.parts;
    const { processId, version, record, lastData } = this;
    const expectedVersion = this.base === 0 ? ('none' as const) : this.base;
    const row = processRow(process, { processId, version, record: record as ProcessRecord }, { data: lastData, at: new Date(clock.now()) });
    return { writes: [{ streamId: this.streamId, expectedVersion, events: this.events }, ...this.sent], changes: [row, ...this.changes] };
  }

  /** When a message is the first of a process, this is its beginning. */
  static startedAt(event: StoredEvent): string {
    return commitTimeOf(event);
  }

  private payloadOf({ from, record, sent, scheduled, cancelled, isDeferred }: Transition, { event, request }: Cause): ProcessAdvanced {
    const { eventId, type, streamId, version } = event;
    return {
      process: this.parts.process,
      processId: this.processId,
      message: { eventId, type, streamId, version },
      ...(from !== undefined && { from }),
      ...(isDeferred && { isDeferred }),
      ...(request !== undefined && { request }),
      sent: sent.map(({ commandId, command: { name }, compensates }) => ({
        commandId,
        name,
        ...(compensates !== undefined && { compensates }),
      })),
      scheduled,
      cancelled: cancelled.map(({ name }) => name),
      record,
    };
  }

  private commandWrite({ commandId, command: { name, data } }: SentCommand, metadata: Metadata): StreamWrite {
    const event = commandSentEvent({ name, commandId, data: JSON.stringify(data) }, { metadata, nowMs: this.parts.clock.now() });
    return { streamId: commandStreamOf(commandId), expectedVersion: 'none', events: [event] };
  }

  private metadataOf({ origin }: Cause): Metadata {
    const { source, process } = this.parts;
    return { ...origin.metadata, source, processName: process, processId: this.processId };
  }
}

type Metadata = Origin['metadata'];
