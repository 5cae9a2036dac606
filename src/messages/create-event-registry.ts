import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from './constructor.js';
import { describeEventClass } from './event.decorator.js';
import type { EventDescription } from './event-description.js';
import type { EventRegistry, SerializedEvent } from './event-registry.js';
import { createPayloadCodec, type PayloadCodec, type PayloadCodecOptions } from './payload-codec.js';
import { createPayloadCheck, type PayloadCheck } from './schema/payload-check.js';
import type { MergeStep } from './upcasting/chain-map.js';
import { createEvolution, type Evolution } from './upcasting/evolution.js';
import type { MergeRules } from './upcasting/merge-rules.js';
import { contextOf } from './upcasting/upcast-context.js';
import type { PayloadAt, VersionedRecord } from './upcasting/upcasting.js';
import type { UpcasterSource } from './upcasting/upcaster.js';

interface Entry {
  readonly description: EventDescription;
  readonly codec: PayloadCodec;
  readonly check: PayloadCheck | undefined;
}

export interface EventRegistryOptions extends PayloadCodecOptions {
  /** How events of older versions and retired names are read. Default: there are none. */
  readonly upcasters?: readonly UpcasterSource[];
  /**
   * Only classes in their versions of today: no upcaster is needed, none is used, and the version of today is written. For tests of a
   * domain, which store nothing. Default false.
   */
  readonly onlyToday?: boolean;
}

const NO_CLASSES: ReadonlySet<Constructor> = new Set();

/**
 * The registry of the given event classes; a class may be listed more than once. Checked here, before anything is stored.
 * Throws `CLASS_EXPECTED`, `CLASS_NOT_DECORATED`, `EVENT_NAME_TAKEN` (a name or alias of two classes), `CLASS_NOT_STORABLE`; of upcasters
 * `UPCASTER_INVALID`, `UPCASTER_MISSING`, `UPCASTER_DUPLICATE`, `UPCASTER_UNREACHABLE`, `UPCASTER_TARGET_UNKNOWN`, `UPCASTER_CYCLE`; and
 * `DOWNCASTER_MISSING`.
 */
export function createEventRegistry(classes: readonly Constructor[], options: EventRegistryOptions = {}): EventRegistry {
  const entries = [...new Set(classes)].map(describeEventClass).map((description) => ({
    description,
    codec: createPayloadCodec(description.type, description.name, options),
    check: createPayloadCheck(description),
  }));
  return new ClassEventRegistry(entries, options);
}

class ClassEventRegistry implements EventRegistry {
  readonly events: readonly EventDescription[];
  readonly merges?: MergeRules;
  private readonly byName = new Map<string, Entry>();
  private readonly byPrototype = new Map<unknown, Entry>();
  private readonly evolution: Evolution;

  constructor(entries: readonly Entry[], { upcasters = [], onlyToday = false, limits = {} }: EventRegistryOptions) {
    this.events = entries.map((entry) => entry.description);
    for (const entry of entries) this.add(entry);
    this.evolution = createEvolution(this.events, { upcasters: onlyToday ? [] : upcasters, isChecked: !onlyToday, limits });
    if (this.evolution.merges !== undefined) this.merges = this.evolution.merges;
  }

  find(name: string): EventDescription | undefined {
    return this.byName.get(name)?.description;
  }

  describe(event: object): EventDescription {
    return this.entryOf(event).description;
  }

  becomes(type: string): ReadonlySet<Constructor> {
    return this.evolution.classes.get(type) ?? NO_CLASSES;
  }

  serialize(event: object): SerializedEvent {
    const { description, codec, check } = this.entryOf(event);
    const { name, version, writeVersion } = description;
    const data = codec.serialize(event);
    check?.inspect(data);
    const { downcasting } = this.evolution;
    if (downcasting === undefined || writeVersion === version) return { type: name, schemaVersion: version, data };
    return { type: name, schemaVersion: writeVersion, data: downcasting.write(description, data) };
  }

  deserialize({ type, data, schemaVersion }: { readonly type: string; readonly data: string; readonly schemaVersion?: number }): object {
    const { description, codec, check } = this.today(type, schemaVersion);
    if (schemaVersion !== undefined && schemaVersion < description.version) throw this.evolution.missing(type, schemaVersion);
    if (check?.onRead) check.inspect(data);
    return codec.deserialize(data);
  }

  read(record: VersionedRecord): readonly object[] {
    const { stored, schemaVersion } = record;
    const { type, data } = stored;
    if (this.byName.get(type)?.description.version === schemaVersion) return [this.deserialize({ type, data })];
    if (this.byName.has(type) || this.evolution.classes.get(type) === undefined) this.today(type, schemaVersion);
    const at = { name: this.byName.get(type)?.description.name ?? type, version: schemaVersion };
    return this.instancesOf(this.evolution.upcasting.toToday({ at, text: data }, contextOf(stored)));
  }

  readMerged(merge: MergeStep, members: readonly VersionedRecord[]): readonly object[] {
    return this.instancesOf(this.evolution.upcasting.merge(merge, members));
  }

  private instancesOf(payloads: readonly PayloadAt[]): readonly object[] {
    return payloads.map(({ at, text }) => this.deserialize({ type: at.name, data: text }));
  }

  /** Throws `EVENT_TYPE_UNKNOWN`, and `PAYLOAD_UNREADABLE` for a version above. */
  private today(type: string, schemaVersion = 0): Entry {
    const entry = this.byName.get(type);
    if (entry === undefined) throw new EventspanError('EVENT_TYPE_UNKNOWN', { type });
    const { version } = entry.description;
    if (schemaVersion <= version) return entry;
    const reason = `it has schema version ${schemaVersion}, this program knows ${version}`;
    throw new EventspanError('PAYLOAD_UNREADABLE', { type, path: '$', reason });
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
