import { checkOneOf, checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { EventStore } from '../event-store/event-store.js';
import { PROCESSES } from '../event-store/messaging-tables.js';
import { comparePositions, type Position } from '../event-store/position.js';
import type { Row } from '../event-store/read-models.js';
import { commitTimeOf } from '../event-store/stored-event.js';
import { PARKED_STREAMS } from '../event-store/system-tables.js';
import { frameworkEvent } from '../messages/framework/framework-event.js';
import {
  parseProcessAdvanced,
  PROCESS_ADVANCED,
  type ProcessAdvanced,
  type ProcessRecord,
  type ProcessStatus,
} from '../messages/framework/process-advanced.js';
import { PROCESS_REQUESTED, type ProcessRequested, type ProcessRequestKind } from '../messages/framework/process-requested.js';
import { throwIfAborted } from '../support/abort.js';
import { systemClock, type Clock } from '../support/clock.js';
import { uuidV7, type IdGenerator } from '../support/uuid-v7.js';
import { isPossible } from './plan-request.js';
import { processConsumer, processStreamOf } from './process-stream.js';

export interface ProcessSelection {
  /** The name of a process manager. */
  readonly process?: string;
  readonly status?: ProcessStatus;
}

/** A process as lists show it. */
export interface ProcessSummary {
  readonly process: string;
  readonly processId: string;
  readonly status: ProcessStatus;
  /** Transitions that it has behind it. */
  readonly version: number;
  /** Why it is parked, else why it is, or was, compensated. */
  readonly reason?: string;
  readonly startedAt: Date;
  readonly changedAt: Date;
}

/** A message that a process has handled, and what came of it. */
export interface ProcessTransition extends Omit<ProcessAdvanced, 'process' | 'processId' | 'record'> {
  readonly version: number;
  readonly at: Date;
  readonly to: ProcessStatus;
}

/** All of one process. */
export interface ProcessDetails extends ProcessSummary {
  readonly record: ProcessRecord;
  /** The newest 1,000, oldest first. */
  readonly transitions: readonly ProcessTransition[];
}

/** What an operator says with a request. */
export interface ProcessRequestOptions {
  /** Why; kept in the log. Needed for `skip` and `compensate`, 1 to 1,000 characters. */
  readonly reason?: string;
  /** Who; kept in the log. */
  readonly actor?: string;
}

/** A request that is in the log, for {@link Processes.waitUntilSettled}. */
export interface ProcessTicket {
  readonly process: string;
  readonly processId: string;
  readonly requestId: string;
  readonly streamId: string;
  readonly shard: number;
  readonly position: Position;
}

/**
 * `done`: carried out. `out-of-place`: the process was in another status by the time. `failed`: a message that had waited could not be handled; the
 * request waits in `eventspan parked`.
 */
export type ProcessRequestOutcome = 'done' | 'out-of-place' | 'failed';

/** Shows processes, and says how parked ones are to go on. What is asked for goes through the log; safe to use concurrently. */
export interface Processes {
  /** By process manager and id. Memory is bounded; reads all rows of the process manager. */
  list(selection?: ProcessSelection): AsyncIterable<ProcessSummary>;
  /** Undefined when it has not begun. 2 Reads. */
  show(process: string, processId: string): Promise<ProcessDetails | undefined>;
  /** Sends what was refused once more, under a new command id. Throws `PROCESS_UNKNOWN`, `PROCESS_STATUS_WRONG` unless it is parked. */
  resume(process: string, processId: string, options?: ProcessRequestOptions): Promise<ProcessTicket>;
  /**
   * Goes on without what was refused; where a process that is compensating waits to hear whether a command has taken effect, it is taken for one
   * that has not. Throws as `resume`, and `OPTION_INVALID` without a reason.
   */
  skip(process: string, processId: string, options: ProcessRequestOptions): Promise<ProcessTicket>;
  /** Undoes what took effect. Throws as `skip`, unless it runs, or was parked while it ran. */
  compensate(process: string, processId: string, options: ProcessRequestOptions): Promise<ProcessTicket>;
  /** Resolves when a service has carried the request out. Throws `PROCESS_REQUEST_UNSETTLED` after `timeoutMs` (default 60,000), and the signal's reason. */
  waitUntilSettled(
    ticket: ProcessTicket,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<ProcessRequestOutcome>;
}

export interface ProcessesOptions {
  readonly store: EventStore;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: UUID version 7. */
  readonly ids?: IdGenerator;
}

const CALLER = 'processes';
const STATUSES: readonly ProcessStatus[] = ['running', 'completed', 'compensating', 'compensated', 'parked'];
const MAX_REASON = 1_000;
const MAX_SHOWN = 1_000;
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 1_000;
const POLL_FACTOR = 1.5;

/** Also for tools that do not run the process managers. */
export function createProcesses(options: ProcessesOptions): Processes {
  return new StoredProcesses(options);
}

class StoredProcesses implements Processes {
  private readonly store: EventStore;
  private readonly clock: Clock;
  private readonly ids: IdGenerator;

  constructor({ store, clock = systemClock, ids = uuidV7() }: ProcessesOptions) {
    this.store = store;
    this.clock = clock;
    this.ids = ids;
  }

  async *list({ process, status }: ProcessSelection = {}): AsyncGenerator<ProcessSummary> {
    if (status !== undefined) checkOneOf('status', status, STATUSES);
    const prefix = process === undefined ? undefined : { process };
    for await (const row of this.store.readModels.scan(PROCESSES, prefix, { caller: CALLER })) {
      if (status === undefined || row['status'] === status) yield summaryOf(row, recordOf(row));
    }
  }

  async show(process: string, processId: string): Promise<ProcessDetails | undefined> {
    const row = await this.rowOf(process, processId);
    if (row === undefined) return undefined;
    const transitions: ProcessTransition[] = [];
    const page = this.store.readStream(processStreamOf(process, processId), { direction: 'backwards', limit: MAX_SHOWN, caller: CALLER });
    for await (const event of page) {
      if (event.type !== PROCESS_ADVANCED) continue;
      const { process: _, processId: __, record, ...transition } = parseProcessAdvanced(event);
      transitions.unshift({ ...transition, version: event.version, at: new Date(commitTimeOf(event)), to: record.status });
    }
    const record = recordOf(row);
    return { ...summaryOf(row, record), record, transitions };
  }

  resume(process: string, processId: string, options: ProcessRequestOptions = {}): Promise<ProcessTicket> {
    return this.ask({ process, processId, kind: 'resume' }, options);
  }

  async skip(process: string, processId: string, options: ProcessRequestOptions): Promise<ProcessTicket> {
    return this.ask({ process, processId, kind: 'skip' }, { ...options, reason: checkReason('skip', options.reason) });
  }

  async compensate(process: string, processId: string, options: ProcessRequestOptions): Promise<ProcessTicket> {
    return this.ask({ process, processId, kind: 'compensate' }, { ...options, reason: checkReason('compensate', options.reason) });
  }

  async waitUntilSettled(
    ticket: ProcessTicket,
    { timeoutMs = 60_000, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<ProcessRequestOutcome> {
    checkWholeNumber('timeoutMs', timeoutMs, { min: 0, max: 86_400_000 });
    const deadline = this.clock.now() + timeoutMs;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * POLL_FACTOR)) {
      throwIfAborted(signal);
      if (await this.isPast(ticket)) return this.outcomeOf(ticket);
      const restMs = deadline - this.clock.now();
      const { process, processId } = ticket;
      if (restMs <= 0) throw new EventspanError('PROCESS_REQUEST_UNSETTLED', { process, processId, timeoutMs });
      await this.clock.sleep(Math.min(pollMs, restMs), signal);
    }
  }

  private async ask(request: Omit<ProcessRequested, 'reason'>, { reason, actor }: ProcessRequestOptions): Promise<ProcessTicket> {
    const { process, processId, kind } = request;
    const row = await this.rowOf(process, processId);
    if (row === undefined) throw new EventspanError('PROCESS_UNKNOWN', { process, processId });
    const { status } = recordOf(row);
    if (!isPossible(kind, recordOf(row))) {
      throw new EventspanError('PROCESS_STATUS_WRONG', { process, processId, status, needed: neededFor(kind), request: kind });
    }
    const requestId = this.ids();
    const metadata = { correlationId: requestId, processName: process, processId, ...(actor !== undefined && { actor }) };
    const data = JSON.stringify({ ...request, ...(reason !== undefined && { reason }) });
    const event = frameworkEvent(PROCESS_REQUESTED, data, { eventId: requestId, metadata, nowMs: this.clock.now() });
    const streamId = `eventspan.process-request-${requestId}`;
    const { streams } = await this.store.append({ writes: [{ streamId, expectedVersion: 'none', events: [event] }] }, { caller: CALLER });
    const [{ shard, lastPosition }] = streams as [(typeof streams)[number]];
    return { process, processId, requestId, streamId, shard, position: lastPosition };
  }

  private async isPast({ process, shard, position }: ProcessTicket): Promise<boolean> {
    const { cursors } = await this.store.cursors.read(processConsumer(process), { caller: CALLER });
    const cursor = cursors.find((each) => each.shard === shard);
    return cursor?.position !== undefined && comparePositions(cursor.position, position) >= 0;
  }

  private async outcomeOf({ process, processId, requestId, streamId, shard }: ProcessTicket): Promise<ProcessRequestOutcome> {
    const key = { consumer: processConsumer(process), shard, stream_id: streamId };
    const [parked] = await this.store.readModels.get(PARKED_STREAMS, [key], { caller: CALLER });
    if (parked !== undefined) return 'failed';
    const last = this.store.readStream(processStreamOf(process, processId), { direction: 'backwards', limit: MAX_SHOWN, caller: CALLER });
    for await (const event of last) {
      if (event.type === PROCESS_ADVANCED && parseProcessAdvanced(event).message.eventId === requestId) return 'done';
    }
    return 'out-of-place';
  }

  private async rowOf(process: string, processId: string): Promise<Row | undefined> {
    const [row] = await this.store.readModels.get(PROCESSES, [{ process, process_id: processId }], { caller: CALLER });
    return row;
  }
}

function recordOf(row: Row): ProcessRecord {
  return parseProcessAdvanced({ data: String(row['data']) }).record;
}

function summaryOf(row: Row, { status, parked, reason: why }: ProcessRecord): ProcessSummary {
  const reason = parked?.reason ?? why;
  return {
    process: String(row['process']),
    processId: String(row['process_id']),
    status,
    version: Number(row['version']),
    ...(reason !== undefined && { reason }),
    startedAt: row['started_at'] as Date,
    changedAt: row['changed_at'] as Date,
  };
}

function checkReason(request: string, reason: string | undefined): string {
  if (typeof reason === 'string' && reason.trim() !== '' && reason.length <= MAX_REASON) return reason;
  throw new EventspanError('OPTION_INVALID', { path: `${request}.reason`, value: reason, bound: `text of 1 to ${MAX_REASON} characters` });
}

function neededFor(kind: ProcessRequestKind): string {
  if (kind === 'compensate') return 'running, or parked while it ran';
  return kind === 'skip' ? 'parked, or held up by a command while it is compensated' : 'parked';
}
