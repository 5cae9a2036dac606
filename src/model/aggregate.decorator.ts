import { ClassNote } from '../messages/class-note.js';
import type { Constructor } from '../messages/constructor.js';
import type { AggregateRoot } from './aggregate-root.js';
import { checkAggregateOptions, type AggregateOptions } from './aggregate-options.js';

/** What `@Aggregate` says of a class. */
export interface AggregateDescription extends AggregateOptions {
  readonly name: string;
}

const notes = new ClassNote<AggregateDescription>('Aggregate');

/**
 * Describes a class that extends `AggregateRoot` as the aggregate `name`: its streams are `<name>-<aggregate id>`. It only
 * describes: an application lists the aggregates it uses. A subclass needs its own.
 *
 * Throws, when the class is defined, `NAME_INVALID`, `OPTION_INVALID`, `CLASS_DECORATED_TWICE`.
 */
export function Aggregate(name: string, options: AggregateOptions = {}): (type: new () => AggregateRoot, context?: unknown) => void {
  return (type) => {
    checkAggregateOptions(name, options, `@Aggregate on ${type.name}`);
    notes.write(type, { ...options, name });
  };
}

/** What `@Aggregate` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describeAggregateClass(type: Constructor): AggregateDescription {
  return notes.read(type);
}
