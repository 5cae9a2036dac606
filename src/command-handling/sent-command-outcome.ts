import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { EventStore } from '../event-store/event-store.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import {
  COMMAND_EXECUTED,
  COMMAND_REFUSED,
  COMMAND_SENT,
  commandStreamOf,
  parseCommandExecuted,
  parseCommandRefused,
  parseCommandSent,
} from '../messages/framework/command-events.js';

/**
 * What became of a command that was sent. `unknown`: none with this id was. `pending`: it waits to be executed, or its stream is parked.
 * `executed`: it took effect, once. `refused`: its handler refused it, and it never takes effect.
 */
export type SentCommandOutcome =
  | { readonly state: 'unknown'; readonly commandId: string }
  | { readonly state: 'pending'; readonly commandId: string; readonly name: string; readonly sentAt: Date }
  | {
      readonly state: 'executed';
      readonly commandId: string;
      readonly name: string;
      /** How many it recorded. */
      readonly events: number;
      readonly at: Date;
    }
  | {
      readonly state: 'refused';
      readonly commandId: string;
      readonly name: string;
      /** Of the error with which its handler refused it, where that has one. */
      readonly code?: string;
      readonly message: string;
      readonly at: Date;
    };

/** Reads the stream of a command. 1 Read. Throws `PAYLOAD_UNREADABLE`, the store's errors. */
export async function readSentCommandOutcome(store: EventStore, commandId: string, options: CallOptions = {}): Promise<SentCommandOutcome> {
  let last: StoredEvent | undefined;
  for await (const event of store.readStream(commandStreamOf(commandId), { ...options, limit: 2 })) last = event;
  return last === undefined ? { state: 'unknown', commandId } : outcomeOf(last, commandId);
}

function outcomeOf(event: StoredEvent, commandId: string): SentCommandOutcome {
  const at = new Date(commitTimeOf(event));
  switch (event.type) {
    case COMMAND_SENT:
      return { state: 'pending', commandId, name: parseCommandSent(event).name, sentAt: at };
    case COMMAND_EXECUTED:
      return { ...parseCommandExecuted(event), commandId, state: 'executed', at };
    case COMMAND_REFUSED:
      return { ...parseCommandRefused(event), commandId, state: 'refused', at };
    default:
      throw new EventspanError('EVENT_TYPE_UNKNOWN', { type: event.type });
  }
}
