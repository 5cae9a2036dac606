import { describeCommandClass } from '../../messages/command.decorator.js';
import type { Constructor } from '../../messages/constructor.js';
import { createPayloadCodec } from '../../messages/payload-codec.js';
import type { CommandText } from '../../messages/framework/process-advanced.js';

/** Commands of a spec to text and back, by the classes that come along. */
export class SpecCommands {
  private readonly classes = new Map<string, Constructor>();

  /** Throws `CLASS_NOT_DECORATED`, `PAYLOAD_NOT_EXACT`. */
  text(command: object): { readonly name: string; readonly data: string } {
    const type = command.constructor as Constructor;
    const { name } = describeCommandClass(type);
    this.classes.set(name, type);
    return { name, data: createPayloadCodec(type, name).serialize(command) };
  }

  /** As it is after being sent; an object of its name and data where no command of its class was seen. */
  command({ name, data }: CommandText): object {
    const type = this.classes.get(name);
    return type === undefined ? { name, data } : createPayloadCodec(type, name).deserialize(JSON.stringify(data));
  }

  /** As it is after being sent. */
  stored(command: object): object {
    const { name, data } = this.text(command);
    return this.command({ name, data: JSON.parse(data) as unknown });
  }
}
