import { EventspanError } from '../errors/eventspan-error.js';

const MAX_COMMAND_ID = 200;

/** The key of the append by which a command takes effect, or is refused for good: whichever is first. Throws `OPTION_INVALID`. */
export function commandKey(commandId: string): string {
  if (typeof commandId === 'string' && commandId.length > 0 && commandId.length <= MAX_COMMAND_ID) return `command:${commandId}`;
  throw new EventspanError('OPTION_INVALID', { path: 'commandId', value: commandId, bound: `text of 1 to ${MAX_COMMAND_ID} characters` });
}
