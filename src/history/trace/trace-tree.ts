import { commitTimeOf } from '../../event-store/stored-event.js';
import type { TraceEntry, TraceKind, TraceOutcome, TracePlace } from './trace.js';
import { textOf, type TraceEvent } from './trace-event.js';
import type { PendingTimer } from './trace-rows.js';

const SENT = 'eventspan.command-sent';
const EXECUTED = 'eventspan.command-executed';
const REFUSED = 'eventspan.command-refused';
const ADVANCED = 'eventspan.process-advanced';
const ENQUEUED = 'eventspan.task-enqueued';
const TIMER_STREAM = 'eventspan.timer-';

/** An entry before the tree is known. */
interface Draft {
  readonly kind: TraceKind;
  readonly id: string;
  /** The first of the command's own events, or the event itself. */
  readonly first: TraceEvent;
  sent?: TraceEvent;
  end?: TraceEvent;
  parent?: Draft;
  /** Claimed cause, of a root. */
  cause?: string;
  /** Of a timer that has not fired. */
  readonly dueAt?: string;
}

/** An entry without what the store's cursors say, and the event that it is in the log. */
export interface TreeEntry {
  readonly entry: Omit<TraceEntry, 'deliveries'>;
  readonly event?: TraceEvent;
}

/**
 * The causation tree of events of one correlation, given in log order: by `commandId`, `causationId` and event id of their metadata, of whatever
 * types. A command stands where it was sent from; what a process manager sends stands under its step; timers that have not fired stand where they
 * were set, behind what has happened. Ids that lead in a circle end at a root. Pure.
 */
export function buildTraceTree(events: readonly TraceEvent[], timers: readonly PendingTimer[] = []): readonly TreeEntry[] {
  return new TraceTree(events, timers).entries();
}

class TraceTree {
  private readonly drafts: Draft[] = [];
  private readonly byEvent = new Map<string, Draft>();
  private readonly byCommand = new Map<string, Draft>();
  /** Steps of process managers by stream and handled message. */
  private readonly steps = new Map<string, Draft>();
  /** The same by the commands that they say they sent. */
  private readonly senders = new Map<string, Draft>();
  private readonly startMs: number;

  constructor(events: readonly TraceEvent[], timers: readonly PendingTimer[]) {
    const first = events[0] ?? timers[0]?.setBy;
    this.startMs = first === undefined ? 0 : msOf(first);
    for (const event of events) this.take(event);
    for (const { timerId: id, dueAt, setBy } of timers) this.drafts.push({ kind: 'timer', id, dueAt, first: setBy });
    for (const draft of this.drafts) this.link(draft);
  }

  /** Depth first, without recursion: a correlation may be one long chain. */
  entries(): readonly TreeEntry[] {
    const children = new Map<Draft | undefined, Draft[]>();
    for (const draft of this.drafts) {
      const siblings = children.get(draft.parent);
      if (siblings === undefined) children.set(draft.parent, [draft]);
      else siblings.push(draft);
    }
    const found: TreeEntry[] = [];
    const open = (children.get(undefined) ?? []).toReversed().map((draft) => ({ draft, depth: 0, parent: -1 }));
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { draft, depth, parent } = next;
      const index = found.push(this.entryOf(draft, { depth, parent })) - 1;
      for (const child of (children.get(draft) ?? []).toReversed()) open.push({ draft: child, depth: depth + 1, parent: index });
    }
    return found;
  }

  private take(event: TraceEvent): void {
    const commandId = textOf(event.type === SENT ? event.payload : {}, 'commandId') ?? textOf(event.metadata, 'commandId');
    const isOutcome = event.type === EXECUTED || event.type === REFUSED;
    if (isOutcome || event.type === SENT) {
      const id = textOf(event.payload, 'commandId') ?? commandId;
      if (id !== undefined) return this.takeOfCommand(event, id);
    }
    if (commandId !== undefined) this.commandOf(commandId, event);
    const draft = { kind: kindOf(event), id: event.eventId, first: event };
    this.drafts.push(draft);
    this.byEvent.set(event.eventId, draft);
    if (event.type === ADVANCED) this.takeStep(event, draft);
  }

  /** By what it handled, and by what it sent. */
  private takeStep({ streamId, metadata, payload }: TraceEvent, step: Draft): void {
    const { message, sent } = payload;
    const handled = isRecord(message) ? textOf(message, 'eventId') : undefined;
    for (const id of new Set([textOf(metadata, 'causationId'), handled])) this.steps.set(stepKey(streamId, id), step);
    for (const command of Array.isArray(sent) ? (sent as unknown[]) : []) {
      const commandId = isRecord(command) ? textOf(command, 'commandId') : undefined;
      if (commandId !== undefined) this.senders.set(commandId, step);
    }
  }

  /** What says that a command was sent or is done is no entry of its own; what it led to was led to by the command. */
  private takeOfCommand(event: TraceEvent, commandId: string): void {
    const command = this.commandOf(commandId, event);
    if (event.type === SENT) command.sent ??= event;
    else command.end ??= event;
    this.byEvent.set(event.eventId, command);
  }

  private commandOf(commandId: string, event: TraceEvent): Draft {
    const known = this.byCommand.get(commandId);
    if (known !== undefined) return known;
    const draft: Draft = { kind: 'command', id: commandId, first: event };
    this.drafts.push(draft);
    this.byCommand.set(commandId, draft);
    return draft;
  }

  private link(draft: Draft): void {
    const { metadata } = draft.sent ?? draft.first;
    const own = draft.kind === 'command' ? undefined : textOf(metadata, 'commandId');
    const causationId = textOf(metadata, 'causationId');
    const cause = (own === undefined ? undefined : this.byCommand.get(own)) ?? this.stepOf(draft) ?? this.find(causationId);
    if (cause !== undefined && !isUnder(cause, draft)) draft.parent = cause;
    else if (cause !== draft && causationId !== undefined) draft.cause = causationId;
  }

  /** The step of the process manager that sent it. */
  private stepOf(draft: Draft): Draft | undefined {
    if (draft.kind === 'process') return undefined;
    const sender = draft.kind === 'command' ? this.senders.get(draft.id) : undefined;
    if (sender !== undefined) return sender;
    const { metadata } = draft.sent ?? draft.first;
    const [name, id] = [textOf(metadata, 'processName'), textOf(metadata, 'processId')];
    if (name === undefined || id === undefined || (draft.kind === 'command' && draft.sent === undefined)) return undefined;
    return this.steps.get(stepKey(`${name}-${id}`, textOf(metadata, 'causationId')));
  }

  private find(id: string | undefined): Draft | undefined {
    return id === undefined ? undefined : (this.byEvent.get(id) ?? this.byCommand.get(id));
  }

  private entryOf(draft: Draft, { depth, parent }: { readonly depth: number; readonly parent: number }): TreeEntry {
    const { kind, id, first, cause, sent, dueAt } = draft;
    const event = kind === 'command' ? sent : dueAt === undefined ? first : undefined;
    const { metadata } = event ?? first;
    const optional = {
      parent: parent < 0 ? undefined : parent,
      name: nameOf(draft),
      cause,
      actor: textOf(metadata, 'actor'),
      source: textOf(metadata, 'source'),
      sentBy: senderOf(draft),
      status: kind === 'process' ? textOf(first.payload, 'status') : undefined,
      place: event && placeOf(event),
      outcome: this.outcomeOf(draft),
      dueAt,
    };
    const known = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
    const entry = { kind, id, depth, at: commitTimeOf(event ?? first), afterMs: msOf(event ?? first) - this.startMs, ...known };
    return { entry, ...(event !== undefined && { event }) };
  }

  private outcomeOf({ end }: Draft): TraceOutcome | undefined {
    if (end === undefined) return undefined;
    const { payload } = end;
    const [code, message, events] = [textOf(payload, 'code'), textOf(payload, 'message'), payload['events']];
    return {
      kind: end.type === EXECUTED ? 'executed' : 'refused',
      at: commitTimeOf(end),
      afterMs: msOf(end) - this.startMs,
      ...(typeof events === 'number' && { events }),
      ...(code !== undefined && { code }),
      ...(message !== undefined && { message }),
    };
  }
}

function kindOf({ type, streamId }: TraceEvent): TraceKind {
  if (type === ADVANCED) return 'process';
  if (type === ENQUEUED) return 'task';
  return streamId.startsWith(TIMER_STREAM) ? 'timer' : 'event';
}

function nameOf({ kind, first, sent, end }: Draft): string | undefined {
  if (kind === 'command') return textOf((sent ?? end)?.payload ?? {}, 'name');
  if (kind === 'task') return textOf(first.payload, 'name') ?? first.type;
  if (kind !== 'process') return first.type;
  return textOf(first.payload, 'process') ?? textOf(first.metadata, 'processName') ?? first.streamId;
}

/** Domain events are given the process of their command, which says it already. */
function senderOf({ kind, first, sent }: Draft): string | undefined {
  const metadata = kind === 'command' ? sent?.metadata : kind === 'task' || kind === 'timer' ? first.metadata : undefined;
  const [name, id] = [textOf(metadata ?? {}, 'processName'), textOf(metadata ?? {}, 'processId')];
  return name === undefined || id === undefined ? undefined : `${name}/${id}`;
}

function placeOf({ eventId, type, streamId, version, shard }: TraceEvent): TracePlace {
  return { eventId, type, streamId, version, shard };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function stepKey(streamId: string, handled: string | undefined): string {
  return JSON.stringify([streamId, handled]);
}

/** Whether `draft` is `ancestor` or lies under it, as far as is linked. */
function isUnder(draft: Draft, ancestor: Draft): boolean {
  for (let at: Draft | undefined = draft; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}

function msOf(event: TraceEvent): number {
  return Date.parse(commitTimeOf(event));
}
