import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { createEventRegistry } from '../messages/create-event-registry.js';
import type { EventRegistry, SerializedEvent } from '../messages/event-registry.js';
import type { PublicationDefinition } from './publication-definition.js';

/**
 * Writes integration events. They are no part of the application's registry: they are not stored, nothing reads old versions of them here, and
 * two versions of one name may be published side by side.
 */
export class IntegrationEvents {
  private readonly registries = new Map<unknown, EventRegistry>();
  private readonly owners = new Map<string, Constructor>();

  constructor(private readonly publication: Pick<PublicationDefinition, 'name' | 'emits'>) {
    for (const type of publication.emits ?? []) this.learn(type);
  }

  /** What a mapping answered, as a list. Throws `PUBLICATION_RESULT_INVALID`. */
  listOf(mapped: unknown): readonly object[] {
    if (mapped === undefined) return [];
    const list: readonly unknown[] = Array.isArray(mapped) ? mapped : [mapped];
    return list.map((each) => {
      if (typeof each === 'object' && each !== null) return each;
      throw this.invalid(each === null ? 'null' : typeof each);
    });
  }

  /**
   * In the version of today. Throws `PUBLICATION_RESULT_INVALID` for what is no integration event of this publication, `EVENT_NAME_TAKEN`, and as
   * `EventRegistry.serialize`.
   */
  serialize(event: object): SerializedEvent {
    const prototype: unknown = Object.getPrototypeOf(event);
    const registry = this.registries.get(prototype) ?? this.discover(event);
    return registry.serialize(event);
  }

  private discover(event: object): EventRegistry {
    const type = event.constructor as Constructor | undefined;
    if (typeof type !== 'function' || type.prototype !== Object.getPrototypeOf(event)) throw this.invalid('an object without a class');
    if (this.publication.emits !== undefined) throw this.invalid(`${type.name}, which is not in its emits`);
    return this.learn(type);
  }

  private learn(type: Constructor): EventRegistry {
    const registry = createEventRegistry([type], { onlyToday: true });
    for (const { name, version } of registry.events) {
      const label = `${name} version ${version}`;
      const owner = this.owners.get(label);
      if (owner !== undefined) throw new EventspanError('EVENT_NAME_TAKEN', { name: label, first: owner.name, second: type.name });
      this.owners.set(label, type);
    }
    this.registries.set(type.prototype, registry);
    return registry;
  }

  private invalid(found: string): EventspanError {
    return new EventspanError('PUBLICATION_RESULT_INVALID', { publication: this.publication.name, found });
  }
}
