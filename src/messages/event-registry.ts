import type { Constructor } from './constructor.js';
import type { EventDescription } from './event-description.js';
import type { MergeRules } from './upcasting/merge-rules.js';
import type { MergeStep } from './upcasting/chain-map.js';
import type { VersionedRecord } from './upcasting/upcasting.js';

/** An event's payload as it is stored. */
export interface SerializedEvent {
  readonly type: string;
  readonly schemaVersion: number;
  /** JSON text. */
  readonly data: string;
}

/**
 * The events an application knows, checked when it is built. A Map by wire name: no name that comes from outside is ever
 * looked up on an object.
 */
export interface EventRegistry {
  /** In order of registration. */
  readonly events: readonly EventDescription[];
  /** What merges consecutive events; absent, as mostly, where no upcaster does. */
  readonly merges?: MergeRules;
  /** By wire name or alias. */
  find(name: string): EventDescription | undefined;
  /** By class; the class itself, not a base class. Throws `EVENT_NOT_REGISTERED`. */
  describe(event: object): EventDescription;
  /**
   * The classes that stored events of this wire name may be read as, in whatever version and through upcasters; empty for names that cannot
   * be read. One look-up.
   */
  becomes(type: string): ReadonlySet<Constructor>;
  /**
   * In the version that is written, checked against the schema. Throws `EVENT_NOT_REGISTERED`, `PAYLOAD_NOT_EXACT` (with the JSON path),
   * `PAYLOAD_TOO_LARGE`, `PAYLOAD_REFUSED`, `SCHEMA_FAILED`, `DOWNCAST_FAILED`, `DOWNCAST_LOSSY`.
   */
  serialize(event: object): SerializedEvent;
  /**
   * An instance of the registered class from a payload in its version of today. Throws `EVENT_TYPE_UNKNOWN`; `PAYLOAD_UNREADABLE` with the JSON path, also when `schemaVersion` is
   * above the registered one; `UPCASTER_MISSING` when it is below; `PAYLOAD_TOO_LARGE`.
   */
  deserialize(stored: { readonly type: string; readonly data: string; readonly schemaVersion?: number }): object;
  /**
   * Instances of the classes that a stored event is today, in order: none, one or several. Merges aside, which need its neighbours. Throws as
   * {@link deserialize}, and `UPCAST_FAILED`, `UPCAST_RESULT_INVALID`.
   */
  read(record: VersionedRecord): readonly object[];
  /** What the members of a merge are today. Throws as {@link read}. */
  readMerged(merge: MergeStep, members: readonly VersionedRecord[]): readonly object[];
}
