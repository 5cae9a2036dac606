import type { StreamWrite } from '../event-store/append.js';
import type { CommonMetadata } from '../event-store/repository-recording.js';
import type { CommandRegistry } from '../messages/command-registry.js';
import { commandSentEvent, commandStreamOf, derivedCommandId } from '../messages/framework/command-events.js';
import type { Origin, OutgoingCommand } from '../messaging/outgoing.js';
import type { Clock } from '../support/clock.js';

export interface OutgoingCommandsOptions {
  /** Those that handlers of this application take, and those that another service on the log executes. */
  readonly commands: CommandRegistry;
  /** `metadata.source` of what is sent. */
  readonly source: string;
  readonly clock: Clock;
}

/** Turns commands into what has to be committed to send them: the first event of a stream of the command's own. */
export class OutgoingCommands {
  constructor(private readonly options: OutgoingCommandsOptions) {}

  /** The same command id for the same origin. Throws `COMMAND_UNROUTED`, and as the payload's codec. */
  command(command: object, { id, ordinal, metadata, process }: Origin): OutgoingCommand {
    const commandId = derivedCommandId({ id, ordinal });
    const sender = process === undefined ? {} : { processName: process.name, processId: process.id };
    const write = this.write(command, commandId, { ...metadata, ...sender });
    return { commandId, writes: [write], changes: [] };
  }

  /** A write that is a success with `repeated: true` where the command of this id was sent before. Throws as {@link command}. */
  write(command: object, commandId: string, metadata: CommonMetadata): StreamWrite {
    const { commands, source, clock } = this.options;
    const event = commandSentEvent(
      { ...commands.serialize(command), commandId },
      { metadata: { ...metadata, source }, nowMs: clock.now() },
    );
    return { streamId: commandStreamOf(commandId), expectedVersion: 'none', events: [event] };
  }
}
