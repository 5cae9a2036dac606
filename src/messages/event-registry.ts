import type { Constructor } from './constructor.js';

/** What `@Event(name, { version, aliases })` says of a class. */
export interface EventDescription {
  readonly name: string;
  /** Schema version, from 1. */
  readonly version: number;
  /** Earlier wire names that are read as this class. */
  readonly aliases: readonly string[];
  readonly type: Constructor;
}

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
  /** By wire name or alias. */
  find(name: string): EventDescription | undefined;
  /** By class; the class itself, not a base class. Throws `EVENT_NOT_REGISTERED`. */
  describe(event: object): EventDescription;
  /** Throws `EVENT_NOT_REGISTERED`, `PAYLOAD_NOT_EXACT` (with the JSON path), `PAYLOAD_TOO_LARGE`. */
  serialize(event: object): SerializedEvent;
  /**
   * An instance of the registered class. Throws `EVENT_TYPE_UNKNOWN`; `PAYLOAD_UNREADABLE` with the JSON path, also when `schemaVersion` is
   * above the registered one; `PAYLOAD_TOO_LARGE`.
   */
  deserialize(stored: { readonly type: string; readonly data: string; readonly schemaVersion?: number }): object;
}
