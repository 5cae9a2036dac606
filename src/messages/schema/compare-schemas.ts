import type { AppSchema, EventSchema } from './app-schema.js';
import { compareFields } from './compare-fields.js';
import type { SchemaChange } from './schema-change.js';
import { hashOf, type LockedEvent, type SchemaLock } from './schema-lock.js';

/**
 * What changed between a lock and the code, in the order of names. The direction that must hold: every event that may be stored can be
 * read by the code as what its classes say. The other one, that programs of before can read what is written now, gives warnings.
 * Pure: no change for equal schemas.
 */
export function compareSchemas(lock: SchemaLock, today: AppSchema): readonly SchemaChange[] {
  const known = Object.entries(lock.events).flatMap(([name, event]) => new Comparison({ name, event, lock, today }).changes());
  const added = Object.keys(today.events).filter((name) => !Object.hasOwn(lock.events, name) && !isRenamed(lock, today, name));
  const retired = Object.keys(lock.retired).flatMap((name) => retiredChange(lock, today, name));
  return [...known, ...added.map(addedEvent), ...retired].toSorted((a, b) => (a.event < b.event ? -1 : Number(a.event > b.event)));
}

interface Compared {
  readonly name: string;
  readonly event: LockedEvent;
  readonly lock: SchemaLock;
  readonly today: AppSchema;
}

/** Compares one event of the lock with what the code makes of it. */
class Comparison {
  private readonly current: { readonly name: string; readonly schema: EventSchema } | undefined;

  constructor(private readonly parts: Compared) {
    this.current = claimOf(parts.today, parts.name);
  }

  changes(): readonly SchemaChange[] {
    const unreadable = this.unreadable();
    return unreadable.length > 0 ? unreadable : [...this.names(), ...this.versions(), ...this.fields()];
  }

  /** Stored names and versions that nothing reads any more. */
  private unreadable(): readonly SchemaChange[] {
    const { name, event } = this.parts;
    if (this.current !== undefined && this.current.schema.version < event.version) {
      const message = `version ${event.version} became ${this.current.schema.version}; stored events would be refused`;
      return [
        this.change('version-lowered', 'incompatible', { message, fix: `@Event('${this.current.name}', { version: ${event.version} })` }),
      ];
    }
    return [name, ...event.aliases].flatMap((stored) => this.unreadableName(stored));
  }

  private unreadableName(stored: string): readonly SchemaChange[] {
    const { event, today } = this.parts;
    const claim = claimOf(today, stored);
    const missing = versionsOf(event).filter(
      (version) => version !== claim?.schema.version && !today.upcasters.has(`${claim?.name ?? stored}@${version}`),
    );
    if (missing.length === 0) return [];
    return claim === undefined ? [this.goneName(stored, missing)] : missing.map((version) => this.missingUpcaster(claim.schema, version));
  }

  private goneName(stored: string, missing: readonly number[]): SchemaChange {
    const { name, event, lock, today } = this.parts;
    const heir = Object.entries(today.events).find(([other, schema]) => !Object.hasOwn(lock.events, other) && isSame(schema, event));
    if (heir !== undefined) {
      const fix = `@Event('${heir[0]}', { aliases: ['${stored}'] })`;
      return this.change('event-renamed', 'incompatible', {
        message: `it seems to be ${heir[0]} now, which does not have it as an alias`,
        fix,
      });
    }
    const what = stored === name ? 'its class is gone' : `its alias ${stored} is gone`;
    return this.change('event-removed', 'incompatible', goneText(stored, missing, what));
  }

  private missingUpcaster(schema: EventSchema, version: number): SchemaChange {
    const cause = version < schema.oldestVersion ? `, and oldestVersion is ${schema.oldestVersion}` : '';
    const message = `version ${version} is stored, the class has ${schema.version}${cause}, and no upcaster takes version ${version}`;
    return this.change('upcaster-missing', 'incompatible', { message, fix: sample(schema.className, version) });
  }

  private names(): readonly SchemaChange[] {
    const { name, event } = this.parts;
    if (this.current === undefined)
      return [this.change('event-removed', 'compatible', { message: 'its class is gone; upcasters read what is stored' })];
    const { name: newName, schema } = this.current;
    if (newName !== name)
      return [
        this.change('event-renamed', 'warning', { message: `it is written as ${newName} now; programs of before do not know that name` }),
      ];
    const isEqual = event.aliases.toSorted().join() === schema.aliases.toSorted().join();
    return isEqual
      ? []
      : [this.change('aliases-changed', 'compatible', { message: `its aliases are now ${schema.aliases.join(', ') || 'none'}` })];
  }

  private versions(): readonly SchemaChange[] {
    const { event } = this.parts;
    const schema = this.current?.schema;
    if (schema === undefined || schema.version === event.version) return this.oldest(schema);
    const message = `version ${event.version} became ${schema.version}, with upcasters`;
    if (schema.writeVersion <= event.version)
      return [this.change('version-raised', 'compatible', { message: `${message}; version ${schema.writeVersion} is written` })];
    return [
      this.change('version-raised', 'warning', {
        message: `${message}; programs of before refuse version ${schema.writeVersion}, unless writeVersion: ${event.version} is written meanwhile`,
      }),
    ];
  }

  private oldest(schema: EventSchema | undefined): readonly SchemaChange[] {
    const { event } = this.parts;
    if (schema === undefined || schema.oldestVersion === event.oldestVersion) return [];
    return [this.change('version-raised', 'compatible', { message: `its oldestVersion is ${schema.oldestVersion} now` })];
  }

  /** Only where stored payloads reach the class as they are. */
  private fields(): readonly SchemaChange[] {
    const { event, today } = this.parts;
    if (this.current === undefined) return [];
    const { name, schema } = this.current;
    for (let version = event.version; version < schema.version; version++) {
      if (today.upcasters.get(`${name}@${version}`) !== 'unchanged') return [];
    }
    const fix = `@Event('${name}', { version: ${schema.version + 1} }) and ${sample(schema.className, schema.version)}`;
    return compareFields(event.fields, schema.fields).map(({ kind, level, field, message }) => ({
      ...this.change(kind, level, { message, ...(level === 'incompatible' && { fix }) }),
      field,
    }));
  }

  private change(kind: SchemaChange['kind'], level: SchemaChange['level'], text: Pick<SchemaChange, 'message' | 'fix'>): SchemaChange {
    return { level, kind, event: this.parts.name, ...text };
  }
}

/** A name without class needs its upcasters as long as it is stored. */
function retiredChange(lock: SchemaLock, today: AppSchema, name: string): readonly SchemaChange[] {
  const claim = claimOf(today, name);
  const missing = (lock.retired[name] ?? []).filter(
    (version) => version !== claim?.schema.version && !today.upcasters.has(`${claim?.name ?? name}@${version}`),
  );
  if (missing.length === 0) return [];
  return [{ level: 'incompatible', kind: 'event-removed', event: name, ...goneText(name, missing, 'it has no class') }];
}

function goneText(stored: string, missing: readonly number[], what: string): Pick<SchemaChange, 'message' | 'fix'> {
  const upcasters = missing.map(
    (version) =>
      `upcast('${stored}', { from: ${version}, into: NewEvent }, (data) => ({ ...data })) or upcast.drop('${stored}', { from: ${version} })`,
  );
  return { message: `${what}, and no upcaster takes version ${missing.join(', ')}`, fix: upcasters.join('\n') };
}

/** The event of the code that has this name or alias. */
function claimOf(today: AppSchema, stored: string): { readonly name: string; readonly schema: EventSchema } | undefined {
  const found = Object.entries(today.events).find(([name, { aliases }]) => name === stored || aliases.includes(stored));
  return found && { name: found[0], schema: found[1] };
}

function versionsOf({ oldestVersion, version }: LockedEvent): readonly number[] {
  return Array.from({ length: version - oldestVersion + 1 }, (_, at) => oldestVersion + at);
}

function isSame(schema: EventSchema, event: LockedEvent): boolean {
  const same = { version: 1, oldestVersion: 1, aliases: [] };
  return hashOf({ ...schema, ...same }) === hashOf({ ...event, ...same });
}

/** Its old name is in the lock, and says so. */
function isRenamed(lock: SchemaLock, today: AppSchema, name: string): boolean {
  return today.events[name]?.aliases.some((alias) => Object.hasOwn(lock.events, alias)) === true;
}

function addedEvent(event: string): SchemaChange {
  return { level: 'warning', kind: 'event-added', event, message: 'it is new; programs of before cannot load streams that hold it' };
}

function sample(className: string, version: number): string {
  return `upcast(${className}, { from: ${version} }, (data) => ({ ...data /* as version ${version + 1} */ }))`;
}
