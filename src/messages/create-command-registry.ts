import { EventspanError } from '../errors/eventspan-error.js';
import type { CommandDescription } from './command-description.js';
import { describeCommandClass } from './command.decorator.js';
import type { CommandRegistry, SerializedCommand } from './command-registry.js';
import type { Constructor } from './constructor.js';
import { createPayloadCodec, type PayloadCodec } from './payload-codec.js';
import { DEFAULT_PAYLOAD_LIMITS } from './payload-limits.js';

/** Characters of an event's payload that are left for what stands around the command. */
const ENVELOPE_CHARACTERS = 1_024;
const LIMITS = { maxCharacters: DEFAULT_PAYLOAD_LIMITS.maxCharacters - ENVELOPE_CHARACTERS };

/**
 * The registry of the given command classes; a class may be listed more than once. A command that is only executed where it is made needs no
 * payload, so whether a class can be stored is checked when the first of it is sent. Throws `CLASS_EXPECTED`, `CLASS_NOT_DECORATED`,
 * `COMMAND_NAME_TAKEN`.
 */
export function createCommandRegistry(classes: readonly Constructor[]): CommandRegistry {
  return new ClassCommandRegistry([...new Set(classes)].map(describeCommandClass));
}

class ClassCommandRegistry implements CommandRegistry {
  private readonly byName = new Map<string, CommandDescription>();
  private readonly byPrototype = new Map<unknown, CommandDescription>();
  private readonly codecs = new Map<CommandDescription, PayloadCodec>();

  constructor(descriptions: readonly CommandDescription[]) {
    for (const description of descriptions) {
      const { name, type } = description;
      const other = this.byName.get(name);
      if (other !== undefined) throw new EventspanError('COMMAND_NAME_TAKEN', { name, first: other.type.name, second: type.name });
      this.byName.set(name, description);
      this.byPrototype.set(type.prototype, description);
    }
  }

  find(name: string): CommandDescription | undefined {
    return this.byName.get(name);
  }

  has(command: object): boolean {
    return this.descriptionOf(command) !== undefined;
  }

  serialize(command: object): SerializedCommand {
    const description = this.descriptionOf(command);
    if (description === undefined) throw new EventspanError('COMMAND_UNROUTED', { command: labelOf(command) });
    return { name: description.name, data: this.codecOf(description).serialize(command) };
  }

  deserialize({ name, data }: SerializedCommand): object {
    const description = this.byName.get(name);
    if (description === undefined) throw new EventspanError('COMMAND_UNKNOWN', { command: name });
    return this.codecOf(description).deserialize(data);
  }

  private descriptionOf(command: unknown): CommandDescription | undefined {
    return typeof command === 'object' && command !== null ? this.byPrototype.get(Object.getPrototypeOf(command)) : undefined;
  }

  private codecOf(description: CommandDescription): PayloadCodec {
    const known = this.codecs.get(description);
    if (known !== undefined) return known;
    const codec = createPayloadCodec(description.type, description.name, { limits: LIMITS });
    this.codecs.set(description, codec);
    return codec;
  }
}

function labelOf(command: unknown): string {
  if (typeof command !== 'object' || command === null) return String(command);
  const { constructor } = command as { readonly constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'an object without a class';
}
