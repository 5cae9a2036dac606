import type { CommandDescription } from './command-description.js';

/** A command as it is sent. */
export interface SerializedCommand {
  /** The wire name. */
  readonly name: string;
  /** JSON text. */
  readonly data: string;
}

/** Commands that can be sent and received. A Map by wire name: no name that comes from outside is ever looked up on an object. */
export interface CommandRegistry {
  /** By wire name. */
  find(name: string): CommandDescription | undefined;
  /** By class; the class itself, not a base class. */
  has(command: object): boolean;
  /** Throws `COMMAND_UNROUTED` for a class that is not in it, `PAYLOAD_NOT_EXACT`, `PAYLOAD_TOO_LARGE`, `CLASS_NOT_STORABLE`. */
  serialize(command: object): SerializedCommand;
  /** Throws `COMMAND_UNKNOWN`, `PAYLOAD_UNREADABLE` with the JSON path, `PAYLOAD_TOO_LARGE`, `CLASS_NOT_STORABLE`. */
  deserialize(command: SerializedCommand): object;
}
