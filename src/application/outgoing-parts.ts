import type { OutgoingCommands } from '../command-handling/outgoing-commands.js';
import type { Outgoing } from '../messaging/outgoing.js';
import type { OutgoingTasks } from '../queues/outgoing-tasks.js';
import type { OutgoingTimers } from '../timers/outgoing-timers.js';

/** How handlers of this application send. */
export function createOutgoing(commands: OutgoingCommands, timers: OutgoingTimers, tasks: OutgoingTasks): Outgoing {
  return {
    command: (command, origin) => commands.command(command, origin),
    timer: (message, due, origin) => timers.timer(message, due, origin),
    cancelTimer: (timer) => timers.cancelTimer(timer),
    task: (task, options, origin) => tasks.task(task, options, origin),
  };
}
