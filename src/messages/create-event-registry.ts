import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from './constructor.js';
import { describeEventClass } from './event.decorator.js';
import type { EventDescription, EventRegistry, SerializedEvent } from './event-registry.js';
import { createPayloadCodec, type PayloadCodec, type PayloadCodecOptions } from './payload-codec.js';

interface Entry {
  readonly description: EventDescription;
  readonly codec: PayloadCodec;
}

/**
 * The registry of the given event classes; a class may be listed more than once. Checked here, before anything is stored.
 * Throws `CLASS_EXPECTED`, `CLASS_NOT_DECORATED`, `EVENT_NAME_TAKEN` (a name or alias of two classes), `CLASS_NOT_STORABLE`.
 */
export function createEventRegistry(classes: readonly Constructor[], options: PayloadCodecOptions = {}): EventRegistry {
  const entries = [...new Set(classes)].map(describeEventClass).map((description) => ({
    description,
    codec: createPayloadCodec(description.type, description.name, options),
  }));
  return new ClassEventRegistry(entries);
}

class ClassEventRegistry implements EventRegistry {
  readonly events: readonly EventDescription[];
  private readonly byName = new Map<string, Entry>();
  private readonly byPrototype = new Map<unknown, Entry>();

  constructor(entries: readonly Entry[]) {
    this.events = entries.map((entry) => entry.description);
    for (const entry of entries) this.add(entry);
  }

  find(name: string): EventDescription | undefined {
    return this.byName.get(name)?.description;
  }

  describe(event: object): EventDescription {
    return this.entryOf(event).description;
  }

  serialize(event: object): SerializedEvent {
    const { description, codec } = this.entryOf(event);
    return { type: description.name, schemaVersion: description.version, data: codec.serialize(event) };
  }

  deserialize(stored: { readonly type: string; readonly data: string; readonly schemaVersion?: number }): object {
    const entry = this.byName.get(stored.type);
    if (entry === undefined) throw new EventspanError('EVENT_TYPE_UNKNOWN', { type: stored.type });
    const { version } = entry.description;
    if (stored.schemaVersion !== undefined && stored.schemaVersion > version) {
      const reason = `it has schema version ${stored.schemaVersion}, this program knows ${version}`;
      throw new EventspanError('PAYLOAD_UNREADABLE', { type: stored.type, path: '$', reason });
    }
    return entry.codec.deserialize(stored.data);
  }

  private add(entry: Entry): void {
    const { name, aliases, type } = entry.description;
    for (const claimed of [name, ...aliases]) {
      const other = this.byName.get(claimed)?.description.type;
      if (other) throw new EventspanError('EVENT_NAME_TAKEN', { name: claimed, first: other.name, second: type.name });
      this.byName.set(claimed, entry);
    }
    this.byPrototype.set(type.prototype, entry);
  }

  private entryOf(event: object): Entry {
    const isObject = typeof event === 'object' && event !== null;
    const entry = isObject ? this.byPrototype.get(Object.getPrototypeOf(event)) : undefined;
    if (entry === undefined) throw new EventspanError('EVENT_NOT_REGISTERED', { className: nameOf(event) });
    return entry;
  }
}

function nameOf(event: unknown): string {
  if (typeof event !== 'object' || event === null) return String(event);
  const prototype = Object.getPrototypeOf(event) as { readonly constructor?: { readonly name?: string } } | null;
  return prototype?.constructor?.name ?? 'null-prototype object';
}
