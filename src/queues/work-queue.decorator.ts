import { ClassNote } from '../messages/class-note.js';
import type { Constructor } from '../messages/constructor.js';
import { assertWireName } from '../messages/wire-name.js';
import { pairingsOf } from '../model/method-pairings.js';
import { ON } from '../projections/on.decorator.js';
import { queueInvalid, type QueueDefinition, type QueueOptions } from './queue-definition.js';
import type { TaskContext } from './task-context.js';

/** What may be listed as a work queue: a class with `@WorkQueue`, an instance of one, or what `defineWorkQueue` returned. */
export type QueueSource = Constructor | QueueDefinition | object;

type Handler = (task: object, context: TaskContext) => Promise<void> | void;

const notes = new ClassNote<QueueOptions & { readonly name: string }>('WorkQueue');

/**
 * Describes a class as the workers of a queue: its `@On` methods take the queue's tasks, `method(task, context)`. It registers nothing. Throws,
 * when the class is defined, `NAME_INVALID` and `CLASS_DECORATED_TWICE`.
 */
export function WorkQueue(name: string, options: QueueOptions = {}): (type: Constructor, context?: unknown) => void {
  return (type) => {
    assertWireName(name, `@WorkQueue on ${type.name}`);
    notes.write(type, { ...options, name });
  };
}

/** Throws `CLASS_NOT_DECORATED`, `CLASS_EXPECTED`, and `QUEUE_INVALID` for a class whose constructor takes arguments. */
export function queueDefinitionOf(source: QueueSource): QueueDefinition {
  if (isDefinition(source)) return source;
  const instance = instanceOf(source);
  const type = instance.constructor as Constructor;
  const handlers = pairingsOf<unknown>(type, ON);
  return {
    ...notes.read(type),
    kind: 'work-queue',
    tasks: [...handlers.keys()],
    handle: (task, context) => {
      const method = handlers.get(task.constructor as Constructor)?.method as string;
      return (instance as Record<string, Handler>)[method]?.(task, context);
    },
  };
}

function isDefinition(source: QueueSource): source is QueueDefinition {
  return typeof source === 'object' && 'kind' in source && source.kind === 'work-queue';
}

function instanceOf(source: Constructor | object): object {
  if (typeof source === 'object' && source !== null) return source;
  const type = source as new () => object;
  const { name } = notes.read(type);
  if (type.length === 0) return new type();
  throw queueInvalid(name, `the constructor of ${type.name} takes arguments; pass an instance of it`);
}
