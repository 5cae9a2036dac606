import { derivedId } from '../../support/derived-id.js';
import { DEFAULT_PAYLOAD_LIMITS } from '../payload-limits.js';
import { parseObject, unreadable, type PayloadOwner } from '../payload/payload-text.js';
import { frameworkEvent, type FrameworkEvent, type FrameworkEventNote } from './framework-event.js';

/** A command was sent: the first event of the command's stream. */
export const COMMAND_SENT = 'eventspan.command-sent';
/** It has taken effect: the second and last. */
export const COMMAND_EXECUTED = 'eventspan.command-executed';
/** It was refused, and never takes effect: the second and last. */
export const COMMAND_REFUSED = 'eventspan.command-refused';

/** The version of {@link CommandSent} that this program writes and reads. */
const SENT_VERSION = 1;

/** Payload of {@link COMMAND_SENT}. */
export interface CommandSent {
  /** The command's wire name. */
  readonly name: string;
  /** Of this payload, not of the command. */
  readonly schemaVersion: number;
  readonly commandId: string;
  /** The command's own payload, a JSON object. */
  readonly data: unknown;
}

/** Payload of {@link COMMAND_EXECUTED}. */
export interface CommandExecuted {
  readonly commandId: string;
  readonly name: string;
  /** How many it recorded. */
  readonly events: number;
}

/** Payload of {@link COMMAND_REFUSED}. */
export interface CommandRefused {
  readonly commandId: string;
  readonly name: string;
  /** Of the error, where it has one. */
  readonly code?: string;
  /** Of the error. */
  readonly message: string;
}

type Note = Omit<FrameworkEventNote, 'eventId'>;

/** The stream of one command: that it was sent, and what became of it. */
export function commandStreamOf(commandId: string): string {
  return `eventspan.command-${commandId}`;
}

/** The id of the same message sent once more for the same reason. */
export function derivedCommandId({ id, ordinal }: { readonly id: string; readonly ordinal: number }): string {
  return derivedId(`command/${id}/${ordinal}`);
}

/** `data` is the command's payload as its codec wrote it, and is stored as it is. */
export function commandSentEvent(
  sent: { readonly name: string; readonly commandId: string; readonly data: string },
  note: Note,
): FrameworkEvent {
  const { name, commandId, data } = sent;
  const head = JSON.stringify({ name, schemaVersion: SENT_VERSION, commandId });
  return frameworkEvent(COMMAND_SENT, `${head.slice(0, -1)},"data":${data}}`, { ...note, eventId: derivedId(`command-sent/${commandId}`) });
}

export function commandExecutedEvent(executed: CommandExecuted, note: Note): FrameworkEvent {
  return frameworkEvent(COMMAND_EXECUTED, JSON.stringify(executed), { ...note, eventId: outcomeId(executed) });
}

export function commandRefusedEvent(refused: CommandRefused, note: Note): FrameworkEvent {
  return frameworkEvent(COMMAND_REFUSED, JSON.stringify(refused), { ...note, eventId: outcomeId(refused) });
}

/**
 * What {@link commandSentEvent} wrote; of any later version the name and id alone can be trusted. Throws `PAYLOAD_UNREADABLE`,
 * `PAYLOAD_TOO_LARGE`.
 */
export function parseCommandSent(event: { readonly data: string }): CommandSent {
  return parse(COMMAND_SENT, event.data, { name: 'string', commandId: 'string', schemaVersion: 'number' }) as CommandSent;
}

/** Whether this program can read the payload of the command inside. Throws `PAYLOAD_UNREADABLE` where it cannot. */
export function checkSentVersion({ schemaVersion }: CommandSent): void {
  if (schemaVersion === SENT_VERSION) return;
  throw unreadable(ownerOf(COMMAND_SENT), {
    path: '.schemaVersion',
    reason: `it is ${schemaVersion}, and this program knows ${SENT_VERSION}`,
  });
}

/** Throws `PAYLOAD_UNREADABLE`. */
export function parseCommandExecuted(event: { readonly data: string }): CommandExecuted {
  return parse(COMMAND_EXECUTED, event.data, { commandId: 'string', name: 'string', events: 'number' }) as CommandExecuted;
}

/** Throws `PAYLOAD_UNREADABLE`. */
export function parseCommandRefused(event: { readonly data: string }): CommandRefused {
  return parse(COMMAND_REFUSED, event.data, { commandId: 'string', name: 'string', message: 'string' }) as CommandRefused;
}

/** One id for both outcomes, which exclude each other. */
function outcomeId({ commandId }: { readonly commandId: string }): string {
  return derivedId(`command-outcome/${commandId}`);
}

function parse(type: string, text: string, fields: Readonly<Record<string, 'string' | 'number'>>): object {
  const owner = ownerOf(type);
  const value = parseObject(text, owner) as Readonly<Record<string, unknown>>;
  for (const [name, kind] of Object.entries(fields)) {
    if (typeof value[name] !== kind) throw unreadable(owner, { path: `.${name}`, reason: `it is not a ${kind}` });
  }
  return value;
}

function ownerOf(type: string): PayloadOwner {
  return { label: type, part: 'payload', limits: DEFAULT_PAYLOAD_LIMITS };
}
