/**
 * - `command`: one that was executed, or is to be. Only those that went through the log (of process managers, timers, consumers) are known by name.
 * - `event`: a domain event. `process`: a step of a process manager. `task`: work that was enqueued. `timer`: a timer that fired or is to.
 */
export type TraceKind = 'command' | 'event' | 'process' | 'task' | 'timer';

/** How far a consumer is with an event. */
export interface TraceDelivery {
  /** As the cursors name it: `relay`, `projector:loan-book:v1`, `consumer.mail`. */
  readonly consumer: string;
  /**
   * `passed`: its cursor is at the event or beyond. `waiting`: not yet. `parked`: the event could not be handled, and its stream waits.
   * `behind-parked`: an earlier event of its stream is parked. `discarded`: an operator gave it up.
   */
  readonly state: 'passed' | 'waiting' | 'parked' | 'behind-parked' | 'discarded';
  /** Of `parked` and `discarded`. */
  readonly reason?: string;
  readonly code?: string;
  readonly message?: string;
  /** RFC 3339: since when. */
  readonly at?: string;
}

/** What became of a command that went through the log. */
export interface TraceOutcome {
  readonly kind: 'executed' | 'refused';
  /** RFC 3339, nine digits. */
  readonly at: string;
  readonly afterMs: number;
  /** Of `executed`: how many events it recorded. */
  readonly events?: number;
  /** Of `refused`. */
  readonly code?: string;
  readonly message?: string;
}

/** Where an entry is in the log. */
export interface TracePlace {
  readonly eventId: string;
  readonly type: string;
  readonly streamId: string;
  readonly version: number;
  readonly shard: number;
}

/** A task that is not done. */
export interface TraceTask {
  readonly queue: string;
  readonly state: 'waiting' | 'dead';
  readonly attempts: number;
  readonly code?: string;
  readonly message?: string;
}

/** One entry of a trace. */
export interface TraceEntry {
  readonly kind: TraceKind;
  /** Of a command and of a timer that has not fired its own id, of everything else the event's. */
  readonly id: string;
  /** The wire name; of a process step the process's. Absent for a command that did not go through the log. */
  readonly name?: string;
  /** How deep it lies in the tree, from 0. */
  readonly depth: number;
  /** Index of the entry that led to it; absent at a root. */
  readonly parent?: number;
  /** At a root: the id of its cause, which is not among the entries. */
  readonly cause?: string;
  /**
   * When the store committed it (RFC 3339, nine digits): of a command when it was sent, else when its first event was committed; of a timer that
   * has not fired when it was set.
   */
  readonly at: string;
  /** Milliseconds since the first entry. */
  readonly afterMs: number;
  readonly actor?: string;
  readonly source?: string;
  /** `name/id` of the process manager that sent it. */
  readonly sentBy?: string;
  /** Absent for a command that did not go through the log, and for a timer that has not fired. */
  readonly place?: TracePlace;
  /** Of a process step: what the process is after it, such as `running` or `compensating`. */
  readonly status?: string;
  /** Of a command that went through the log and is done. */
  readonly outcome?: TraceOutcome;
  /** RFC 3339. Of a timer that has not fired: when it is due. */
  readonly dueAt?: string;
  /** Of a task that is not done: its row. */
  readonly task?: TraceTask;
  /** Sorted by consumer; of everything that is in the log. */
  readonly deliveries: readonly TraceDelivery[];
}

/** A message of a topic that a consumer could not handle. */
export interface TraceDeadLetter {
  readonly consumer: string;
  readonly messageId: string;
  readonly type?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly message?: string;
  /** RFC 3339: when it failed last. */
  readonly at?: string;
}

/** What followed from one request, as far as the store knows. */
export interface Trace {
  readonly correlationId: string;
  /** In the order of the tree: an entry, then what it led to. Siblings are in log order. */
  readonly entries: readonly TraceEntry[];
  /** Messages of the correlation, from topics, that consumers could not handle; by consumer. */
  readonly deadLetters: readonly TraceDeadLetter[];
  /** Events of the correlation that were found. */
  readonly events: number;
  /** Events of the log that were read. */
  readonly read: number;
  /** There are more than `maxEvents`; the later ones are missing. */
  readonly isCut: boolean;
}
