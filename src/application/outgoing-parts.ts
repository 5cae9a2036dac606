import type { OutgoingCommands } from '../command-handling/outgoing-commands.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { Outgoing } from '../messaging/outgoing.js';

/** How handlers of this application send. What it is not set up for is refused with `OUTGOING_UNCONFIGURED`. */
export function createOutgoing(commands: OutgoingCommands): Outgoing {
  return {
    command: (command, origin) => commands.command(command, origin),
    timer: () => unconfigured('timers'),
    cancelTimer: () => unconfigured('timers'),
    task: () => unconfigured('work queues'),
  };
}

function unconfigured(what: string): never {
  throw new EventspanError('OUTGOING_UNCONFIGURED', { what });
}
