import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from './constructor.js';
import { createPayloadCodec, type PayloadCodec } from './payload-codec.js';
import { DEFAULT_PAYLOAD_LIMITS } from './payload-limits.js';
import type { TaskDescription } from './task-description.js';
import { describeTaskClass } from './task.decorator.js';

/** A task as it is stored. */
export interface SerializedTask {
  readonly name: string;
  readonly queue: string;
  readonly schemaVersion: number;
  /** JSON text. */
  readonly data: string;
}

interface Entry {
  readonly description: TaskDescription;
  readonly codec: PayloadCodec;
}

/** Characters of an event's payload that are left for what stands around the task. */
const ENVELOPE_CHARACTERS = 1_024;
const LIMITS = { maxCharacters: DEFAULT_PAYLOAD_LIMITS.maxCharacters - ENVELOPE_CHARACTERS };

/** The tasks that an application knows. A Map by wire name: no name that comes from outside is ever looked up on an object. */
export class TaskRegistry {
  private readonly byName = new Map<string, Entry>();
  private readonly byPrototype = new Map<unknown, Entry>();

  /** A class may be listed more than once. Throws `CLASS_EXPECTED`, `CLASS_NOT_DECORATED`, `TASK_NAME_TAKEN`, `CLASS_NOT_STORABLE`. */
  constructor(classes: readonly Constructor[]) {
    for (const description of [...new Set(classes)].map(describeTaskClass)) {
      const { name, type } = description;
      const other = this.byName.get(name)?.description.type.name;
      if (other !== undefined) throw new EventspanError('TASK_NAME_TAKEN', { name, first: other, second: type.name });
      const entry = { description, codec: createPayloadCodec(type, name, { limits: LIMITS }) };
      this.byName.set(name, entry);
      this.byPrototype.set(type.prototype, entry);
    }
  }

  /** Throws `TASK_UNKNOWN` for a class that is not in it, `PAYLOAD_NOT_EXACT`, `PAYLOAD_TOO_LARGE`. */
  serialize(task: object): SerializedTask {
    const entry = this.byPrototype.get(Object.getPrototypeOf(task));
    if (entry === undefined) throw new EventspanError('TASK_UNKNOWN', { task: task.constructor.name });
    const { name, queue, version: schemaVersion } = entry.description;
    return { name, queue, schemaVersion, data: entry.codec.serialize(task) };
  }

  /** Throws `TASK_UNKNOWN`, `TASK_UNREADABLE` for another version, `PAYLOAD_UNREADABLE`, `PAYLOAD_TOO_LARGE`. */
  deserialize({ name, schemaVersion, data }: Omit<SerializedTask, 'queue'>): object {
    const entry = this.byName.get(name);
    if (entry === undefined) throw new EventspanError('TASK_UNKNOWN', { task: name });
    const { version } = entry.description;
    if (version !== schemaVersion) throw new EventspanError('TASK_UNREADABLE', { task: name, version: schemaVersion, known: version });
    return entry.codec.deserialize(data);
  }
}
