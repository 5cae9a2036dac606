import { ClassNote } from '../messages/class-note.js';
import type { Constructor } from '../messages/constructor.js';
import { assertProcessName } from './check-process.js';
import type { ProcessOptions } from './process-definition.js';

/** What `@ProcessManager` noted on a class. */
export interface ProcessNote extends ProcessOptions {
  readonly name: string;
}

const notes = new ClassNote<ProcessNote>('ProcessManager');

/**
 * Describes a class as a process manager; it registers nothing. An instance is one process: its fields are the state, which is stored exactly
 * after each message (what JSON cannot carry is refused with `PAYLOAD_NOT_EXACT`), and its constructor takes no arguments. Methods with
 * `@StartsOn`, `@On` and `@OnRefused` decide; they look at nothing but the state, the message and the context, and do nothing but through them.
 *
 * The name is for good: it names the streams of the processes, the cursors and the subscription. Letter first, then letters, digits, dots,
 * dashes, underscores; at most 100. Throws, when the class is defined, `NAME_INVALID` and `CLASS_DECORATED_TWICE`.
 */
export function ProcessManager(name: string, options: ProcessOptions): (type: Constructor, context?: unknown) => void {
  return (type) => {
    assertProcessName(name, `@ProcessManager on ${type.name}`);
    notes.write(type, { name, ...options });
  };
}

/** What `@ProcessManager` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describeProcessClass(type: Constructor): ProcessNote {
  return notes.read(type);
}

/** Whether the class itself is decorated with `@ProcessManager`. */
export function isProcessClass(type: unknown): type is Constructor {
  return typeof type === 'function' && notes.has(type as Constructor);
}
