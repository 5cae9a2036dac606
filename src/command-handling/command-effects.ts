import type { StreamWrite } from '../event-store/append.js';
import type { RowChange } from '../event-store/read-models.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { Effects, EnqueueOptions, Origin, Outgoing, TimerDue, TimerReference } from '../messaging/outgoing.js';
import type { CommandExecution } from './command-execution.js';

/** What a plain handler sends in the commit of its command. */
export type CommandOutgoing = Pick<Outgoing, 'task' | 'timer'>;

/** Collects what one run of a plain handler sends; ids are made of the command's, so that a handler that runs again sends the same. */
export class CommandEffects {
  readonly writes: StreamWrite[] = [];
  readonly changes: RowChange[] = [];
  private sent = 0;

  constructor(
    private readonly execution: CommandExecution,
    private readonly outgoing: CommandOutgoing | undefined,
  ) {}

  enqueue(task: object, options: EnqueueOptions = {}): string {
    return this.take(this.configured().task(task, options, this.origin())).taskId;
  }

  schedule(message: object, due: TimerDue): TimerReference {
    const { timerId, dueAt } = this.take(this.configured().timer(message, due, this.origin()));
    return { timerId, dueAt };
  }

  private configured(): CommandOutgoing {
    if (this.outgoing === undefined) throw new EventspanError('OUTGOING_UNCONFIGURED', { what: 'tasks and timers' });
    return this.outgoing;
  }

  private origin(): Origin {
    const { commandId, metadata } = this.execution;
    return { id: `command/${commandId}`, ordinal: this.sent++, metadata: { ...metadata, causationId: commandId } };
  }

  private take<E extends Effects>(effects: E): E {
    this.writes.push(...effects.writes);
    this.changes.push(...effects.changes);
    return effects;
  }
}
